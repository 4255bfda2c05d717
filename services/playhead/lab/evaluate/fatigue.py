"""Ways to treat what was shown and not chosen, as recipes: as it is served, by a fixed rule, and not at all."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from playhead.arrays.types import Bools
from playhead.candidates.filters import FILTERS
from playhead.candidates.pool import CandidatePool
from playhead.catalogue.catalogue import Catalogue
from playhead.features.request import Request
from playhead.lab.evaluate.engines import CORE
from playhead.personalize.recipe import Recipe
from playhead.recipe import RECIPE
from playhead.signals.exposure import EXPOSURE

ENOUGH = 3
"""The fixed rule: what was shown so often in vain rests until sixty others were shown, as services do that cap frequency."""


def rested(catalogue: Catalogue, requests: list[Request], pool: CandidatePool) -> Bools:
    """The fixed rule, as a filter."""
    keep = np.ones(len(pool.title), dtype=np.bool_)
    for owner, request in enumerate(requests):
        counted = EXPOSURE.of(request.profile).counted()
        tired = [name for name, times in counted.items() if times >= ENOUGH]
        if tired:
            keep &= (pool.owner != owner) | ~np.isin(pool.title, catalogue.titles.find(tired))
    return keep


_PIPELINE = RECIPE.without("seen").pipeline
ARMS: Mapping[str, Recipe] = {
    CORE: RECIPE,
    "a fixed rule": replace(RECIPE, pipeline=replace(_PIPELINE, filters=(*FILTERS, ("rested", rested)))),
    "nothing": RECIPE.without("seen"),
}
