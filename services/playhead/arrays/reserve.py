"""Arrays that grow with the catalogue."""

from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Kind = TypeVar("Kind", bound=np.generic)


def grown(values: NDArray[Kind], size: int) -> NDArray[Kind]:
    """The array with so many rows, 0 where they are new.

    Nothing is written there: memory comes with the first title that needs it, and most of a large catalogue never does.
    """
    larger = np.zeros((size, *values.shape[1:]), dtype=values.dtype)
    larger[: len(values)] = values
    return cast("NDArray[Kind]", larger)
