"""Names of array types; shape and meaning are documented where they are used."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]
Ids = NDArray[np.int32]
"""Numbers of titles or labels (``arrays.vocabulary``); -1 stands for none."""
Hashes = NDArray[np.uint32]
"""Digests of names (``arrays.hashing.digest``): the same in every process, so that ties are broken alike everywhere."""
Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]
