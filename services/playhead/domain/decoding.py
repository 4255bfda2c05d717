"""Bytes of the wire to records, with errors that name the repair."""

import re
from typing import Any, TypeVar

import msgspec

from playhead.domain.errors import Rejected
from playhead.domain.events import AnyEvent
from playhead.domain.titles import Title

T = TypeVar("T")
MAX_RECORD_BYTES = 1_000_000
"""Larger values are refused before they are parsed."""

_event_decoder: "msgspec.json.Decoder[AnyEvent]" = msgspec.json.Decoder(AnyEvent)
_title_decoder = msgspec.json.Decoder(Title)


def decode_event(key: bytes | None, value: bytes | None) -> AnyEvent:
    """The event in a record of ``playhead.events``.

    Raises:
        Rejected: the value is no event of the wire contract, or the key is not its profile.
    """
    event = _decode(_event_decoder, value, "an event")
    if key is None or key != event.profile_id.encode():
        raise Rejected(
            "The record's key is not the event's profile_id.",
            "Produce it again with profile_id as the key, so that a profile's events share a partition.",
        )
    return event


def decode_title(key: bytes | None, value: bytes) -> Title:
    """The title in a record of ``playhead.titles``.

    Raises:
        Rejected: the value is no title of the wire contract, or the key is not its id.
    """
    title = _decode(_title_decoder, value, "a title")
    if key is None or key != title.title_id.encode():
        raise Rejected("The record's key is not the title_id.", "Produce it again with title_id as the key.")
    return title


def _decode(decoder: "msgspec.json.Decoder[T]", value: bytes | None, what: str) -> T:
    if not value:
        raise Rejected("The value is empty.", f"Send {what} as a JSON object.")
    if len(value) > MAX_RECORD_BYTES:
        raise Rejected(
            f"The value has {len(value):,} bytes, more than {MAX_RECORD_BYTES:,}.",
            "Split lists over several events, leave out what the contract does not name.",
        )
    try:
        return decoder.decode(value)
    except msgspec.ValidationError as error:
        raise Rejected(f"The value is not {what}: {error}.", _repair(str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected(
            f"The value is not JSON: {error}.", f"Send {what} as one JSON object in UTF-8."
        ) from error


_REPAIRS: tuple[tuple[str, str], ...] = (
    (r"missing required field `(?P<a>\w+)`", "Add the field {a}."),
    (
        r"Invalid value '(?P<a>.*)' - at `\$\.type`",
        "Use a type that the wire contract names, or extend the contract.",
    ),
    (
        r"Invalid enum value '?(?P<a>[^']*)'? - at `\$\.?(?P<b>[^`]*)`",
        "Send {b} as one of the values its schema lists.",
    ),
    (r"Number out of range - at `\$\.?(?P<a>[^`]*)`", "Send {a} as a finite number within its bounds."),
    (r"Expected `(?P<a>[^`]+)`, got `(?P<b>[^`]+)` - at `\$\.?(?P<c>[^`]*)`", "Send {c} as {a}, not as {b}."),
    (r"Expected `(?P<a>[^`]+)`, got `(?P<b>[^`]+)`", "Send {a}, not {b}."),
    (r"Expected `(?P<a>[^`]+)`(?P<b>.*) - at `\$\.?(?P<c>[^`]*)`", "Send {c} as {a}{b}."),
)


def _repair(message: str) -> str:
    for pattern, repair in _REPAIRS:
        if found := re.search(pattern, message):
            groups: dict[str, Any] = found.groupdict()
            return repair.format(**groups)
    return "Compare the record with the JSON Schema of its type."
