"""Headers of a dead letter, beside the original bytes of a record that could not be used."""

from typing import Annotated

from msgspec import Meta, Struct

Digits = Annotated[str, Meta(pattern="^-?[0-9]+$", description="In decimal digits.")]


class DeadLetterHeaders(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The headers of a dead letter, all UTF-8 text; headers of the original follow, each after ``original.``."""

    topic: Annotated[str, Meta(description="Where the original was read.")]
    partition: Annotated[Digits, Meta(description="Its partition.")]
    offset: Annotated[Digits, Meta(description="Its offset.")]
    timestamp: Annotated[Digits, Meta(description="The original's Kafka timestamp, milliseconds.")]
    error: Annotated[str, Meta(description="Class of the error, `Rejected`.")]
    message: Annotated[str, Meta(description="Why the record could not be used.")]
    repair: Annotated[str, Meta(description="What its producer can do about it.")]
    attempts: Annotated[Digits, Meta(description="How often it was rejected, this time included.")]
    version: Annotated[str, Meta(description="Version of these headers.")]
