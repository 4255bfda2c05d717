"""The largest valid events lead to no record that Kafka would refuse, so one profile can't stop a partition."""

import json
from typing import Any

import pytest
from tests.timeline import START_MS

from playhead.domain.decoding import MAX_RECORD_BYTES
from playhead.domain.records import Incoming, Source
from playhead.domain.topics import EVENTS, EXPERIMENTS, PROFILES_CHANGELOG, TITLES, TOPICS
from playhead.personalize.core import Personalizer
from playhead.recipe import RECIPE
from playhead.signals.record import decode
from playhead.signals.registry import SIGNALS
from playhead.signals.usage import MOST_EXPOSURES, USAGE

SOURCE = Source(7, 0)
KEY = "p" * 128
ROOM = 0.95
"""Share of a topic's largest message that a value may take; the rest is for the key and Kafka's framing."""


def title_of(n: int, filler: str) -> str:
    return f"{n:04}".ljust(128, filler)


def biggest(filler: str) -> list[dict[str, Any]]:
    """Events that fill all memories of a profile, with the longest allowed texts."""
    text, short = filler * 512, filler * 32
    bodies: list[dict[str, Any]] = [
        {"type": "session_started", "language": text, "device": f"{n}".ljust(32, filler)} for n in range(9)
    ]
    results = [title_of(400 + n, filler) for n in range(60)]
    bodies += [{"type": "search_performed", "query": text, "results": results}]
    bodies += [{"type": "row_scrolled", "row_id": "r", "velocity": 1e9}]
    for n in range(110):
        title = title_of(n, filler)
        bodies += [
            {
                "type": "impressions_shown",
                "surface": f"{n % 7}".ljust(512, filler),
                "items": [{"title_id": title}],
            },
            {"type": "playback_started", "title_id": title, "device": short, "duration_s": 1e7},
            {"type": "playback_completed", "title_id": title, "watched_s": 1e7},
            {"type": "title_rated", "title_id": title, "value": 1},
            {"type": "watchlist_added", "title_id": title},
            {"type": "not_interested", "title_id": title, "scope": text},
        ]
    shown = [{"title_id": title_of(200 + n, filler)} for n in range(100)]
    bodies += [
        {"type": "impressions_shown", "surface": text, "items": shown},
        {"type": "page_viewed", "surface": text},
    ]
    for row in ["rescue", *(f"{n}".ljust(64, filler) for n in range(9))]:
        looked_at = [{"title_id": title_of(n, filler), "row_id": row, "rank": n} for n in range(25)]
        bodies += [{"type": "impressions_shown", "surface": text, "items": looked_at}]
    bodies += [{"type": "page_viewed", "surface": text}]
    return [
        {
            "event_id": f"{n:05}".ljust(64, filler),
            "occurred_at": START_MS + n * 1000,
            "profile_id": KEY,
            **body,
        }
        for n, body in enumerate(bodies)
    ]


def experiment(number: int, filler: str, status: str) -> tuple[bytes, bytes]:
    """An experiment with all viewers, with the longest allowed names."""
    name = f"{number}".ljust(128, filler)
    arm = {"name": "b".ljust(64, filler), "share": 1.0, "settings": {"pipeline.weights.finish": 0.1}}
    arms = [{"name": "control", "share": 0.0}, arm]
    fields_of_experiment = {"experiment_id": name, "share": 1.0, "arms": arms, "status": status}
    return name.encode(), json.dumps(fields_of_experiment, ensure_ascii=False).encode()


@pytest.mark.parametrize("filler", ["x", "\N{WATER WAVE}", "\0"], ids=["ascii", "four bytes", "escaped"])
def test_all_that_comes_of_the_largest_profile_fits_its_topic(filler: str) -> None:
    core, stored = Personalizer(RECIPE), dict[bytes, bytes]()
    limit = {topic.name: topic.max_message_bytes * ROOM for topic in TOPICS}
    for n in range(60):
        labels = [f"{n % 5}{label}".ljust(512, filler) for label in range(8)]
        title = {"title_id": title_of(300 + n, filler), "name": filler * 512, "genres": labels}
        value = json.dumps(title, ensure_ascii=False).encode()
        core.follow(TITLES, title_of(300 + n, filler).encode(), value)
    events = [json.dumps(wire, ensure_ascii=False).encode() for wire in biggest(filler)]
    assert max(map(len, events)) < MAX_RECORD_BYTES
    batch = [Incoming(EVENTS, 0, n, 0, KEY.encode(), value) for n, value in enumerate(events)]
    for first in range(0, len(batch), 50):
        number = first // 50
        core.follow(EXPERIMENTS, *experiment(max(number - 1, 0), filler, "stopped"))
        core.follow(EXPERIMENTS, *experiment(number, filler, "running"))
        effects = core.step(
            batch[first : first + 50], lambda keys: [stored.get(key) for key in keys], SOURCE, START_MS
        )
        assert not effects.rejected
        stored.update(effects.state)
        for record in [*effects.first, *effects.then]:
            assert len(record.value or b"") < limit[record.topic], record.topic
    assert len(stored[KEY.encode()]) < limit[PROFILES_CHANGELOG]
    assert len(USAGE.of(decode(stored[KEY.encode()])[2]).exposures) == MOST_EXPOSURES
    assert len(SIGNALS) == 15  # a new signal must be filled to its bound above
