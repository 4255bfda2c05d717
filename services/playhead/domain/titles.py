"""The catalogue's entries: titles and their artworks."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from playhead.domain.fields import CUT, Country, EpochMs, Id, ReleasedMs, Seconds, Story, TitleId, Words

Labels = Annotated[tuple[Words, ...], Meta(max_length=256, extra_json_schema=CUT)]
Name = Annotated[str, Meta(max_length=128)]
Attributes = Annotated[
    dict[Name, float | Words],
    Meta(max_length=256, description="Numbers or strings by name: pace, tone, palette and the like."),
]
Maturity = Annotated[
    int,
    Meta(
        ge=0,
        le=21,
        description="The minimum age. A title without it, or with anything else, is never shown to a child.",
        extra_json_schema={"x-mend": "unrated"},
    ),
]
Place = Annotated[int, Meta(ge=0, le=1_000_000)]
Embedding = Annotated[tuple[float, ...], Meta(max_length=4_096)]


class Artwork(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One picture that can stand for a title."""

    artwork_id: Id
    url: Story | None = None
    attributes: Attributes = {}


class Title(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An entry of the catalogue; only ``title_id`` and ``name`` are required.

    ``maturity`` is the least age, 0 to 21; a title without it is never shown to a child.
    ``repeatable`` titles (songs, channels, nursery shows) may be ranked after they were finished; ``live`` ones always.
    """

    title_id: TitleId
    name: Words
    kind: Literal["movie", "series", "episode", "short", "live"] | None = None
    series_id: Id | None = None
    season: Annotated[Place, Meta(description="Order within the series.")] | None = None
    episode: Annotated[Place, Meta(description="Order within the season.")] | None = None
    work_id: (
        Annotated[Id, Meta(description="The same film or episode under several ids: one work.")] | None
    ) = None
    credits_from_s: Annotated[Seconds, Meta(description="From here on it is finished.")] | None = None
    genres: Labels = ()
    tags: Labels = ()
    credits: Labels = ()
    synopsis: Story | None = None
    language: Words | None = None
    duration_s: Seconds | None = None
    released_at: ReleasedMs | None = None
    added_at: EpochMs | None = None
    maturity: Maturity | None = None
    markets: (
        Annotated[
            tuple[Country, ...],
            Meta(max_length=300, description="Where it may be shown; absent: everywhere."),
        ]
        | None
    ) = None
    available_from: EpochMs | None = None
    available_until: EpochMs | None = None
    artworks: Annotated[tuple[Artwork, ...], Meta(max_length=256, extra_json_schema=CUT)] = ()
    embeddings: Annotated[
        dict[Name, Embedding],
        Meta(max_length=32, description="From text, vision or audio models of yours, by name."),
    ] = {}
    attributes: Attributes = {}
    repeatable: Annotated[bool, Meta(description="May be ranked after it was finished: songs, channels.")] = (
        False
    )
