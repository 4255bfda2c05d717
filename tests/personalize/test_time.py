"""The viewer's clock is believed within bounds, and a late event shows no title that has expired."""

import json
from typing import Any

from tests.stage import Stage
from tests.timeline import START_MS, happened

from playhead.domain.fields import AHEAD_MS
from playhead.domain.records import Effects, Incoming, Source
from playhead.domain.topics import EVENTS, RANKINGS, TITLES
from playhead.personalize.core import Personalizer
from playhead.recipe import RECIPE
from playhead.signals.record import decode

SOURCE = Source(7, 0)


def step(core: Personalizer, wire: dict[str, Any], broker_ms: int) -> Effects:
    record = Incoming(EVENTS, 0, 0, broker_ms, wire["profile_id"].encode(), json.dumps(wire).encode())
    return core.step([record], lambda keys: [None] * len(keys), SOURCE, broker_ms)


def folded_ms(effects: Effects) -> int:
    [(_, stored)] = effects.state
    at: int = decode(stored)[2].delivery_v1.cause_ms
    return at


def test_a_clock_ahead_counts_as_of_the_brokers_time() -> None:
    view = happened("page_viewed", at_s=0)
    ahead = step(Personalizer(RECIPE), view, START_MS - AHEAD_MS - 1)
    assert (folded_ms(ahead), ahead.stats.ahead) == (START_MS - AHEAD_MS - 1, 1)
    near = step(Personalizer(RECIPE), view, START_MS - AHEAD_MS)
    assert (folded_ms(near), near.stats.ahead) == (START_MS, 0)


def test_a_record_without_a_timestamp_is_believed() -> None:
    outgoing = step(Personalizer(RECIPE), happened("page_viewed"), -1)
    assert (folded_ms(outgoing), outgoing.stats.ahead) == (START_MS, 0)


def test_a_late_event_shows_what_is_there_when_the_broker_has_it() -> None:
    core = Personalizer(RECIPE)
    titles: list[dict[str, Any]] = [
        {"title_id": "old", "available_until": START_MS + 50},
        {"title_id": "new", "available_from": START_MS + 100},
    ]
    for title in titles:
        core.follow(TITLES, title["title_id"].encode(), json.dumps({"name": "n", **title}).encode())
    outgoing = step(core, happened("page_viewed"), START_MS + 100)
    [ranking] = [json.loads(record.value or b"") for record in outgoing.then if record.topic == RANKINGS]
    assert [item["title_id"] for item in ranking["items"]] == ["new"]


def test_the_hour_of_a_play_is_that_of_the_session() -> None:
    stage = Stage([{"title_id": "a"}])
    stage.send("session_started", utc_offset_min=330)
    stage.send("playback_started", title_id="a")
    rhythm = decode(stage.core.stored[b"ada"])[2].rhythm_v1
    assert rhythm.parts.index(1.0) == 1  # 00:02 UTC is 05:32 there
