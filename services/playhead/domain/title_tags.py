"""Predicted tags, mood and embedding of a title, on ``playhead.tags``, so that rankers need no language model."""

from typing import Annotated

from msgspec import Meta, Struct

from playhead.domain.fields import TitleId, Words

Confidence = Annotated[float, Meta(ge=0.0, le=1.0)]
Signed = Annotated[float, Meta(ge=-1.0, le=1.0)]

EMBEDDING = 64
"""Dimensions of an embedding."""
MOST_TAGS = 16


class Tag(Struct, frozen=True, omit_defaults=True, gc=False):
    """A tag and the probability that it fits; ``given``: the tag is in the catalogue."""

    name: Words
    confidence: Confidence = 1.0
    given: bool = False


class Mood(Struct, frozen=True, gc=False):
    """The mood of a title: sad to happy (valence), calm to exciting (arousal), relaxed to tense (tension); 0 if unknown."""

    valence: Signed = 0.0
    arousal: Signed = 0.0
    tension: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.0


class TitleTags(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The tags of a title, likeliest first, its mood, and its embedding, of length 1, near to those of similar titles."""

    title_id: TitleId
    tags: Annotated[tuple[Tag, ...], Meta(max_length=MOST_TAGS)] = ()
    mood: Mood = Mood()
    embedding: Annotated[tuple[float, ...], Meta(max_length=EMBEDDING)] = ()
