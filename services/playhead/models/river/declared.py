"""The declaration of a River model in a recipe: the outcome it predicts, its features, its name."""

import re
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from river import base, compose

from playhead.labels.definitions import HEADS
from playhead.models.river.named import FEATURES
from playhead.models.river.pickled import opened, pickled

WATCH = "watch_s"
"""The target of regressors: log(1 + seconds watched)."""
TARGETS = (*HEADS, WATCH)
FIRST = 50


@dataclass(frozen=True, eq=False)
class River:
    """A River model, or pipeline, that learns one outcome beside its head.

    Args:
        head: The outcome: a classifier's is one of ``HEADS``, a regressor's ``watch_s``, which it learns as log(1 + seconds).
        model: The untrained model; never changed, each learner begins with a clone.
        name: Its name in metrics and tables; by default its head and class.
        features: Names of the features that it is given (``models.river.named``).
        first: How many of a page's best titles a model is queried for if it can't be served from its weights.

    Raises:
        ValueError, TypeError: the model can't be used; the message says what to change.
    """

    head: str
    model: Any
    name: str = ""
    features: tuple[str, ...] = FEATURES
    first: int = FIRST

    def __post_init__(self) -> None:
        if self.head not in TARGETS:
            raise ValueError(f"There is no head {self.head!r}: name one of {', '.join(TARGETS)}.")
        wanted = base.Regressor if self.head == WATCH else base.Classifier
        if not isinstance(last_step(self.model), wanted):
            raise TypeError(f"{self.called} predicts {self.head}: give a {wanted.__name__.lower()}.")
        if self.model._is_stochastic:  # noqa: SLF001 - River's own convention, of which it tells nobody else
            raise ValueError(
                f"{self.called} draws random numbers: give it a seed, or no replay says the same again."
            )
        if unknown := [name for name in self.features if name not in FEATURES]:
            raise ValueError(f"{self.called} asks for {unknown[0]!r}, which is no feature (docs/models.md).")
        opened(pickled(self.model))  # a model that can't be published fails here, not in a worker

    @property
    def called(self) -> str:
        """The model's name, given or derived."""
        return self.name or f"{self.head}.{_snake(type(last_step(self.model)).__name__)}"

    @property
    def made_of(self) -> int:
        """Checksum of the declaration: the state of a model that was declared differently is not restored."""
        described = re.sub(r"0x[0-9a-f]+", "", repr(self.model))
        return crc32("\0".join((self.head, described, *self.features)).encode())


def last_step(model: Any) -> Any:
    """The last step of a pipeline, which predicts; any other model itself."""
    return list(model.steps.values())[-1] if isinstance(model, compose.Pipeline) else model


def class_of(model: Any) -> str:
    """Module and name of the class that predicts."""
    kind = type(last_step(model))
    return f"{kind.__module__}.{kind.__qualname__}"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
