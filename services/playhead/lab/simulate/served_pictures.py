"""Pictures chosen as serving chooses them, for an audience whose taste for moods and palettes goes with the labels it likes."""

from time import perf_counter
from typing import NamedTuple

import numpy as np

from playhead.arrays.hashing import digest
from playhead.arrays.types import Floats
from playhead.catalogue.artworks import ArtworkColumns
from playhead.domain.examples import Picture
from playhead.domain.titles import Artwork, Title
from playhead.lab.simulate.artwork import PICTURES, PROFILES, TITLES, DriftRecovery, Regret, back
from playhead.models.artwork import ArtworkPosterior
from playhead.ranking.artwork import DAY_MS, ArtworkPolicy, choose, seed_of

ATTRIBUTES = {"mood": 6, "palette": 4, "shows": 3}
LABELS, LIKED = 12, 3
OF_PICTURE, OF_ATTRIBUTE, OF_TASTE = 0.2, 0.3, 0.6
"""Standard deviations of what a picture does by itself, by an attribute, and by an attribute for who likes a label."""
AT_ONCE = 50
"""Impressions that are chosen before what came of them is learned: rewards are late."""


class LabelAudience:
    """Viewers, titles and pictures with a truth: the log-odds of a click, [titles × pictures × profiles]."""

    def __init__(self, rng: np.random.Generator) -> None:
        values = [f"{name}-{n}" for name, count in ATTRIBUTES.items() for n in range(count)]
        places = np.cumsum([0, *list(ATTRIBUTES.values())[:-1]])
        drawn = np.stack([rng.integers(0, count, (TITLES, PICTURES)) for count in ATTRIBUTES.values()], 2)
        has = (places + drawn)[..., None] == np.arange(len(values))
        shows = has.any(axis=2).astype(np.float64)
        self.likes = np.argsort(rng.random((PROFILES, LABELS)), axis=1)[:, :LIKED]
        likes = np.zeros((PROFILES, LABELS))
        np.put_along_axis(likes, self.likes, 1.0, axis=1)
        common = rng.normal(0.0, OF_ATTRIBUTE, len(values))
        of_labels = rng.normal(0.0, OF_TASTE, (LABELS, len(values)))
        self.appeal = rng.normal(-2.0, 0.7, TITLES)
        own = rng.normal(0.0, OF_PICTURE, (TITLES, PICTURES, 1))
        # Before tastes turn, and after: who likes a label then has the taste of another's.
        self._adds = [
            own + shows @ (common + likes @ each).T
            for each in (of_labels, np.roll(of_labels, LABELS // 2, axis=0))
        ]
        self.probabilities: Floats = self._probabilities(0)
        self.columns = ArtworkColumns()
        names = list(ATTRIBUTES)
        for title in range(TITLES):
            artworks = tuple(
                Artwork(
                    artwork_id=f"{title}-{picture}",
                    attributes={name: str(drawn[title, picture, n]) for n, name in enumerate(names)},
                )
                for picture in range(PICTURES)
            )
            self.columns.put(title, Title(title_id=str(title), name=str(title), artworks=artworks))

    def turn(self) -> None:
        """Makes all tastes change places: what viewers of one label liked, those of another do now."""
        self.probabilities = self._probabilities(1)

    def _probabilities(self, when: int) -> Floats:
        probability: Floats = 1.0 / (1.0 + np.exp(-(self.appeal[:, None, None] + self._adds[when])))
        return probability


class _Course(NamedTuple):
    """By impression: clicks lost by what was shown, by a random picture, by the best fixed one, and 1 - propensity; and the time it took."""

    lost: Floats
    random: Floats
    fixed: Floats
    explored: Floats
    seconds: float


def served_regret(seed: int, impressions: int = 20_000) -> Regret:
    """One audience, a model that begins knowing nothing, choosing by the recipe's own policy."""
    course = _course(seed, impressions, ArtworkPosterior())
    bandit, at_random, of_fixed = (float(part.mean()) for part in course[:3])
    count = len(course.lost)
    return Regret(count, bandit, at_random, of_fixed, bandit / at_random, 1e6 * course.seconds / count)


def served_recovery(seed: int, impressions: int = 40_000) -> DriftRecovery:
    """Tastes turn half-way: as served beside the same without noticing it."""
    half = impressions // 2
    noticed = _course(seed, impressions, ArtworkPosterior(), turns_at=half)
    alone = _course(seed, impressions, ArtworkPosterior(limit=np.inf), turns_at=half)
    before, after = (back(course.lost / np.maximum(course.random, 1e-9), half) for course in (alone, noticed))
    explored = noticed.explored
    return DriftRecovery(
        before,
        after,
        after / before,
        float(explored[half - 1_000 : half].mean()),
        float(max(part.mean() for part in np.array_split(explored[half:], half // 500))),
        float(explored[-1_000:].mean()),
    )


def _course(seed: int, impressions: int, model: ArtworkPosterior, turns_at: int = -1) -> _Course:
    rng = np.random.default_rng(seed)
    audience, policy = LabelAudience(rng), ArtworkPolicy()
    columns = audience.columns
    taste = np.array([[digest(f"label-{label}") for label in row] for row in audience.likes.tolist()])
    fixed = audience.probabilities.mean(axis=2).argmax(axis=1)
    batches, spent = [], 0.0
    for first in range(0, impressions, AT_ONCE):
        if first == turns_at:
            audience.turn()
        profile, title = rng.integers(0, PROFILES, AT_ONCE), rng.integers(0, TITLES, AT_ONCE)
        seeds = np.array([seed_of(str(number), DAY_MS * first) for number in profile.tolist()])
        rows = np.arange(AT_ONCE)
        begin = perf_counter()
        chosen = choose(
            policy, columns, model.known, rows, title, title.astype(np.uint32), taste[profile], seeds
        )
        spent += perf_counter() - begin
        probabilities = audience.probabilities[title, :, profile]
        mine = probabilities[rows, chosen.picture - columns.of[title, 0]]
        taken = (rng.random(AT_ONCE) < mine).astype(int).tolist()
        shown = [
            Picture(
                str(number),
                tuple(columns.slots[number].tolist()),
                tuple(columns.values[number].tolist()),
                tuple(taste[viewer].tolist()),
            )
            for number, viewer in zip(chosen.picture.tolist(), profile.tolist(), strict=True)
        ]
        begin = perf_counter()
        model.learn(shown, taken, (1.0 / (1.0 + np.exp(-audience.appeal[title]))).tolist())
        spent += perf_counter() - begin
        best = probabilities.max(axis=1)
        others = best - probabilities.mean(axis=1), best - probabilities[rows, fixed[title]]
        batches.append(np.stack([best - mine, *others, 1.0 - chosen.propensity]))
    lost, at_random, of_fixed, explored = np.concatenate(batches, axis=1)
    return _Course(lost, at_random, of_fixed, explored, spent)
