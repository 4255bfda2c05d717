"""What a personalizer is made of. ``playhead.recipe`` has the one that serves."""

import dataclasses
from dataclasses import dataclass

from playhead.domain import events as e
from playhead.models.choice_features import PLACES
from playhead.models.river.declared import River
from playhead.page.kinds import Page
from playhead.ranking.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is in use: parts that rank, the layout of pages, events after which a profile is ranked anew, River models beside the heads."""

    pipeline: Pipeline
    page: Page
    moving: frozenset[type[e.Event]]
    river: tuple[River, ...] = ()

    def without(self, part: str) -> "Recipe":
        """The recipe without a part of the ranking: features (a name in ``PLACES``) are 0, in serving and in learning; or a River model."""
        if part not in PLACES:
            return dataclasses.replace(self, river=tuple(one for one in self.river if one.called != part))
        weights = self.pipeline.weights._replace(without=(part,))
        return dataclasses.replace(self, pipeline=dataclasses.replace(self.pipeline, weights=weights))
