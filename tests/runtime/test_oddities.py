"""Each kind of oddity is told with its share and the first event that shows it; what is as it should be is none."""

import json
from typing import Any

from tests.timeline import START_MS, happened

from playhead.domain.records import Incoming
from playhead.domain.topics import EVENTS
from playhead.runtime.oddities import judge


def sent(*events: dict[str, Any], broker_ms: int = START_MS + 3_600_000) -> list[Incoming]:
    return [
        Incoming(EVENTS, 2, offset, broker_ms, event["profile_id"].encode(), json.dumps(event).encode())
        for offset, event in enumerate(events)
    ]


def play(type_: str, at_s: float, **fields: Any) -> dict[str, Any]:
    return happened(type_, at_s=at_s, **({"title_id": "a", "playback_id": "p"} | fields))


WELL = [
    play("playback_started", 0, position_s=0),
    play("playback_progress", 60, position_s=60),
    play("playback_seeked", 61, from_s=61, to_s=10),
    play("playback_progress", 120, position_s=69),
    play("playback_stopped", 130, position_s=79),
    play("playback_started", 200, title_id="b", playback_id="q"),
]


def test_a_play_as_it_should_be_is_not_odd() -> None:
    assert judge(sent(*WELL), lambda _title_id: True) == []


def test_each_oddity_is_told_with_an_example() -> None:
    odd = [
        *WELL,
        WELL[0],  # again
        play("playback_progress", 90, position_s=85, event_id="late"),
        play("playback_progress", 9_000, position_s=3, event_id="back, and ahead"),
        play("playback_started", 300, title_id="c", playback_id="r"),
        {"no": "event", "profile_id": "ada"},
    ]
    by_name = {oddity.name: oddity for oddity in judge(sent(*odd), lambda title_id: title_id != "c")}
    assert {name: (oddity.odd, oddity.of) for name, oddity in by_name.items()} == {
        "events late": (2, 9),
        "events ahead": (1, 9),
        "events duplicated": (1, 9),
        "titles unlisted": (1, 9),
        "plays without an end": (1, 3),
        "positions backwards": (1, 9),
    }
    assert by_name["events late"].example == "playback_progress late, partition 2, offset 7"
    assert "playback_stopped" in by_name["plays without an end"].repair


def test_without_a_catalogue_no_title_is_unlisted() -> None:
    assert judge(sent(*WELL)) == []
