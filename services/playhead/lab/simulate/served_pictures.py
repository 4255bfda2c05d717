"""Pictures chosen as serving chooses them, for an audience whose taste for moods and palettes goes with the labels it likes."""

from time import perf_counter

import numpy as np

from playhead.arrays.hashing import digest
from playhead.arrays.types import Floats
from playhead.catalogue.artworks import ArtworkColumns
from playhead.domain.examples import Picture
from playhead.domain.titles import Artwork, Title
from playhead.lab.simulate.artwork import PICTURES, PROFILES, TITLES, Regret
from playhead.models.artwork import ArtworkPosterior
from playhead.ranking.artwork import ArtworkPolicy, choose, seed_of

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
        taste = rng.normal(0.0, OF_ATTRIBUTE, len(values)) + likes @ rng.normal(
            0.0, OF_TASTE, (LABELS, len(values))
        )
        self.appeal = rng.normal(-2.0, 0.7, TITLES)
        own = rng.normal(0.0, OF_PICTURE, (TITLES, PICTURES, 1))
        odds = self.appeal[:, None, None] + own + shows @ taste.T
        self.chances: Floats = 1.0 / (1.0 + np.exp(-odds))
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


def served_regret(seed: int, impressions: int = 20_000) -> Regret:
    """One audience, a model that begins knowing nothing, choosing by the recipe's own policy."""
    rng = np.random.default_rng(seed)
    audience, model, policy = LabelAudience(rng), ArtworkPosterior(), ArtworkPolicy()
    columns = audience.columns
    taste = np.array([[digest(f"label-{one}") for one in row] for row in audience.likes.tolist()])
    fixed = audience.chances.mean(axis=2).argmax(axis=1)
    lost, spent = np.zeros(3), 0.0
    for first in range(0, impressions, AT_ONCE):
        profile, title = rng.integers(0, PROFILES, AT_ONCE), rng.integers(0, TITLES, AT_ONCE)
        seeds = np.array([seed_of(str(one), 86_400_000 * first) for one in profile.tolist()])
        begin = perf_counter()
        marks = title.astype(np.uint32)
        told = choose(
            policy, columns, model.known, np.arange(AT_ONCE), title, marks, taste[profile], seeds
        ).picture
        spent += perf_counter() - begin
        chances = audience.chances[title, :, profile]
        at = told - columns.of[title, 0]
        mine = chances[np.arange(AT_ONCE), at]
        taken = (rng.random(AT_ONCE) < mine).astype(int).tolist()
        begin = perf_counter()
        shown = [
            Picture(
                str(number),
                tuple(columns.slots[number].tolist()),
                tuple(columns.values[number].tolist()),
                tuple(taste[viewer].tolist()),
            )
            for number, viewer in zip(told.tolist(), profile.tolist(), strict=True)
        ]
        model.learn(shown, taken, (1.0 / (1.0 + np.exp(-audience.appeal[title]))).tolist())
        spent += perf_counter() - begin
        best = chances.max(axis=1)
        lost += (
            (best - mine).sum(),
            (best - chances.mean(axis=1)).sum(),
            (best - chances[np.arange(AT_ONCE), fixed[title]]).sum(),
        )
    count = AT_ONCE * -(-impressions // AT_ONCE)
    bandit, at_random, of_fixed = (lost / count).tolist()
    return Regret(count, bandit, at_random, of_fixed, bandit / at_random, 1e6 * spent / count)
