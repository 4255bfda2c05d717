"""The choice of pictures for the titles of pages: a title has the same picture in all rows of a page."""

import numpy as np

from playhead.arrays.types import Floats, Ints
from playhead.catalogue.artworks import MOST
from playhead.ranking.artwork import ChosenPictures, choose, propensities, seed_of, taste_of
from playhead.ranking.pipeline import Result


class PictureChooser:
    """Chooses the pictures of a batch of rankings."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._taste = taste_of(result.columns)
        requests = [slate.request for slate in result.slates]
        self._seeds = np.array(
            [seed_of(request.profile_id, request.at_ms) for request in requests], dtype=np.int64
        )
        models: dict[int, int] = {}
        knows = [models.setdefault(id(slate.view.models), len(models)) for slate in result.slates]
        self._knows = np.array(knows, dtype=np.int64)
        """Index of the shard's models that each ranking of the batch is made by."""
        first = {
            number: slate for slate, number in zip(reversed(result.slates), reversed(knows), strict=True)
        }
        self._known = [first[number].view.models.artwork.known for number in range(len(models))]

    def choose(self, owner: Ints, title: Ints) -> ChosenPictures:
        """A picture and its propensity for each title; ``owner``: the row of its ranking in the batch."""
        policy, catalogue = self._result.artwork, self._result.catalogue
        chosen = ChosenPictures(np.full(len(title), -1), np.ones(len(title)))
        for known, mine in zip(self._known, self._shares(owner), strict=True):
            who, what = np.ascontiguousarray(owner[mine]), title[mine]
            digests = catalogue.digest[what]
            chosen.picture[mine], chosen.propensity[mine] = choose(
                policy, catalogue.artworks, known, who, what, digests, self._taste, self._seeds
            )
        return chosen

    def propensities(self, owner: Ints, title: Ints) -> Floats:
        """The propensity of each picture of each title, [titles × MOST], in the order of ``catalogue.artworks.of``."""
        policy, artworks = self._result.artwork, self._result.catalogue.artworks
        propensity_of = np.zeros((len(title), MOST))
        for known, mine in zip(self._known, self._shares(owner), strict=True):
            propensity_of[mine] = propensities(policy, artworks, known, owner[mine], title[mine], self._taste)
        return propensity_of

    def _shares(self, owner: Ints) -> list[Ints | slice]:
        if len(self._known) == 1:
            return [slice(None)]
        of = self._knows[owner]
        return [np.flatnonzero(of == number) for number in range(len(self._known))]
