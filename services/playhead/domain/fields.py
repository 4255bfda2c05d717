"""The types of values on the wire, with their bounds.

``x-mend`` in a schema says how a value that does not fit is mended (``domain.mending``), so that no record is refused
for one small field.
"""

from typing import Annotated, Literal

from msgspec import Meta

EpochMs = Annotated[
    int, Meta(ge=0, le=7_258_118_400_000, description="Milliseconds since 1970-01-01T00:00Z, UTC.")
]
"""A time up to the year 2200, so that a time in microseconds is rejected."""
SINCE_MS = 946_684_800_000
"""2000-01-01, the earliest time of an event: an earlier one was sent in seconds, as a present time in seconds reads as January 1970."""
AHEAD_MS = 300_000
"""How far a viewer's clock may be ahead of the broker's; the time of an event further ahead is replaced by the broker's."""
OccurredMs = Annotated[
    int,
    Meta(
        ge=0,
        le=7_258_118_400_000,
        description="Milliseconds since 1970-01-01T00:00Z, UTC; not before 2000.",
        extra_json_schema={"x-mend": "since"},
    ),
]
ReleasedMs = Annotated[
    int,
    Meta(
        ge=-7_258_118_400_000,
        le=7_258_118_400_000,
        description="Milliseconds since 1970-01-01T00:00Z, UTC; negative before 1970.",
    ),
]

EventId = Annotated[str, Meta(min_length=1, max_length=128, description="Unique; the deduplication key.")]
ProfileId = Annotated[
    str, Meta(min_length=1, max_length=128, description="The profile whose page it changes.")
]
TitleId = Annotated[str, Meta(min_length=1, max_length=128)]
Id = Annotated[str, Meta(max_length=128)]
Text = Annotated[str, Meta(max_length=512)]
Prose = Annotated[str, Meta(max_length=8_192)]
CUT = {"x-mend": "cut"}
"""Mends longer values by cutting them, for fields that only describe."""
Words = Annotated[str, Meta(max_length=512, extra_json_schema=CUT)]
"""Text of producers that only describes."""
Story = Annotated[str, Meta(max_length=8_192, extra_json_schema=CUT)]
Market = Annotated[
    str,
    # The length, too, as $ in Python also matches before a final newline.
    Meta(
        pattern="^[A-Z]{2}$",
        min_length=2,
        max_length=2,
        description="ISO 3166-1 alpha-2 country in capitals; ZZ where it is not known.",
    ),
]
Country = Annotated[
    str,
    Meta(
        pattern="^[A-Z]{2}$",
        min_length=2,
        max_length=2,
        description="ISO 3166-1 alpha-2 country, in any case; ZZ where it is not known.",
        extra_json_schema={"x-mend": "capitals"},
    ),
]
"""A market as producers write it."""
Device = Annotated[
    str, Meta(max_length=32, description="tv, mobile, tablet, web, console", extra_json_schema=CUT)
]
Seconds = Annotated[float, Meta(ge=0, le=10_000_000, description="Seconds.")]
Milliseconds = Annotated[int, Meta(ge=0, le=10_000_000_000, description="Milliseconds.")]
Share = Annotated[float, Meta(ge=0, le=1)]
SignedShare = Annotated[float, Meta(ge=-1, le=1)]
Rank = Annotated[int, Meta(ge=0, le=100_000, description="Place in the list, 0 at the top.")]
Kind = Annotated[Literal["adult", "teen", "kids"], Meta(description="Whose profile; adult where not said.")]
KIDS = "kids"
"""The kind of profile whose choices are counted apart from those of all others."""
MATURITY = {"kids": 7, "teen": 13}
"""The highest age rating that a kind of profile is shown; adults have no limit."""
UNKNOWN_MARKET = "ZZ"
