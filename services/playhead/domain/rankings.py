"""The records that Playhead sends: rankings, decisions, and receipts of erasures."""

from msgspec import Struct

from playhead.domain.fields import EpochMs, Id, Market, ProfileId, Share, Text, TitleId


class Cause(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The newest event folded in: every event of the profile at or before this offset has moved the ranking."""

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
    """A row of the page, never without titles; ``positions_s``: of titles that were begun, where each is to be gone on with.

    ``artwork_ids``: of the picture of each card, null for none; left out where no title of the row has one.
    """

    row_id: Id
    name: Text
    title_ids: tuple[TitleId, ...]
    positions_s: tuple[int, ...] = ()
    artwork_ids: tuple[Id | None, ...] = ()


class Ranking(Struct, frozen=True, kw_only=True, gc=False):
    """The newest ranking of a profile; ``version`` grows strictly for each profile: it counts the events folded in.

    ``model_versions``: how many examples each model of the market's shard had learned; ``examples``: the offset up to
    which that shard had learned them, ``examples/N``: the same of shard N. From these the models can be made again.
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
    """A decision for replay and off-policy evaluation: the slate and its pictures with their propensities, no more.

    ``artwork_ids``: of the picture that each title was shown by, null for none; empty where no title has one.
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
    """How many candidates each filter took out, by reason; ``sources_ran_dry``: how many the catalogue itself had to give."""
    artwork_ids: tuple[Id | None, ...] = ()
    artwork_propensities: tuple[Share, ...] = ()


class Erasure(Struct, frozen=True, kw_only=True, gc=False):
    """The receipt of a profile's erasure."""

    profile_id: ProfileId
    event_id: Id
    requested_at: EpochMs
    erased_at: EpochMs
