"""Estimates of other policies: by hand, beside the true value, and safe to act on."""

import numpy as np
import pytest

from playhead.experiments.interleaving import credit, team_draft
from playhead.experiments.offpolicy import dr, ips, snips, switch_dr
from playhead.experiments.policy import gain, judge

REWARD = np.array([1.0, 0.0, 1.0, 1.0])
WEIGHT = np.array([2.0, 1.0, 0.5, 4.0])
EXPECTED = np.array([0.5, 0.25, 0.5, 0.75])
VALUE = np.array([0.6, 0.4, 0.5, 0.5])


def test_by_hand() -> None:
    """(2 + 0 + .5 + 4) / 4; the same / 7.5 for 4; values .5 on average and 2·.5 - .25 + .5·.5 + 4·.25 more, a quarter each."""
    assert ips(REWARD, WEIGHT).value == pytest.approx(6.5 / 4, abs=1e-12)
    assert snips(REWARD, WEIGHT).value == pytest.approx(6.5 / 7.5, abs=1e-12)
    assert dr(REWARD, WEIGHT, EXPECTED, VALUE).value == pytest.approx(0.5 + 2.0 / 4, abs=1e-12)
    assert switch_dr(REWARD, WEIGHT, EXPECTED, VALUE, 2.0).value == pytest.approx(0.5 + 1.0 / 4, abs=1e-12)
    assert ips(REWARD, WEIGHT).effective_size == pytest.approx(7.5**2 / 21.25, abs=1e-12)


def test_intervals_hold_the_true_value() -> None:
    """Two arms, logged evenly; the other policy prefers the better: .9 · .6 + .1 · .2 = .56."""
    rng = np.random.default_rng(1)
    held = np.zeros(3)
    for _ in range(300):
        arm = rng.integers(2, size=500)
        reward = (rng.random(500) < np.array([0.2, 0.6])[arm]).astype(float)
        weight = np.array([0.1, 0.9])[arm] / 0.5
        guess = np.array([0.3, 0.5])
        value = np.full(500, 0.1 * 0.3 + 0.9 * 0.5)
        found = ips(reward, weight), snips(reward, weight), dr(reward, weight, guess[arm], value)
        held += [each.low < 0.56 < each.high for each in found]
    assert (held / 300 > 0.9).all()
    assert (held / 300 < 0.99).all()


def test_only_a_gain_that_is_known_is_promoted() -> None:
    rng = np.random.default_rng(2)
    arm = rng.integers(2, size=8_000)
    reward = rng.exponential(np.array([1.0, 1.5])[arm])
    nothing = np.zeros(8_000)
    better, worse = (np.array(odds)[arm] / 0.5 for odds in ([0.2, 0.8], [0.8, 0.2]))
    assert judge(gain(reward, better, nothing, nothing)).promote
    assert "Its gain may be" in judge(gain(reward, worse, nothing, nothing)).reason
    assert "known from" in judge(gain(reward[:800], better[:800], nothing[:800], nothing[:800])).reason
    unseen = np.where(arm == 1, 0.5, 0.0)
    assert "has explored" in judge(gain(reward, unseen, nothing, nothing)).reason


def test_a_draft_is_fair_and_the_better_ranker_wins() -> None:
    rng = np.random.default_rng(3)
    good, bad = ["a", "b", "c", "d"], ["d", "c", "b", "a"]
    made = [team_draft(bad, good, 4, rng) for _ in range(400)]
    assert all(sorted(one.title_ids) == good and sum(one.team) == 2 for one in made)
    assert 150 < sum(one.team[0] for one in made) < 250
    assert sum(credit(one, ["a"]) for one in made) == 400
    assert sum(credit(one, ["a", "d"]) for one in made) == 0


def test_a_draft_of_short_lists_ends() -> None:
    made = team_draft(["a"], ["a"], 10, np.random.default_rng(4))
    assert made.title_ids == ["a"]
