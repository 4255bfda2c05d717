"""The types of arrays that are passed around: what a name says of shape or meaning stands where it is used."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]
Ids = NDArray[np.int32]
"""Numbers of titles or labels (``arrays.vocabulary``); -1 is none."""
Hashes = NDArray[np.uint32]
"""Stable digests of names (``arrays.hashing.digest``): the same in every process, so that they break ties alike everywhere."""
Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]
