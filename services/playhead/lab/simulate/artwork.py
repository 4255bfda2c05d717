"""A bandit chooses the picture of each card, for an audience whose tastes are planted: regret, and what drift does to it."""

from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

import numpy as np

from playhead.experiments.bandit import Posterior, choose
from playhead.experiments.drift import DriftWatch
from playhead.experiments.posteriors import LogisticPosterior, RiverLinear
from playhead.experiments.totals import Floats

ATTRIBUTES = ("cast", "mood", "palette", "bright", "character", "romance", "action", "humour")
TITLES, PICTURES, PROFILES = 120, 6, 400
WIDTH = 2 * len(ATTRIBUTES)
POSTERIORS: dict[str, Callable[[], Posterior]] = {
    "logistic": lambda: LogisticPosterior(WIDTH),
    "river_linear": lambda: RiverLinear(WIDTH),
}


class Regret(NamedTuple):
    """Clicks lost against the best picture for each viewer, an impression; and what a choice and a reward take."""

    impressions: int
    bandit: float
    random: float
    fixed: float
    """The same of the picture that is best for each title over all viewers, known beforehand."""
    share_of_random: float
    microseconds: float


class DriftRecovery(NamedTuple):
    """Impressions after a change of taste until regret is back near what it was before."""

    alone: int
    with_drift: int
    ratio: float
    exploration_before: float
    exploration_after: float
    exploration_at_end: float


class PictureAudience:
    """Viewers, titles and pictures with a truth: the log-odds of a click are the title's and the picture's own."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.pictures = rng.uniform(-1.0, 1.0, (TITLES, PICTURES, len(ATTRIBUTES)))
        self.appeal = rng.normal(-2.0, 0.7, TITLES)
        self.common = rng.normal(0.0, 0.3, len(ATTRIBUTES))
        self.taste = rng.normal(0.0, 1.0, (PROFILES, len(ATTRIBUTES)))
        # What the profile has shown of its taste: not all of it.
        self.known = self.taste + rng.normal(0.0, 0.4, self.taste.shape)

    def features(self, profile: int, title: int) -> Floats:
        """Features of each picture: its attributes, and each of them times what is known of the profile's taste for it."""
        own = self.pictures[title]
        return np.hstack([own, own * self.known[profile]])

    def probabilities(self, profile: int, title: int) -> Floats:
        """The probability of a click with each picture."""
        odds = self.appeal[title] + self.pictures[title] @ (self.common + self.taste[profile])
        probability: Floats = 1.0 / (1.0 + np.exp(-odds))
        return probability

    def fixed(self) -> Floats:
        """The best picture of each title over all viewers."""
        odds = self.appeal[:, None, None] + np.einsum("tpa,va->tpv", self.pictures, self.common + self.taste)
        best: Floats = (1.0 / (1.0 + np.exp(-odds))).mean(axis=2).argmax(axis=1)
        return best


def regret(seed: int, impressions: int = 20_000, posterior: str = "logistic") -> Regret:
    """One audience, one bandit that begins knowing nothing."""
    rng = np.random.default_rng(seed)
    audience, model = PictureAudience(rng), POSTERIORS[posterior]()
    fixed, lost, spent = audience.fixed(), np.zeros(3), 0.0
    for _ in range(impressions):
        profile, title = int(rng.integers(PROFILES)), int(rng.integers(TITLES))
        probabilities, arms = audience.probabilities(profile, title), audience.features(profile, title)
        clicked = rng.random()
        begin = perf_counter()
        arm = choose(model, arms, rng).arm
        model.learn(arms[arm], float(clicked < probabilities[arm]), float(audience.appeal[title]))
        spent += perf_counter() - begin
        best = probabilities.max()
        lost += best - probabilities[arm], best - probabilities.mean(), best - probabilities[fixed[title]]
    bandit, at_random, of_fixed = (lost / impressions).tolist()
    return Regret(impressions, bandit, at_random, of_fixed, bandit / at_random, 1e6 * spent / impressions)


def recovery(seed: int, impressions: int = 12_000) -> DriftRecovery:
    """Tastes turn into their opposite half-way: a bandit that notices beside one that does not."""
    alone, _ = _through_change(seed, impressions, notices=False)
    noticed, explored = _through_change(seed, impressions, notices=True)
    half = impressions // 2
    before, after = back(alone, half), back(noticed, half)
    return DriftRecovery(
        before,
        after,
        after / before,
        float(explored[half - 1000 : half].mean()),
        float(explored[half : half + 1000].max()),
        float(explored[-1000:].mean()),
    )


def _through_change(seed: int, impressions: int, *, notices: bool) -> tuple[Floats, Floats]:
    """Regret of each impression, as a share of random's, and the share of choices that were not the greedy one."""
    rng = np.random.default_rng(seed)
    audience, model, watch = PictureAudience(rng), LogisticPosterior(WIDTH), DriftWatch()
    lost, explored = np.zeros(impressions), np.zeros(impressions)
    for n in range(impressions):
        if n == impressions // 2:
            audience.taste = -audience.taste
        profile, title = int(rng.integers(PROFILES)), int(rng.integers(TITLES))
        probabilities, arms = audience.probabilities(profile, title), audience.features(profile, title)
        choice = choose(model, arms, rng)
        reward, offset = float(rng.random() < probabilities[choice.arm]), float(audience.appeal[title])
        expected = model.probability(arms[choice.arm], offset)
        model.learn(arms[choice.arm], reward, offset)
        if notices and watch.drifted(reward, expected):
            model.widen(WIDENED)
        lost[n] = (probabilities.max() - probabilities[choice.arm]) / max(
            probabilities.max() - probabilities.mean(), 1e-9
        )
        explored[n] = 1.0 - choice.propensities.max()
    return lost, explored


WIDENED = 1e6
"""Factor that makes a posterior as unsure as at the beginning, which is its own bound."""
WINDOW = 500


def back(lost: Floats, change: int) -> int:
    """Impressions after the change until a window's regret (``lost``: as a share of random's) is at most 1.5 times what it was before."""
    before = lost[change - 2 * WINDOW : change].mean()
    means = np.convolve(lost[change:], np.ones(WINDOW) / WINDOW, mode="valid")
    back = np.flatnonzero(means <= 1.5 * before)
    return int(back[0]) + WINDOW if len(back) else len(lost) - change
