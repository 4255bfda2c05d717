"""What a personalizer is made of. ``playhead.recipe`` has the one that serves."""

import dataclasses
from dataclasses import dataclass

from playhead.domain import events as e
from playhead.models.choice_features import PARTS
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

    @property
    def waiting(self) -> frozenset[str]:
        """Heads that models wait for which take nothing back: they hear of a label once it is final (``labels.provisional``)."""
        return frozenset(one.head for one in self.river)

    def without(self, *parts: str) -> "Recipe":
        """The recipe without parts of the ranking: features (names in ``PARTS``) are 0, in serving and in learning; River models."""
        river = tuple(one for one in self.river if one.called not in parts)
        weights = self.pipeline.weights._replace(without=tuple(part for part in parts if part in PARTS))
        pipeline = dataclasses.replace(self.pipeline, weights=weights)
        return dataclasses.replace(self, pipeline=pipeline, river=river)
