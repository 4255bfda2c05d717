"""Arrays that grow with the catalogue."""

from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Kind = TypeVar("Kind", bound=np.generic)


def grown(values: NDArray[Kind], size: int) -> NDArray[Kind]:
    """The array enlarged to ``size`` rows; new rows are 0.

    The operating system maps the memory of new rows only when they are written, which most rows of a large catalogue never are.
    """
    larger = np.zeros((size, *values.shape[1:]), dtype=values.dtype)
    larger[: len(values)] = values
    return cast("NDArray[Kind]", larger)
