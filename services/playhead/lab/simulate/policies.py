"""Exact propensities against draws, and weights tuned by long-term reward: how often does a worse policy take over?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.experiments.bandit import best_probabilities, supported
from playhead.experiments.offpolicy import PolicyValue
from playhead.experiments.policy import gain, judge, proposals
from playhead.experiments.totals import Floats

DRAWS = 100_000
ITEMS = 8
DECISIONS = 8_000
TRUTH = np.array([0.3, 1.2])
"""What the outcomes of a title are worth in minutes of the session: a click little, a finish much."""
START = (1.0, 0.2)
"""The weights in force at first: they serve clicks."""


class PropensityCheck(NamedTuple):
    """Propensities as computed, beside the shares of draws; errors in standard errors."""

    propensities: int
    within_three: float
    worst: float
    least: float
    """The smallest propensity: the support."""


class Tuned(NamedTuple):
    """Rounds of propose, estimate, promote: what the value was and became, and how many steps were for the worse."""

    first: float
    last: float
    best: float
    promoted: int
    worse: int
    rounds: int


def exploration(seed: int, slates: int = 200, support: float = 0.02) -> PropensityCheck:
    """Propensities of random posteriors of 2 to 8 arms, each against 100,000 draws of the policy itself."""
    rng = np.random.default_rng(seed)
    errors, least = [], 1.0
    for _ in range(slates):
        arms = int(rng.integers(2, 9))
        mean, deviation = rng.normal(0.0, 1.0, arms), np.exp(rng.normal(-0.5, 1.0, arms))
        propensities = supported(best_probabilities(mean, deviation), support)
        # The policy by its definition: one draw of each arm, the greatest is best.
        best = (mean + deviation * rng.standard_normal((DRAWS, arms))).argmax(axis=1)
        drawn = supported(np.bincount(best, minlength=arms) / DRAWS, support)
        errors += (
            np.abs(drawn - propensities) / np.sqrt(propensities * (1.0 - propensities) / DRAWS)
        ).tolist()
        least = min(least, float(propensities.min()))
    return PropensityCheck(len(errors), float(np.mean(np.array(errors) <= 3.0)), float(max(errors)), least)


def tuning(seed: int, rounds: int = 12) -> Tuned:
    """Weights of a value model, tuned from its own log by the minutes that a session brings."""
    rng = np.random.default_rng(seed)
    weights: tuple[float, ...] = START
    first, promoted, worse = value_of(weights), 0, 0
    for _ in range(rounds):
        outcomes = _outcomes(rng)
        probabilities = _policy(outcomes, weights)
        chosen = (
            (probabilities.cumsum(axis=1) < rng.random(DECISIONS)[:, None]).sum(axis=1).clip(0, ITEMS - 1)
        )
        rows = np.arange(DECISIONS)
        minutes = rng.exponential(np.maximum(outcomes[rows, chosen] @ TRUTH, 1e-9))
        half = DECISIONS // 2
        estimates = [
            (other, *_estimates(outcomes, probabilities, chosen, minutes, other, half))
            for other in proposals(weights)
        ]
        # Proposed on one half of the log, judged on the other: the best of several looks better than it is.
        other, _, held = max(estimates, key=lambda each: each[1])
        if judge(held).promote:
            promoted += 1
            worse += value_of(other) < value_of(weights)
            weights = other
    return Tuned(first, value_of(weights), value_of(tuple(4.0 * TRUTH)), promoted, worse, rounds)


def value_of(weights: tuple[float, ...]) -> float:
    """The true minutes of a decision under weights, over a large audience."""
    outcomes = _outcomes(np.random.default_rng(0), 20_000)
    return float((_policy(outcomes, weights) * (outcomes @ TRUTH)).sum(axis=1).mean())


def _outcomes(rng: np.random.Generator, decisions: int = DECISIONS) -> Floats:
    """Probabilities of a click and of a finish, [decisions × items × 2]: what is clicked is seldom finished."""
    click = rng.beta(2.0, 3.0, (decisions, ITEMS))
    finish = np.clip(1.0 - click + rng.normal(0.0, 0.2, click.shape), 0.0, 1.0)
    return np.stack([click, finish], axis=-1)


def _policy(outcomes: Floats, weights: tuple[float, ...]) -> Floats:
    """Softmax of the value model: explores, and says with which propensity."""
    score = 2.0 * outcomes @ np.array(weights)
    odds = np.exp(score - score.max(axis=1, keepdims=True))
    probabilities: Floats = odds / odds.sum(axis=1, keepdims=True)
    return probabilities


def _estimates(
    outcomes: Floats,
    probabilities: Floats,
    chosen: NDArray[np.int64],
    minutes: Floats,
    other: tuple[float, ...],
    half: int,
) -> tuple[float, PolicyValue]:
    rows, theirs = np.arange(len(minutes)), _policy(outcomes, other)
    weight = theirs[rows, chosen] / probabilities[rows, chosen]
    # What is expected of an item, fitted on the other half.
    made = outcomes[rows, chosen]
    fits = [np.linalg.lstsq(made[part], minutes[part], rcond=None)[0] for part in (rows >= half, rows < half)]
    estimates = []
    for part, fit in zip((rows < half, rows >= half), fits, strict=True):
        expected = outcomes[part] @ fit
        mine = expected[np.arange(len(expected)), chosen[part]]
        estimates.append(gain(minutes[part], weight[part], mine, (theirs[part] * expected).sum(axis=1)))
    return estimates[0].value, estimates[1]
