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


OBD = np.array(
    [
        (0, 0.4094, 0.002325581395348837, 0.006017186001646692),
        (0, 0.9246, 0.002369668246445498, 0.006017186001646692),
        (0, 0.1242, 0.00980392156862745, 0.005870015529664157),
        (0, 0.2024, 0.004705882352941176, 0.0059083185605537025),
        (0, 0.1012, 0.004640371229698376, 0.0059083185605537025),
        (0, 0.1886, 0.005128205128205128, 0.0059083185605537025),
        (0, 3.1878, 0.007334963325183374, 0.005870015529664157),
        (0, 4.6874, 0.007334963325183374, 0.0059083185605537025),
        (0, 3.1878, 0.007334963325183374, 0.005870015529664157),
        (1, 1.4352, 0.004662004662004662, 0.0059083185605537025),
        (1, 5.3498, 0.004830917874396135, 0.005870015529664157),
        (1, 0.0276, 0.004739336492890996, 0.006017186001646692),
        (1, 0.1242, 0.00980392156862745, 0.005870015529664157),
        (1, 1.6330, 0.007177033492822967, 0.006017186001646692),
    ]
)
"""Reward, weight, expected and value of fourteen decisions of the log of women's fashion in the Open Bandit Dataset (Saito et al.,
NeurIPS 2021, CC BY 4.0), which obp bundles: BernoulliTS judged from random. ``scripts/obp`` compares on the logs as a whole."""


def test_as_open_bandit_pipeline_estimates_them() -> None:
    """What ``estimate_policy_value`` of obp 0.4.1 gives for the same rows; one has a weight above 5."""
    reward, weight, expected, value = OBD.T
    assert ips(reward, weight).value == pytest.approx(0.6121285714285716, abs=1e-9)
    assert snips(reward, weight).value == pytest.approx(0.39705882352941185, abs=1e-9)
    assert dr(reward, weight, expected, value).value == pytest.approx(0.6085185587306723, abs=1e-9)
    assert switch_dr(reward, weight, expected, value, 5.0).value == pytest.approx(
        0.22823601904813243, abs=1e-9
    )


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
        values = ips(reward, weight), snips(reward, weight), dr(reward, weight, guess[arm], value)
        held += [each.low < 0.56 < each.high for each in values]
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
    assert all(sorted(draft.title_ids) == good and sum(draft.team) == 2 for draft in made)
    assert 150 < sum(draft.team[0] for draft in made) < 250
    assert sum(credit(draft, ["a"]) for draft in made) == 400
    assert sum(credit(draft, ["a", "d"]) for draft in made) == 0


def test_a_draft_of_short_lists_ends() -> None:
    made = team_draft(["a"], ["a"], 10, np.random.default_rng(4))
    assert made.title_ids == ["a"]
