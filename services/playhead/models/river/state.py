"""What travels of River models: one state a model, one stack a head, and what is in force."""

import msgspec

from playhead.arrays import packed_ids


class ModelState(msgspec.Struct, frozen=True, array_like=True):
    """A model: who it is, what it has learned as numbers (``plain``) or as a whole (``pickled``), and how it is served.

    ``fast``: weights, squares and constant of its columns (``models.river.fast``), empty where it can't be. ``made_of``:
    of the declaration (``River.made_of``). ``drift``: what watches its loss.
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
    """A model as tables show it. ``error``: mean seconds off, of one that predicts them; ``begun``: times it began anew."""

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


class ModelAct(msgspec.Struct, frozen=True):
    """Something that was done with a model; ``act`` is one of ``ACTS``."""

    model: str
    act: str
    why: str


def run_of(names: tuple[str, ...]) -> bytes:
    """Names as a run."""
    return packed_ids.pack_ids(names)


def names_of(packed: bytes) -> tuple[str, ...]:
    """The names of a run."""
    return tuple(packed_ids.ids(packed))
