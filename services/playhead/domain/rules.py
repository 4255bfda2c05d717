"""Business rules: titles that an operator includes, excludes, boosts, pins or caps, with where and when."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from playhead.domain.fields import Country, EpochMs, Prose, Share, Text, TitleId

RuleId = Annotated[str, Meta(min_length=1, max_length=128)]
Names = Annotated[tuple[Text, ...], Meta(max_length=64)]
MOST_SLOT = 50


class Rule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule for the titles that meet all of its conditions, in force where all of its limits are met; no rule overrides maturity.

    ``include``: these titles are candidates, and on the list, at its end if not better placed. ``exclude``: they are on no page.
    ``boost``: ``by`` is added to their scores. ``pin``: the title is at place ``slot`` of the list.
    ``cap``: they are at most a ``share`` of the first n titles of the list, for every n.
    """

    rule_id: RuleId
    action: Literal["include", "exclude", "boost", "pin", "cap"]
    title_ids: Annotated[tuple[TitleId, ...], Meta(max_length=1_000, description="Of these titles.")] = ()
    tags: Annotated[Names, Meta(description="Of titles with any of these genres or tags.")] = ()
    title_kinds: Annotated[
        tuple[Literal["movie", "series", "episode", "short", "live"], ...],
        Meta(max_length=5, description="Of titles of these kinds."),
    ] = ()
    maturity_from: (
        Annotated[
            int, Meta(ge=0, le=21, description="Of titles that are rated so or higher, and of unrated ones.")
        ]
        | None
    ) = None
    markets: Annotated[
        tuple[Country, ...], Meta(max_length=300, description="Only in these; absent: in all.")
    ] = ()
    surfaces: Annotated[Names, Meta(description="Only on these; absent: on all.")] = ()
    devices: Annotated[Names, Meta(description="Only on these; absent: on all.")] = ()
    profile_kinds: Annotated[
        tuple[Literal["adult", "teen", "kids"], ...],
        Meta(max_length=3, description="Only for these kinds of profiles; absent: for all."),
    ] = ()
    starts_at: Annotated[EpochMs, Meta(description="From then on; absent: at once.")] | None = None
    ends_at: Annotated[EpochMs, Meta(description="Up to then; absent: until it is removed.")] | None = None
    by: (
        Annotated[
            float,
            Meta(
                ge=-20.0,
                le=20.0,
                description="Of a boost: log-odds of being chosen, 0.7 for twice as likely.",
            ),
        ]
        | None
    ) = None
    slot: Annotated[int, Meta(ge=1, le=MOST_SLOT, description="Of a pin: the place, from 1.")] | None = None
    share: Annotated[Share, Meta(description="Of a cap.")] | None = None
    note: Annotated[Prose, Meta(description="Why, for people.")] | None = None
