"""Reads a log line by line, decoding what the evaluation needs."""

from collections.abc import Iterator

import msgspec

from playhead.lab.evaluate.choices import Outline
from playhead.replay.recorded import Recording

_outline = msgspec.json.Decoder(Outline)


def outlines(log: Recording, limit: int | None) -> Iterator[tuple[int, bytes, Outline | None]]:
    """The first lines of a log with their numbers; None for one that is no event."""
    for count, (line, value) in enumerate(log.raw()):
        if limit is not None and count >= limit:
            return
        try:
            yield line, value, _outline.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            yield line, value, None  # the core says what is wrong with it


def distinct(log: Recording, limit: int | None) -> Iterator[tuple[int, Outline]]:
    """The events of a log without duplicates: each event id once."""
    seen: set[str] = set()
    for line, _, event in outlines(log, limit):
        if event is not None and event.event_id not in seen:
            seen.add(event.event_id)
            yield line, event
