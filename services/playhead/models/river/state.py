"""The published state of River models: one state a model, one stack a head, and the list of current models."""

import msgspec

from playhead.arrays import packed_ids


class ModelState(msgspec.Struct, frozen=True, array_like=True):
    """A model: its declaration, its learned state as numbers (``plain``) or as a pickle (``pickled``), and its columns for serving.

    ``fast``: weights, squares and constant of its columns (``models.river.fast``), empty if it has none. ``made_of``:
    checksum of the declaration (``River.made_of``). ``drift``: the pickled drift detector.
    """

    name: str
    head: str
    made_of: int
    kind: str
    features: bytes
    first: int
    learned: int
    loss: float
    frozen: bool
    plain: bytes
    pickled: bytes
    fast: tuple[bytes, bytes, bytes]
    drift: bytes


class StackState(msgspec.Struct, frozen=True, array_like=True):
    """The weights of a head's models, in the order of ``names``, and their covariance."""

    head: str
    names: tuple[str, ...]
    weights: bytes
    covariance: bytes


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """A model as tables show it. ``error``: mean absolute error in seconds, of a regressor; ``begun``: how often it began anew."""

    name: str
    head: str
    kind: str
    learned: int
    weight: float
    log_loss: float | None = None
    auc: float | None = None
    error: float | None = None
    bytes: int = 0
    version: int = 0
    begun: int = 0
    frozen: bool = False


ACTS = ("drift", "took_over", "gave_way", "begun_anew", "too_large")
"""What can be done with a model."""


class ModelAct(msgspec.Struct, frozen=True):
    """Something that was done with a model; ``act`` is one of ``ACTS``."""

    model: str
    act: str
    why: str


def run_of(names: tuple[str, ...]) -> bytes:
    """Names as packed ids."""
    return packed_ids.pack_ids(names)


def names_of(packed: bytes) -> tuple[str, ...]:
    """The names in packed ids."""
    return tuple(packed_ids.ids(packed))
