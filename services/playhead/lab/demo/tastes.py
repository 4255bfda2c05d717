"""What a simulated viewer likes: weights over genres and tags that drift, and what they make of a title."""

from collections.abc import Iterable, Mapping
from math import exp
from random import Random

from playhead.domain.titles import Artwork, Title
from playhead.lab.demo.words import MOOD_OF

FAVOURITES = 3
"""Genres a viewer starts with a liking for."""
CREEP = 0.06
"""Standard deviation by which each weight moves at a drift."""
JUMP_CHANCE = 0.1
"""Chance that a drift brings a new favourite in place of the strongest: people tire of what they watch most."""


class Tastes:
    """Weights of genres and tags, about -1 (avoids) to 2 (loves); ``drift`` moves them, as sessions pass."""

    def __init__(self, rng: Random, genres: Iterable[str], tags: Iterable[str]) -> None:
        self._rng = rng
        self.genres = {genre: rng.gauss(-0.3, 0.3) for genre in genres}
        self.tags = {tag: rng.gauss(0.0, 0.3) for tag in tags}
        for genre in rng.sample(sorted(self.genres), min(FAVOURITES, len(self.genres))):
            self.genres[genre] = rng.uniform(1.0, 2.0)

    def drift(self) -> None:
        """Moves the tastes as time passes: every weight creeps, and now and then a new favourite takes the first place."""
        for weights in (self.genres, self.tags):
            for name, weight in weights.items():
                weights[name] = max(-1.0, min(2.0, weight + self._rng.gauss(0.0, CREEP)))
        if self.genres and self._rng.random() < JUMP_CHANCE:
            tired_of = max(self.genres, key=self.genres.__getitem__)
            self.genres[tired_of] = 0.2
            self.genres[self._rng.choice(sorted(self.genres))] = 2.0

    def liking(self, title: Title) -> float:
        """How much the viewer would enjoy the title, 0 to 1."""
        genre = mean_weight(self.genres, title.genres)
        return 1.0 / (1.0 + exp(-(2.2 * genre + 0.8 * mean_weight(self.tags, title.tags) - 1.2)))

    def eye(self, artwork: Artwork) -> float:
        """Factor of the chance that a title is picked by this picture: above 1 if its mood is that of the favourite genre."""
        if not self.genres:
            return 1.0
        wanted = MOOD_OF.get(max(self.genres, key=self.genres.__getitem__))
        return 1.4 if artwork.attributes.get("mood") == wanted else 0.8


def mean_weight(weights: Mapping[str, float], names: tuple[str, ...]) -> float:
    """Mean weight of the names, 0 for names without one.

    >>> mean_weight({"Drama": 1.0}, ("Drama", "Unheard of"))
    0.5
    """
    return sum(weights.get(name, 0.0) for name in names) / len(names) if names else 0.0
