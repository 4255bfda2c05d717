"""The fast path for heartbeats gives the same result as the general interpretation."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.signals.test_covered import lived
from tests.timeline import event

from playhead.catalogue.facts import UNKNOWN
from playhead.domain.events import AnyEvent, Event, PlaybackProgress
from playhead.signals import history as signal
from playhead.signals.beats import beat
from playhead.signals.rows import History


def interpreted(events: list[AnyEvent]) -> tuple[History, list[Event]]:
    state = History()
    events_so_far: list[Event] = []
    for happened in events:
        meaning = signal.interpret(state, happened)
        state = meaning.history
        events_so_far.append(meaning.event)
    return state, events_so_far


@tried(100)
@given(st.integers(0, 10**9), st.booleans())
def test_a_closer_look_says_the_same(seed: int, with_seconds: bool) -> None:
    rng = Random(seed)
    events, _, _ = lived(rng, seeks=1, with_seconds=with_seconds)
    events = [event for event in events if rng.random() < 0.9]
    shortly = interpreted(events)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signal, "_shortly", lambda _state, _event, _facts: None)
        closely = interpreted(events)
    assert shortly[1] == closely[1]
    assert (shortly[0], shortly[0].tracks) == (closely[0], closely[0].tracks)


def test_a_play_that_just_goes_on_takes_no_closer_look() -> None:
    state, _ = interpreted([event("playback_started", title_id="a", position_s=0, duration_s=600)])
    first = event("playback_progress", title_id="a", at_s=10, position_s=10)
    state = signal.interpret(state, first).history
    second = event("playback_progress", title_id="a", at_s=20, position_s=20)
    assert isinstance(second, PlaybackProgress)
    folded = beat(state, second, UNKNOWN)
    assert folded is not None
    assert (folded[0][0].watched_s, folded[1]) == (20, 10)
