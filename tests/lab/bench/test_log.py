"""The events of a measurement: the same ones each time, in the mix of a real service, of as many viewers as wanted."""

from collections import Counter
from pathlib import Path

import pytest

from playhead.domain.decoding import decode_event
from playhead.lab.bench.log import Spec, SyntheticLog, opened

SPEC = Spec(events=3_000, profiles=200, titles=150)


def silent(_: str) -> None:
    """Progress that nobody hears."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


def events_of(log: SyntheticLog, count: int) -> list[object]:
    return [decode_event(act.profile_id.encode(), act.value) for act in log.take(count)]


def test_the_same_numbers_give_the_same_log(tmp_path: Path, folder: Path) -> None:
    first, second = (opened(place, SPEC, silent).take(SPEC.events) for place in (tmp_path, folder))
    assert first == second


def test_about_half_of_the_events_are_heartbeats(folder: Path) -> None:
    kinds = Counter(type(event).__name__ for event in events_of(opened(folder, SPEC, silent), SPEC.events))
    assert 0.35 < kinds["PlaybackProgress"] / SPEC.events < 0.65
    assert {
        "SessionStarted",
        "PageViewed",
        "ImpressionsShown",
        "TitleClicked",
        "PlaybackStarted",
    } <= kinds.keys()
    assert {"PlaybackPaused", "PlaybackSeeked", "PlaybackStopped"} <= kinds.keys()


def test_lives_are_simulated_once_and_events_taken_from_the_front(tmp_path: Path) -> None:
    spec = Spec(events=100, profiles=20, titles=60)
    log = opened(tmp_path, spec, silent)
    acts = log.take(10) + log.take(10)
    [made] = tmp_path.iterdir()
    before = made.stat().st_mtime_ns
    assert opened(tmp_path, spec, silent).take(20) == acts
    assert [(each, each.stat().st_mtime_ns) for each in tmp_path.iterdir()] == [(made, before)]


def test_a_log_that_is_too_short_says_so(folder: Path) -> None:
    log = opened(folder, SPEC, silent)
    with pytest.raises(ValueError, match="1 events too few"):
        log.take(SPEC.events + 1)


def test_many_profiles_live_the_same_lives_at_other_times_among_other_titles(tmp_path: Path) -> None:
    # 2,000 lives, each lived by five: neighbours in the log are different viewers
    spec = Spec(events=4_000, profiles=10_000, titles=3_000)
    log = opened(tmp_path, spec, silent)
    acts = log.take(spec.events)
    numbers = [int(act.profile_id[7:]) for act in acts]
    assert max(numbers) < spec.profiles
    assert sum(number >= spec.lives for number in numbers) > spec.events / 2
    assert len(set(numbers[:1_000])) > 400
    known = {title.title_id for title in log.titles}
    assert len(known) == spec.titles
    chosen = Counter(act.title_id for act in acts if act.title_id is not None)
    assert chosen.keys() <= known
    assert any(int(title_id[6:]) >= spec.base for title_id in chosen)
    [(favourite, _)] = chosen.most_common(1)
    assert int(favourite[6:]) < spec.base  # the first edition is the popular one


def test_events_are_in_order_and_each_has_an_id_of_its_own(folder: Path) -> None:
    events = events_of(opened(folder, SPEC, silent), SPEC.events)
    times = [event.occurred_at for event in events]  # type: ignore[attr-defined]
    assert times == sorted(times)
    assert len({event.event_id for event in events}) == SPEC.events  # type: ignore[attr-defined]
