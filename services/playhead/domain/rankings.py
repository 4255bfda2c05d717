"""The records that Playhead sends: rankings, decisions, and receipts of erasures."""

from msgspec import Struct

from playhead.domain.fields import EpochMs, Id, Market, ProfileId, Share, Text, TitleId


class Cause(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The newest event in a ranking: every event of the profile up to this offset is included."""

    event_id: Id
    partition: int
    offset: int
    occurred_at: EpochMs


class Reason(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A reason for a title's place, with its share of the score."""

    code: Text
    share: Share
    title_id: TitleId | None = None
    label: Text | None = None


class RankedItem(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A title in its place; probabilities are those of the outcome heads."""

    title_id: TitleId
    score: float
    p_click: Share | None = None
    p_finish: Share | None = None
    p_binge: Share | None = None
    expected_watch_s: float | None = None
    artwork_id: Id | None = None
    propensity: Share
    reasons: tuple[Reason, ...]


class Row(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A row of the page, with at least one title; ``positions_s``: the position at which to resume each title of a row of titles in progress.

    ``artwork_ids``: the picture of each card, null for none; left out if no title of the row has one.
    """

    row_id: Id
    name: Text
    title_ids: tuple[TitleId, ...]
    positions_s: tuple[int, ...] = ()
    artwork_ids: tuple[Id | None, ...] = ()


class Ranking(Struct, frozen=True, kw_only=True, gc=False):
    """The newest ranking of a profile; ``version`` counts the events folded, and so grows strictly for each profile.

    ``model_versions``: how many examples each model of the market's shard had learned; ``examples``: the offset up to
    which that shard had learned them, ``examples/N``: that of shard N. From these the models can be rebuilt.
    """

    ranking_id: Id
    profile_id: ProfileId
    surface: Text
    version: int
    computed_at: EpochMs
    market: Market
    caused_by: Cause
    model_versions: dict[str, int]
    experiments: dict[str, str]
    items: tuple[RankedItem, ...]
    rows: tuple[Row, ...]


class Decision(Struct, frozen=True, kw_only=True, gc=False):
    """A decision for replay and off-policy evaluation: the slate and its pictures with their propensities.

    ``artwork_ids``: the picture of each title, null for none; empty if no title has one.
    """

    ranking_id: Id
    profile_id: ProfileId
    surface: Text
    version: int
    computed_at: EpochMs
    market: Market
    model_versions: dict[str, int]
    experiments: dict[str, str]
    title_ids: tuple[TitleId, ...]
    propensities: tuple[Share, ...]
    removed: dict[str, int]
    """Number of candidates that each filter removed, by reason; ``sources_ran_dry``: number of titles that were backfilled from the whole catalogue."""
    artwork_ids: tuple[Id | None, ...] = ()
    artwork_propensities: tuple[Share, ...] = ()


class Erasure(Struct, frozen=True, kw_only=True, gc=False):
    """The receipt of a profile's erasure."""

    profile_id: ProfileId
    event_id: Id
    requested_at: EpochMs
    erased_at: EpochMs
