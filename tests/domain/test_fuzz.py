"""The whole core over any bytes and over any valid events: each record is folded or rejected."""

import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.domain.wire import ANYTHING, record
from tests.effort import tried

from playhead.domain.fields import SINCE_MS
from playhead.domain.records import Incoming, Source
from playhead.domain.schemas import EVENT_TYPES
from playhead.domain.topics import EVENTS, RANKINGS, TITLES
from playhead.personalize.core import Personalizer
from playhead.recipe import RECIPE

SOURCE = Source(7, 0)
MOST_BYTES = 24_000
"""A record's bound for ids of a few letters, as in ``signals/test_laws.py``; all texts here are that short."""
NEWEST_MS = 7_258_118_400_000
_title = st.sampled_from([f"t{n}" for n in range(6)])


def core() -> Personalizer:
    made = Personalizer(RECIPE)
    for n in range(4):
        title = {
            "title_id": f"t{n}",
            "name": "A film",
            "genres": [f"g{n % 2}"],
            "duration_s": 100 * n,
            "maturity": 7,
        }
        made.follow(TITLES, f"t{n}".encode(), json.dumps(title).encode())
    return made


@st.composite
def events(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Valid events of one profile with any values the contract allows, about few titles, at any time."""
    drawn_events = []
    for n in range(draw(st.integers(1, 12))):
        wire = draw(record(EVENT_TYPES[draw(st.sampled_from(sorted(EVENT_TYPES)))].__name__))
        wire |= {"profile_id": "ada", "event_id": f"e{n}", "occurred_at": draw(_time)}
        if "title_id" in wire:
            wire["title_id"] = draw(_title)
        if wire["type"] == "history_removed":
            wire["title_id"] = draw(_title)
        for item in wire.get("items") or ():
            item["title_id"] = draw(_title)
        drawn_events.append(wire)
    return [
        *drawn_events,
        {"type": "page_viewed", "profile_id": "ada", "event_id": "last", "occurred_at": draw(_time)},
    ]


_time = st.one_of(st.integers(SINCE_MS, NEWEST_MS), st.integers(1_767_225_600_000, 1_767_229_200_000))


def take(made: Personalizer, values: list[tuple[bytes | None, bytes | None]]) -> tuple[list[Any], bytes]:
    """Folds one record at a time. Returns the rankings, and the stored records at the end."""
    stored: dict[bytes, bytes] = {}
    rankings = []
    for n, (key, value) in enumerate(values):
        batch = [Incoming(EVENTS, 0, n, 0, key, value)]
        effects = made.step(batch, lambda keys: [stored.get(key) for key in keys], SOURCE, NEWEST_MS)
        assert len(effects.rejected) + len(effects.state) >= 1
        stored.update(effects.state)
        rankings += [
            json.loads(record.value) for record in effects.then if record.topic == RANKINGS and record.value
        ]
    return rankings, stored.get(b"ada", b"")


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for inner in value.values() for number in numbers(inner)]
    if isinstance(value, list):
        return [number for inner in value for number in numbers(inner)]
    return [value] if isinstance(value, float) else []


@tried(60)
@given(drawn_events=events())
def test_any_valid_events_give_finite_scores_and_a_bounded_record(drawn_events: list[dict[str, Any]]) -> None:
    rankings, stored = take(core(), [(b"ada", json.dumps(wire).encode()) for wire in drawn_events])
    assert rankings[-1]["caused_by"]["event_id"] == "last"
    assert all(math.isfinite(number) for ranking in rankings for number in numbers(ranking))
    assert all(0 < item["propensity"] <= 1 for ranking in rankings for item in ranking["items"])
    assert len(stored) < MOST_BYTES


@tried(100)
@given(
    values=st.lists(
        st.tuples(st.none() | st.binary(max_size=8), st.none() | st.binary(max_size=200)), max_size=6
    )
)
def test_any_bytes_are_rejected_and_stop_nothing(values: list[tuple[bytes | None, bytes | None]]) -> None:
    visit = json.dumps(
        {"type": "page_viewed", "profile_id": "ada", "event_id": "e", "occurred_at": SINCE_MS}
    ).encode()
    rankings, _ = take(core(), [*values, (b"ada", visit)])
    assert len(rankings) == 1


@tried(60)
@given(data=st.data())
def test_a_valid_event_with_one_field_of_anything_is_folded_or_rejected(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(EVENT_TYPES)))
    wire = data.draw(record(EVENT_TYPES[name].__name__)) | {"profile_id": "ada"}
    field = data.draw(st.sampled_from(sorted(EVENT_TYPES[name].__struct_fields__)))
    wire[field] = data.draw(ANYTHING)
    take(core(), [(b"ada", json.dumps(wire).encode())])
