"""What the catalogue says of a title."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from playhead.domain.fields import EpochMs, Id, Market, Prose, Seconds, Text, TitleId

Labels = Annotated[tuple[Text, ...], Meta(max_length=256)]
Name = Annotated[str, Meta(max_length=128)]
Attributes = Annotated[
    dict[Name, float | Text],
    Meta(max_length=256, description="Numbers or strings by name: pace, tone, palette and the like."),
]
Maturity = Annotated[
    Literal[0, 7, 13, 16, 18],
    Meta(description="The least age; a title that does not say it is never shown to a child."),
]
Embedding = Annotated[tuple[float, ...], Meta(max_length=4_096)]


class Artwork(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One picture that can stand for a title."""

    artwork_id: Id
    url: Prose | None = None
    attributes: Attributes = {}


class Title(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of the catalogue; a title known only from an event has ``title_id`` and its name alone.

    ``maturity`` is the least age (0, 7, 13, 16, 18); a title that does not say it is never shown to a child.
    ``repeatable`` titles (songs, channels, nursery shows) may be ranked after they were finished.
    """

    title_id: TitleId
    name: Text
    kind: Literal["movie", "series", "episode", "short", "live"] | None = None
    series_id: Id | None = None
    genres: Labels = ()
    tags: Labels = ()
    credits: Labels = ()
    synopsis: Prose | None = None
    language: Text | None = None
    duration_s: Seconds | None = None
    released_at: EpochMs | None = None
    added_at: EpochMs | None = None
    maturity: Maturity | None = None
    markets: (
        Annotated[
            tuple[Market, ...], Meta(max_length=300, description="Where it may be shown; absent: everywhere.")
        ]
        | None
    ) = None
    available_from: EpochMs | None = None
    available_until: EpochMs | None = None
    artworks: Annotated[tuple[Artwork, ...], Meta(max_length=256)] = ()
    embeddings: Annotated[
        dict[Name, Embedding],
        Meta(max_length=32, description="From text, vision or audio models of yours, by name."),
    ] = {}
    attributes: Attributes = {}
    repeatable: Annotated[bool, Meta(description="May be ranked after it was finished: songs, channels.")] = (
        False
    )
