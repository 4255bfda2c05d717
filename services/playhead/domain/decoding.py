"""Decodes bytes of the wire into records, with errors that name the repair."""

from collections.abc import Iterator
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from playhead.domain.errors import Rejected
from playhead.domain.events import AnyEvent, HistoryRemoved
from playhead.domain.experiments import Experiment
from playhead.domain.fields import AHEAD_MS, SINCE_MS
from playhead.domain.mending import mended
from playhead.domain.records import Incoming
from playhead.domain.repairs import repair
from playhead.domain.rules import Rule
from playhead.domain.schemas import EVENT_TYPES
from playhead.domain.titles import Title

T = TypeVar("T")
MAX_RECORD_BYTES = 1_000_000
"""Largest value that is parsed."""
MAX_REASON = 500
"""Most characters of a reason, which may quote the record, and goes into a header."""

_event_decoder: "msgspec.json.Decoder[AnyEvent]" = msgspec.json.Decoder(AnyEvent)
_title_decoder = msgspec.json.Decoder(Title)
_experiment_decoder = msgspec.json.Decoder(Experiment)
_rule_decoder = msgspec.json.Decoder(Rule)


class _Typed(Struct):
    type: str


_type_decoder = msgspec.json.Decoder(_Typed)


def event_in(record: Incoming, since_ms: int = SINCE_MS) -> AnyEvent:
    """Decodes the event in an incoming record.

    Raises:
        Rejected: the record has a flaw, or ``decode_event`` says so.
    """
    if record.flaw is not None:
        raise record.flaw
    return decode_event(record.key, record.value, since_ms)


def decode_event(key: bytes | None, value: bytes | None, since_ms: int = SINCE_MS) -> AnyEvent:
    """Decodes the event in a record of ``playhead.events``; ``since_ms``: an earlier ``occurred_at`` must be in another unit, and is rejected.

    Raises:
        Rejected: the value is no event of the wire contract, or the key is not its profile.
    """
    event = read_event(value, since_ms)
    if key is None or key != event.profile_id.encode():
        raise Rejected(
            "The record's key is not the event's profile_id.",
            "Produce it again with profile_id as the key, so that a profile's events share a partition.",
        )
    return event


def on_time(event: AnyEvent, broker_ms: int) -> AnyEvent:
    """The event, with ``occurred_at`` set to the broker's time if it is more than ``AHEAD_MS`` ahead of that.

    ``broker_ms``: the record's timestamp, not above 0 for none.
    """
    if event.occurred_at <= broker_ms + AHEAD_MS or broker_ms <= 0:
        return event
    return replace(event, occurred_at=broker_ms)


def read_event(value: bytes | None, since_ms: int = SINCE_MS) -> AnyEvent:
    """Decodes the event in a value without a key.

    Raises:
        Rejected: the value is no event of the wire contract.
    """
    event = _decode(_event_decoder, value, "an event")
    if isinstance(event, HistoryRemoved) and not (event.title_id or event.event_ids):
        raise Rejected(
            "The value retracts nothing: it has neither title_id nor event_ids.",
            "Add title_id, or event_ids with at least one id.",
        )
    if event.occurred_at < since_ms:
        raise Rejected(
            f"The value is not an event: occurred_at is {event.occurred_at:,}, which is before the year 2000.",
            "Send occurred_at in milliseconds: these are seconds for milliseconds, multiply them by 1,000.",
        )
    return event


def decode_title(key: bytes | None, value: bytes) -> Title:
    """Decodes the title in a record of ``playhead.titles``.

    Raises:
        Rejected: the value is no title of the wire contract, or the key is not its id.
    """
    title = _decode(_title_decoder, value, "a title")
    if key is None or key != title.title_id.encode():
        raise Rejected("The record's key is not the title_id.", "Produce it again with title_id as the key.")
    return title


