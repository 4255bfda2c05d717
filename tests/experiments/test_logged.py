"""What was decided, joined with what came of it, and what that says of another policy."""

from typing import Any

import numpy as np
import pytest

from playhead.domain import events as e
from playhead.experiments.logged import Columns, Estimates, LoggedDecisions, Offer, estimates

AT_MS = 1_767_225_600_000


def event(kind: type[e.Event], after_s: float = 1.0, **fields: Any) -> e.Event:
    return kind(event_id="e", occurred_at=AT_MS + int(1_000 * after_s), profile_id="ada", **fields)


def shown(ranking_id: str, *titles: str, after_s: float = 0.0) -> e.Event:
    items = tuple(e.Impression(title_id=title) for title in titles)
    return event(e.ImpressionsShown, after_s, items=items, ranking_id=ranking_id)


def joined(*acts: e.Event, offers: dict[str, Offer] | None = None) -> LoggedDecisions:
    log = LoggedDecisions()
    log.decided("r1", offers or {"a": Offer(2.0, 0.1, 0.2), "b": Offer(0.5, 0.3, 0.2)})
    for act in acts:
        log.happened(act)
    return log


def test_a_title_shown_is_a_row_and_its_click_the_reward() -> None:
    log = joined(shown("r1", "a", "b", "unknown"), event(e.TitleClicked, title_id="b"))
    reward, weight, expected, other, of = log.columns("click")
    assert reward.tolist() == [0.0, 1.0]
    assert weight.tolist() == [2.0, 0.5]
    assert of is not None
    assert of.tolist() == [0, 0]
    # Of two titles one was clicked, where .4 were expected.
    assert (expected.tolist(), other.tolist()) == ([0.25, 0.75], [0.5, 0.5])


@pytest.mark.parametrize(
    "acts",
    [
        # Too late to come of the impression.
        (shown("r1", "a"), event(e.TitleClicked, 601.0, title_id="a")),
        # It began by itself.
        (shown("r1", "a"), event(e.PlaybackStarted, title_id="a", trigger="autoplay")),
        # Another ranking has shown it since: nobody knows this one.
        (shown("r1", "a"), shown("elsewhere", "a", after_s=1.0), event(e.TitleClicked, 2.0, title_id="a")),
        # It was clicked before it was shown.
        (event(e.TitleClicked, title_id="a"), shown("r1", "a", after_s=2.0)),
    ],
)
def test_what_does_not_come_of_an_impression_is_no_reward_of_it(acts: tuple[e.Event, ...]) -> None:
    assert [row.click for row in joined(*acts).rows] == [0.0]


def test_an_impression_that_is_told_twice_is_one_row() -> None:
    assert len(joined(shown("r1", "a"), shown("r1", "a")).rows) == 1


def test_minutes_are_those_of_the_play_that_came_of_it() -> None:
    log = joined(
        shown("r1", "a", "b"),
        event(e.PlaybackStarted, title_id="a"),
        event(e.PlaybackStopped, 700.0, title_id="a", watched_s=600.0),
        event(e.PlaybackStopped, 700.0, title_id="b", watched_s=600.0),
    )
    reward, _, expected, *_ = log.columns("minutes")
    assert reward.tolist() == [10.0, 0.0]
    assert expected.tolist() == pytest.approx([2.5, 7.5])


def simulated(probability: float, count: int = 40_000) -> Estimates:
    """A log that tosses a coin between two pictures, of which the second is clicked twice as often; who always shows it, or never."""
    rng = np.random.default_rng(3)
    second = rng.random(count) < 0.5
    reward = (rng.random(count) < np.where(second, 0.2, 0.1)).astype(np.float64)
    weight = np.where(second, probability, 1.0 - probability) / 0.5
    expected = np.full(count, 0.15)
    return estimates(Columns(reward, weight, expected, expected))


def test_every_estimator_finds_what_another_policy_would_have_brought() -> None:
    better = simulated(0.9)
    for estimate in (better.ips, better.snips, better.dr, better.switch_dr):
        assert abs(estimate.value - 0.19) < 3.0 * (estimate.high - estimate.value) / 1.96
    assert abs(better.gain.value - 0.04) < 3.0 * (better.gain.high - better.gain.value) / 1.96
    assert better.judged.promote
    assert not simulated(0.1).judged.promote


def test_what_the_log_has_not_explored_is_not_promoted() -> None:
    ones = np.ones(5_000)
    # The other policy shows something else at half the places, of which nothing is known.
    result = estimates(Columns(ones, np.where(np.arange(5_000) % 2, 1.0, 0.0), 0.5 * ones, ones))
    assert not result.judged.promote
    assert "explored 50%" in result.judged.reason


def test_intervals_are_over_viewers_whose_rows_are_alike() -> None:
    rng = np.random.default_rng(1)
    misses = []
    for _ in range(300):
        # Forty viewers with an inclination of their own, fifty rows each.
        inclined = rng.beta(1.0, 4.0, 40)
        of = np.repeat(np.arange(40), 50)
        reward = (rng.random(2_000) < inclined[of]).astype(np.float64)
        ones = np.ones(2_000)
        for place, whose in enumerate((of, None)):
            result = estimates(Columns(reward, ones, 0.2 * ones, 0.2 * ones, whose)).ips
            misses.append((place, not result.low < 0.2 < result.high))
    by_viewer, by_row = (np.mean([missed for which, missed in misses if which == place]) for place in (0, 1))
    assert by_viewer < 0.1
    assert by_row > 0.3
