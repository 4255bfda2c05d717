"""Examples that the learn workers learn from: facts about one title, with the features as of when it was shown."""

from typing import Literal

from msgspec import UNSET, Raw, Struct, UnsetType, field

from playhead.domain.fields import EpochMs, Id, Market, Text, TitleId


class Origin(Struct, frozen=True, array_like=True, gc=False):
    """The event an example was made from, and its place among that event's examples.

    Examples of one source partition carry strictly growing (offset, index), so a learner that keeps the
    highest one it has learned can tell every duplicate, in memory bounded by the number of partitions.
    """

    epoch: int
    partition: int
    offset: int
    index: int


class Features(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Inputs of the outcome heads: ids of hashed features (each of value 1) and dense values by position.

    ``rated``: hashed features whose running rates are inputs, by position, 0 where there is none. The rates
    themselves are the learner's, as of when it learns. ``columns``: the CRC-32 of the names of both lists in their order, 0
    where it is not said; a learner of another list of features does not take these for its own.
    """

    hashed: tuple[int, ...] = ()
    dense: tuple[float, ...] = ()
    rated: tuple[int, ...] = ()
    columns: int = 0


class Picture(Struct, frozen=True, array_like=True, gc=False):
    """The picture of an impression: its id, its features as slots with values, itself first, and the labels its viewer likes most.

    ``taste``: digests of the labels, as of the impression.
    """

    artwork_id: Id
    slots: tuple[int, ...]
    values: tuple[float, ...]
    taste: tuple[int, ...] = ()


class LookedAt(Struct, frozen=True, array_like=True, gc=False):
    """How far into a page its viewer has looked.

    places: how many places of each row, in the order in which they were seen, 0 where that says nothing; rescue: titles looked at in the row
    for who is about to give up; taken: one of them was chosen.
    """

    places: tuple[int, ...]
    rescue: int = 0
    taken: bool = False


class Example(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One fact about a title, or a page, to learn from.

    ``sighted``: the title exists. ``shown``: it was on screen, outcome still open (a provisional label).
    ``consumed``: it was chosen, coming from ``previous`` (newest first), chosen ``since_s`` before. ``outcome``: labels that have become
    final, each head's once (``previous``: what was shown before it): ``{"click": 1}`` at the click, ``{"finish": 0}`` when the play ends, then with the
    seconds watched of the title's length (0 for unknown). ``page``: one was left, which was ``looked`` at so far; its title is the one that was shown last. ``clicked``: an example of this impression told its
    click before. ``kids``: a child's: it counts among children alone. ``picture``: what the title was shown by, if that was said.
    ``final``: false where its ``finish`` or ``binge`` is 0 for now, and may come yet. ``corrects``: when another example gave these labels so; they
    are final now, whether that has to be taken back (1) or not (0); 0 for none.

    A ``consumed`` example holds the ``moment`` it was chosen in (a snapshot of ``features.context``: read by those who rank) and the
    digests of what the profile had ``finished`` by then, the newest of them: neither was there to choose.
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
