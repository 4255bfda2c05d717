"""The HTTP contract beside the records of the wire: answers and queries, as structs."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Raw, Struct

from playhead.domain.fields import EpochMs, EventId, Kind, Market, ProfileId, Text, TitleId
from playhead.domain.rankings import Ranking
from playhead.domain.title_tags import TitleTags

MAX_EVENTS = 1_000
MAX_TITLES = 100


class EventResult(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The outcome of one event of a request, by its place in it.

    An accepted one is on the broker at ``partition`` and ``offset``: the ranking whose ``caused_by`` has that partition
    and at least that offset has it. A rejected one says why, and its repair; send only that one again.
    """

    index: Annotated[int, Meta(ge=0)]
    status: Literal["accepted", "rejected"]
    event_id: EventId | None = None
    partition: int | None = None
    offset: int | None = None
    reason: str | None = None
    repair: str | None = None


class EventsAnswer(Struct, frozen=True, kw_only=True, gc=False):
    """The outcomes of the events of a request."""

    accepted: Annotated[int, Meta(ge=0)]
    rejected: Annotated[int, Meta(ge=0)]
    results: list[EventResult]


class RankingQuery(Struct, frozen=True, kw_only=True):
    """Properties of a profile, used when nothing is known of it.

    ``kind`` counts for known profiles too: with ``kids`` or ``teen``, titles that are not rated for them are left out.
    ``language``: asks for ``stories`` in it.
    """

    market: Market | None = None
    kind: Kind | None = None
    surface: Text | None = None
    language: Text | None = None


class RankingWithStories(Ranking, frozen=True, kw_only=True, gc=False):
    """A ranking with ``stories``: by title id, in words, why the title is there; titles without words for it are left out."""

    stories: dict[TitleId, str]


class TitlesQuery(Struct, frozen=True, kw_only=True):
    """The ids of the titles that are asked for."""

    id: Annotated[list[TitleId], Meta(min_length=1, max_length=MAX_TITLES)]


class TitlesAnswer(Struct, frozen=True, kw_only=True):
    """The entries of the catalogue, as they are on ``playhead.titles``; titles without one are left out.

    ``tags``: their records of ``playhead.tags``, without embeddings; titles without one are left out.
    """

    titles: list[Raw]
    tags: list[TitleTags] = []


class ProfileState(Struct, frozen=True, kw_only=True):
    """The stored state of a profile: how many events were folded, the newest of them, and each signal's value."""

    profile_id: ProfileId
    version: int
    caused_by: EventId
    occurred_at: EpochMs
    signals: dict[str, Any]


class ErasureAsked(Struct, frozen=True, kw_only=True):
    """The answer to a request for erasure; ``receipt`` is where its receipt will be, within a minute."""

    profile_id: ProfileId
    event_id: EventId
    receipt: Text


class Health(Struct, frozen=True, kw_only=True):
    """The health of the gateway, and what it still waits for.

    ``unavailable``: Kafka does not answer or lacks topics; ``waiting_for`` says which of it, and the repair.
    """

    status: Literal["ok", "starting", "unavailable"]
    waiting_for: list[str] = []
