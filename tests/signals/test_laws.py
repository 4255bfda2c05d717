"""What holds for every signal in the registry, whatever happens."""

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.timeline import histories

from playhead.domain.decoding import decode_event
from playhead.domain.records import Source
from playhead.signals.history import HISTORY, interpret
from playhead.signals.pending import PENDING, resolve
from playhead.signals.record import BLOCK, RING, DeliveryState, Profile, decode, encode, fold, is_repeated
from playhead.signals.registry import BY_EVENT, SIGNALS
from playhead.signals.signal import Signal

SOURCE = Source(7, 3)
MOST_BYTES = 24_000
"""Bound of a stored record with title ids of a few letters: the finished digests take 16 KiB of it at most."""


def folded(events: list[dict[str, Any]]) -> Any:
    profile = Profile()
    for wire in events:
        fold(profile, decode_event(wire["profile_id"].encode(), json.dumps(wire).encode()))
    return profile


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
@tried(60)
@given(events=histories())
def test_a_fold_leaves_the_old_value_alone(signal: Signal[Any], events: list[dict[str, Any]]) -> None:
    state = signal.initial
    for wire in events:
        before = copy.deepcopy(state)
        new = signal.fold(state, decode_event(b"ada", json.dumps(wire).encode()))
        assert state == before
        state = new


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
@tried(60)
@given(events=histories())
def test_a_signal_hears_all_that_moves_it(signal: Signal[Any], events: list[dict[str, Any]]) -> None:
    for wire in events:
        event = decode_event(b"ada", json.dumps(wire).encode())
        if signal not in BY_EVENT[type(event)]:
            assert signal.fold(signal.initial, event) == signal.initial


@tried(100)
@given(events=histories(most=40))
def test_an_event_that_was_resolved_before_is_folded_alike(events: list[dict[str, Any]]) -> None:
    profile, alone = Profile(), Profile()
    for wire in events:
        event = decode_event(b"ada", json.dumps(wire).encode())
        meaning = interpret(HISTORY.of(profile), event)
        before, resolved = PENDING.of(profile), resolve(PENDING.of(profile), meaning.event, meaning.finished)
        fold(profile, event, meaning, resolved)
        fold(alone, event)
        # Not resolved again: the value is the one that was given.
        after = resolved.pending if meaning.news else before
        assert PENDING.of(profile) is after or wire["type"] == "history_removed"
        assert profile == alone


@tried(100)
@given(events=histories(most=60))
def test_a_record_survives_storage(events: list[dict[str, Any]]) -> None:
    profile = folded(events)
    stored = encode(profile, SOURCE, 41)
    assert len(stored) < MOST_BYTES
    assert decode(stored) == (7, 41, profile)
    assert encode(decode(stored)[2], SOURCE, 41) == stored


def test_a_record_is_bounded() -> None:
    """A thousand titles shown, clicked, played and finished leave no more than the promised bytes."""
    profile = folded(
        [
            {"event_id": f"{n}{kind}", "occurred_at": 10**12 + n * 10**6, "profile_id": "a", "type": kind}
            | extra
            for n in range(6_000)
            for kind, extra in (
                ("impressions_shown", {"items": [{"title_id": f"x{n}"}, {"title_id": f"y{n}"}]}),
                ("playback_completed", {"title_id": f"x{n}"}),
            )
        ]
    )
    assert len(encode(profile, SOURCE, 1)) < MOST_BYTES


def test_an_old_record_needs_no_migration() -> None:
    """A record of a version that knew another signal, and not yet all of ours."""
    old = encode(Profile(), SOURCE, 9)[:12] + msgspec.msgpack.encode(
        {"history_v1": [["t1", 1_767_225_600, 60]], "history_v0": ["gone"], "horoscope_v3": {"sign": "leo"}}
    )
    epoch, offset, profile = decode(old)
    assert (epoch, offset) == (7, 9)
    assert profile.history_v1[0].title_id == "t1"
    assert (profile.history_v1[0].plays, profile.history_v1[0].origin) == (1, 0)
    assert profile.opinions_v1 == Profile().opinions_v1


@given(ids=st.lists(st.integers(0, 20), max_size=60))
def test_the_ring_recognises_what_it_holds(ids: list[int]) -> None:
    delivery, seen = DeliveryState(), set[int]()
    for n in ids:
        assert is_repeated(delivery, f"event-{n}") == (n in seen)
        seen.add(n)


def test_the_ring_forgets_the_oldest() -> None:
    delivery = DeliveryState()
    assert RING == 64  # docs/architecture.md, docs/operations.md
    for n in range(RING + BLOCK):
        assert not is_repeated(delivery, str(n))
    assert len(delivery.ring) == RING * 5
    assert all(is_repeated(delivery, str(n)) for n in range(BLOCK, RING + BLOCK))
    assert not is_repeated(delivery, "0")
