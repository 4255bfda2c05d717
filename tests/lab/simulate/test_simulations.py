"""A small share of each simulation, with bounds that a broken part exceeds; the commands run them in full."""

from typing import Any

import numpy as np
import orjson
import pytest

from playhead.domain.records import Effects
from playhead.lab.evaluate.engines import listed
from playhead.lab.evaluate.fatigue import ARMS
from playhead.lab.simulate import fatigue
from playhead.lab.simulate.artwork import recovery, regret
from playhead.lab.simulate.comparing import false_positives, planted, streams
from playhead.lab.simulate.giving_up import giving_up
from playhead.lab.simulate.policies import exploration, tuning
from playhead.lab.simulate.served_pictures import served_recovery, served_regret
from playhead.replay.core import Replay


def test_nothing_is_claimed_where_nothing_is() -> None:
    """Of 40 A/A runs looked at after every event; a test of fixed horizon claims a lift in a dozen of them."""
    outcome = false_positives(runs=40, seed=2, events=3_000)
    assert max(outcome.choices, outcome.choices_at_once, outcome.minutes, outcome.minutes_at_once) <= 0.15
    assert outcome.fixed > 0.15


def test_a_planted_lift_is_found_in_time() -> None:
    outcome = planted(0.4, runs=40, seed=1)
    assert outcome.ratio < 1.9
    assert outcome.mean_ratio < 1.2
    assert outcome.wrong <= 0.05


def test_the_same_seed_is_the_same_run() -> None:
    first, again, other = (next(streams(seed, 1_000, 0.0)).arm for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_pictures_fit_their_viewers() -> None:
    outcome = regret(seed=1, impressions=1_000)
    assert outcome.share_of_random < 0.35
    assert outcome.bandit < outcome.fixed


def test_pictures_as_served_fit_their_viewers() -> None:
    outcome = served_regret(seed=1, impressions=8_000)
    assert outcome.share_of_random < 0.35
    assert outcome.bandit < outcome.fixed


def test_served_pictures_are_explored_again_when_tastes_turn() -> None:
    outcome = served_recovery(seed=3, impressions=24_000)
    assert outcome.ratio <= 0.5
    assert outcome.exploration_after > 1.2 * outcome.exploration_before > 0.0
    assert outcome.exploration_at_end < outcome.exploration_after


def test_a_change_of_taste_is_recovered_from_in_half_the_time() -> None:
    outcome = recovery(seed=1, impressions=4_000)
    assert outcome.ratio <= 0.5
    assert outcome.exploration_after > 1.5 * outcome.exploration_before > 0.0
    assert outcome.exploration_at_end < outcome.exploration_after


def test_who_is_about_to_give_up_sees_another_row_and_only_they() -> None:
    result = giving_up(seed=1, viewers=4, sessions=3)
    assert result.sessions == 12
    assert 0.0 < result.shown < 0.9
    assert result.low <= result.difference == result.with_it - result.without_the_row <= result.high


def test_propensities_are_those_of_draws() -> None:
    outcome = exploration(seed=1, slates=10)
    assert outcome.within_three >= 0.98
    assert outcome.least >= 0.02 - 1e-12


def test_weights_are_tuned_and_never_for_the_worse() -> None:
    outcome = tuning(seed=1, rounds=4)
    assert outcome.promoted >= 2
    assert outcome.worse == 0
    assert outcome.last > 1.2 * outcome.first


def test_ways_to_treat_fatigue_are_compared_on_the_same_viewers() -> None:
    results = fatigue.compared(seed=1, viewers=2, days=2)
    assert results == fatigue.compared(seed=1, viewers=2, days=2)
    assert list(results) == list(ARMS)
    # Two viewers, three visits of the second day, ten titles each.
    assert {each["impressions"] for each in results.values()} == {60}


def test_a_viewer_tires_of_a_title_and_comes_back_to_it() -> None:
    viewer = fatigue._TiringViewer(1, 1)
    fresh = viewer.probability(7, 0.0, 0.0)
    for _ in range(3):
        viewer.pass_over(7, 0.0)
    assert viewer.probability(7, 0.0, 0.0) == pytest.approx(fresh * 0.55**3)
    assert viewer.probability(8, 0.0, 0.0) != viewer.probability(7, 0.0, 0.0)
    assert viewer.probability(7, 0.0, 30 * 86_400.0) == pytest.approx(fresh, rel=0.001)


def test_the_fixed_rule_lets_a_title_rest() -> None:
    core = Replay(ARMS["a fixed rule"])
    for name in "abc":
        core.put_title(orjson.dumps({"title_id": name, "name": name}))

    def take(type_: str, at_s: int, **what: Any) -> Effects:
        at_ms = 1_767_225_600_000 + 1_000 * at_s
        event = {"event_id": f"{type_}-{at_s}", "type": type_, "profile_id": "p", "occurred_at": at_ms}
        return core.take(orjson.dumps(event | what), ranked=type_ == "page_viewed")

    for at_s in range(3):
        assert set(listed(take("page_viewed", 10 * at_s))) == set("abc")
        take("impressions_shown", 10 * at_s + 1, items=[{"title_id": "a"}])
    assert set(listed(take("page_viewed", 100))) == set("bc")
