"""Training examples of the learn workers: facts about a title, with its features as of when it was shown."""

from typing import Literal

from msgspec import UNSET, Raw, Struct, UnsetType, field

from playhead.domain.fields import EpochMs, Id, Market, Text, TitleId


class Origin(Struct, frozen=True, array_like=True, gc=False):
    """The event that an example was made from, and its index among that event's examples.

    Examples of one source partition have strictly increasing (offset, index), so a learner that keeps the
    highest one it has learned recognises every duplicate, in memory bounded by the number of partitions.
    """

    epoch: int
    partition: int
    offset: int
    index: int


class Features(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Inputs of the outcome heads: ids of hashed features (each of value 1) and dense values by position.

    ``rated``: hashed features whose decayed rates are inputs, by position, 0 for none. The rates
    themselves are the learner's, as of when it learns. ``columns``: the CRC-32 of the names of dense and rated features in order, 0
    if unknown; a learner with another list does not use these features.
    """

    hashed: tuple[int, ...] = ()
    dense: tuple[float, ...] = ()
    rated: tuple[int, ...] = ()
    columns: int = 0


class Picture(Struct, frozen=True, array_like=True, gc=False):
    """The picture of an impression: its id, its hashed features (its own slot first) with values, and the labels with the viewer's highest affinity.

    ``taste``: digests of these labels, as of the impression.
    """

    artwork_id: Id
    slots: tuple[int, ...]
    values: tuple[float, ...]
    taste: tuple[int, ...] = ()


class LookedAt(Struct, frozen=True, array_like=True, gc=False):
    """How far a viewer has looked at a page.

    ``places``: number of places of each row that were looked at, in the order in which rows were seen, 0 for rows that may be too short to tell; ``rescue``: number of titles looked at in the rescue
    row; ``taken``: one of these was chosen.
    """

    places: tuple[int, ...]
    rescue: int = 0
    taken: bool = False


class Example(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One fact about a title, or a page, to learn from.

    Kinds: ``sighted``: the title exists. ``shown``: it was on screen, its outcome still open (a provisional label).
    ``consumed``: it was chosen after the titles ``previous`` (newest first), which were chosen ``since_s`` seconds before. ``outcome``: labels that have become
    final, once for each head: ``{"click": 1}`` at the click, ``{"finish": 0}`` when the play ends, then with the
    seconds watched and the title's length (0 for unknown); ``previous``: the titles shown before it. ``page``: a page was left, of which ``looked`` says how far it was looked at; its title is the one shown last.

    ``clicked``: an earlier example of this impression held its click label. ``kids``: of a kids' profile, whose choices are counted apart. ``picture``: the picture that the title was shown with, if known.
    ``final``: false if a ``finish`` or ``binge`` of 0 may still be corrected. ``corrects``: when an earlier example gave these labels as a provisional 0, which this one
    corrects (1) or confirms (0); 0 for none.

    A ``consumed`` example holds the ``moment``, the profile's snapshot at the choice (``features.context``), and the
    digests of the titles that the profile had ``finished`` by then, which were not eligible.
    """

    example_id: Id
    origin: Origin
    kind: Literal["sighted", "shown", "consumed", "outcome", "page"]
    market: Market
    occurred_at: EpochMs
    title_id: TitleId
    surface: Text
    final: bool = True
    corrects: EpochMs = 0
    weight: float = 1.0
    previous: tuple[TitleId, ...] = ()
    since_s: tuple[int, ...] = ()
    labels: dict[str, int] = {}
    watch_s: float | None = None
    duration_s: float = 0.0
    clicked: bool = False
    features: Features | None = None
    snapshot: Raw | UnsetType = field(default=UNSET, name="moment")
    finished: bytes = b""
    kids: bool = False
    picture: Picture | None = None
    looked: LookedAt | None = None
