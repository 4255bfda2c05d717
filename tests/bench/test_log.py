"""The events of a measurement: the same ones each time, in the mix of a real service."""

from collections import Counter
from pathlib import Path

import msgspec

from playhead.bench.log import Spec, generated, opened
from playhead.domain.decoding import decode_event

SPEC = Spec(events=3_000, profiles=200, titles=150)


def test_the_same_numbers_give_the_same_log() -> None:
    first, second = (b"".join(map(msgspec.json.encode, generated(SPEC))) for _ in range(2))
    assert first == second


def test_there_are_as_many_events_as_asked_for_about_half_of_them_heartbeats() -> None:
    kinds = Counter(type(event).__name__ for event in generated(SPEC))
    assert kinds.total() == SPEC.events
    assert 0.35 < kinds["PlaybackProgress"] / SPEC.events < 0.6
    assert {
        "SessionStarted",
        "PageViewed",
        "ImpressionsShown",
        "TitleClicked",
        "PlaybackStarted",
    } <= kinds.keys()
    assert {"PlaybackPaused", "PlaybackSeeked", "PlaybackStopped"} <= kinds.keys()


def test_a_log_is_made_once_and_taken_from_the_front(tmp_path: Path) -> None:
    told: list[str] = []
    spec = Spec(events=6_000, profiles=50, titles=100)
    log = opened(tmp_path, spec, told.append)
    assert told
    acts = log.take(10) + log.take(10)
    told.clear()
    again = opened(tmp_path, spec, told.append)
    assert not told
    assert again.take(20) == acts
    assert again.titles == log.titles
    assert len(again.take(10_000)) == spec.events - 20
    assert all(decode_event(act.profile_id.encode(), act.value) for act in acts)


def test_other_numbers_are_another_log(tmp_path: Path) -> None:
    ten, eleven = (opened(tmp_path, Spec(events, 20, 60), print).take(20) for events in (10, 11))
    assert (len(ten), len(eleven)) == (10, 11)
