"""A small share of each simulation, with bounds that a broken part exceeds; the commands run them in full."""

import numpy as np

from playhead.lab.simulate.artwork import recovery, regret
from playhead.lab.simulate.comparing import false_positives, planted, streams
from playhead.lab.simulate.giving_up import giving_up
from playhead.lab.simulate.policies import exploration, tuning
from playhead.lab.simulate.served_pictures import served_recovery, served_regret


def test_nothing_is_claimed_where_nothing_is() -> None:
    """Of 40 A/A runs looked at after every event; a test of fixed horizon claims a lift in a dozen of them."""
    told = false_positives(runs=40, seed=2, events=3_000)
    assert max(told.choices, told.choices_at_once, told.minutes, told.minutes_at_once) <= 0.15
    assert told.fixed > 0.15


def test_a_planted_lift_is_found_in_time() -> None:
    told = planted(0.4, runs=40, seed=1)
    assert told.ratio < 1.9
    assert told.mean_ratio < 1.2
    assert told.wrong <= 0.05


def test_the_same_seed_is_the_same_run() -> None:
    first, again, other = (next(streams(seed, 1_000, 0.0)).arm for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_pictures_fit_their_viewers() -> None:
    told = regret(seed=1, impressions=1_000)
    assert told.share_of_random < 0.35
    assert told.bandit < told.fixed


def test_pictures_as_served_fit_their_viewers() -> None:
    told = served_regret(seed=1, impressions=8_000)
    assert told.share_of_random < 0.35
    assert told.bandit < told.fixed


def test_served_pictures_are_explored_again_when_tastes_turn() -> None:
    told = served_recovery(seed=3, impressions=24_000)
    assert told.ratio <= 0.5
    assert told.exploration_after > 1.2 * told.exploration_before > 0.0
    assert told.exploration_at_end < told.exploration_after


def test_a_change_of_taste_is_recovered_from_in_half_the_time() -> None:
    told = recovery(seed=1, impressions=4_000)
    assert told.ratio <= 0.5
    assert told.exploration_after > 1.5 * told.exploration_before > 0.0
    assert told.exploration_at_end < told.exploration_after


def test_who_is_about_to_give_up_sees_another_row_and_only_they() -> None:
    told = giving_up(seed=1, viewers=4, sessions=3)
    assert told.sessions == 12
    assert 0.2 < told.shown < 0.9
    assert told.low <= told.difference == told.with_it - told.without_the_row <= told.high


def test_propensities_are_those_of_draws() -> None:
    told = exploration(seed=1, slates=10)
    assert told.within_three >= 0.98
    assert told.least >= 0.02 - 1e-12


def test_weights_are_tuned_and_never_for_the_worse() -> None:
    told = tuning(seed=1, rounds=4)
    assert told.promoted >= 2
    assert told.worse == 0
    assert told.last > 1.2 * told.first
