"""Results by target, packed for a JSON file: deflated bytes in base64, a byte or four a target."""

import zlib
from base64 import b64decode, b64encode
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playhead.lab.evaluate.targets import Plan, Task


def pack(values: NDArray[Any]) -> str:
    """An array of unsigned integers as text; its type is kept in the first letters.

    >>> unpack(pack(np.array([3, 0, 50], dtype=np.uint8))).tolist()
    [3, 0, 50]
    """
    return f"{values.dtype.str}:{b64encode(zlib.compress(values.tobytes(), 9)).decode()}"


def unpack(text: str) -> NDArray[Any]:
    """What ``pack`` packed."""
    kind, _, packed = text.partition(":")
    return np.frombuffer(zlib.decompress(b64decode(packed)), dtype=np.dtype(kind))


def digest(plan: Plan, task: Task) -> str:
    """A digest of lines, profiles and titles of all targets: equal when two results are of the same targets."""
    seen = blake2b(digest_size=12)
    for target in task.targets:
        names = plan.profiles.name(target.profile), plan.titles.name(target.title)
        seen.update(f"{target.line}\0{names[0]}\0{names[1]}\n".encode())
    return seen.hexdigest()
