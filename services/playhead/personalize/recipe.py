"""The type of a recipe, the configuration of a personalizer; ``playhead.recipe`` has the one in use."""

import dataclasses
from dataclasses import dataclass

from playhead.domain import events as e
from playhead.models.choice_features import PARTS
from playhead.models.river.declared import River
from playhead.page.kinds import Page
from playhead.ranking.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Recipe:
    """A configuration: the ranking pipeline, the layout of pages, the events after which a profile is ranked anew, River models beside the heads."""

    pipeline: Pipeline
    page: Page
    moving: frozenset[type[e.Event]]
    river: tuple[River, ...] = ()

    @property
    def waiting(self) -> frozenset[str]:
        """Heads of River models, which can't correct a label, and so learn only final ones (``labels.provisional``)."""
        return frozenset(model.head for model in self.river)

    def without(self, *parts: str) -> "Recipe":
        """The recipe without some parts: features (names in ``PARTS``), which are then 0 in serving and in learning, and River models."""
        river = tuple(model for model in self.river if model.called not in parts)
        weights = self.pipeline.weights._replace(without=tuple(part for part in parts if part in PARTS))
        pipeline = dataclasses.replace(self.pipeline, weights=weights)
        return dataclasses.replace(self, pipeline=pipeline, river=river)
