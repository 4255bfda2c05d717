"""The kinds of value that fields of the wire have, with their bounds, named once."""

from typing import Annotated, Literal

from msgspec import Meta

EpochMs = Annotated[
    int, Meta(ge=0, le=7_258_118_400_000, description="Milliseconds since 1970-01-01T00:00Z, UTC.")
]
"""Up to the year 2200, so that a time in microseconds is noticed as the mistake it is."""

EventId = Annotated[str, Meta(min_length=1, max_length=64, description="Unique; the deduplication key.")]
ProfileId = Annotated[str, Meta(min_length=1, max_length=128, description="Whose page it moves.")]
TitleId = Annotated[str, Meta(min_length=1, max_length=128)]
Id = Annotated[str, Meta(max_length=128)]
Text = Annotated[str, Meta(max_length=512)]
Prose = Annotated[str, Meta(max_length=8_192)]
Market = Annotated[
    str,
    # The length as well: in Python, $ also matches before a final newline.
    Meta(
        pattern="^[A-Z]{2}$",
        min_length=2,
        max_length=2,
        description="ISO 3166-1 alpha-2 country in capitals; ZZ where it is not known.",
    ),
]
Seconds = Annotated[float, Meta(ge=0, le=10_000_000, description="Seconds.")]
Milliseconds = Annotated[int, Meta(ge=0, le=10_000_000_000, description="Milliseconds.")]
Share = Annotated[float, Meta(ge=0, le=1)]
SignedShare = Annotated[float, Meta(ge=-1, le=1)]
Rank = Annotated[int, Meta(ge=0, le=100_000, description="Place in the list, 0 at the top.")]
Kind = Annotated[Literal["adult", "teen", "kids"], Meta(description="Whose profile; adult where not said.")]
MATURITY = {"kids": 7, "teen": 13}
"""The highest age rating that a profile of this kind is shown; adults have none."""
UNKNOWN_MARKET = "ZZ"
