"""Square matrices that grow."""

import numpy as np
from numpy.typing import NDArray


def grown(square: NDArray[np.float32], least: int) -> NDArray[np.float32]:
    """The same matrix with room for at least ``least`` rows and columns, a quarter more than before at least."""
    have = len(square)
    room = max(have + have // 4, least)
    wide = np.zeros((room, room), dtype=square.dtype)
    wide[:have, :have] = square
    return wide