def decode_experiment(key: bytes | None, value: bytes) -> Experiment:
    """Decodes the experiment in a record of ``playhead.experiments``.

    Raises:
        Rejected: the value is no experiment of the wire contract, or the key is not its id.
    """
    experiment = _decode(_experiment_decoder, value, "an experiment")
    if key is None or key != experiment.experiment_id.encode():
        raise Rejected(
            "The record's key is not the experiment_id.", "Produce it again with experiment_id as the key."
        )
    return experiment


def decode_rule(key: bytes | None, value: bytes) -> Rule:
    """Decodes the rule in a record of ``playhead.rules``.

    Raises:
        Rejected: the value is no rule of the wire contract, the key is not its id, or it lacks what its action needs.
    """
    rule = _decode(_rule_decoder, value, "a rule")
    if key is None or key != rule.rule_id.encode():
        raise Rejected("The record's key is not the rule_id.", "Produce it again with rule_id as the key.")
    for wrong, reason, mend in _flaws(rule):
        if wrong:
            raise Rejected(f"The rule can't be obeyed: {reason}.", mend)
    return rule


def _flaws(rule: Rule) -> Iterator[tuple[bool, str, str]]:
    """For each possible flaw of a rule: whether the rule has it, the reason, and the repair."""
    action, given = rule.action, rule.title_ids or rule.tags or rule.title_kinds
    for name, of in (("by", "boost"), ("slot", "pin"), ("share", "cap")):
        value = getattr(rule, name)
        yield action == of and value is None, f"a {of} needs {name}", f"Add {name}, or change the action."
        yield (
            action != of and value is not None,
            f"{name} is for a {of}",
            f"Leave out {name}, or change the action.",
        )
    no_title = not given and rule.maturity_from is None
    yield no_title, "it names no titles", "Add title_ids, tags, title_kinds or maturity_from."
    many = action == "pin" and len(rule.title_ids) != 1
    yield many, "a pin needs one title", "Send title_ids with one title, and one rule for each pin."
    ends = rule.ends_at is not None and rule.ends_at <= (rule.starts_at or 0)
    yield ends, "it ends before it starts", "Send ends_at after starts_at, in milliseconds."


def _decode(decoder: "msgspec.json.Decoder[T]", value: bytes | None, what: str) -> T:
    if not value:
        raise Rejected("The value is empty.", f"Send {what} as a JSON object.")
    if len(value) > MAX_RECORD_BYTES:
        raise Rejected(
            f"The value has {len(value):,} bytes, more than {MAX_RECORD_BYTES:,}.",
            "Split lists over several events, leave out what the contract does not name.",
        )
    try:
        # The decoder does not look into fields that it skips, so it would let other encodings pass there.
        if not value.isascii():
            value.decode()
        return _read(decoder, value)
    except msgspec.ValidationError as error:
        reason = f"The value is not {what}: {str(error)[:MAX_REASON]}."
        raise Rejected(reason, repair(str(error), _struct(value, decoder.type))) from error
    except UnicodeDecodeError as error:
        raise Rejected(f"The value is not UTF-8: {error}.", f"Encode {what} as UTF-8.") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise Rejected(
            f"The value is not JSON: {error}.",
            f"Send {what} as one JSON object in UTF-8; JSON has no NaN, no comments, no trailing commas.",
        ) from error


def _read(decoder: "msgspec.json.Decoder[T]", value: bytes) -> T:
    """Decodes a record as its type, mending values that nearly fit.

    Raises:
        ValidationError: the record can't be mended.
    """
    try:
        return decoder.decode(value)
    except msgspec.ValidationError as error:
        try:
            wire = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            raise error from None
        better = mended(wire, _struct(value, decoder.type))
        # Compared as JSON, as in Python 330.0 == 330.
        if msgspec.json.encode(better) == msgspec.json.encode(wire):
            raise
    return msgspec.convert(better, decoder.type)


def _struct(value: bytes, wanted: object) -> str:
    """The name of the struct that a value should be; "" if it names no known type of event."""
    if isinstance(wanted, type):
        return wanted.__name__
    try:
        struct = EVENT_TYPES.get(_type_decoder.decode(value).type)
    except (msgspec.DecodeError, RecursionError):
        return ""
    return struct.__name__ if struct else ""
