"""The stored record of a profile: one field a signal, built from the registry, and the state of delivery.

Stored as a 12-byte watermark and a MessagePack map; the watermark alone is the erasure marker of a profile, kept
until no older event of it can arrive. A field is named ``name_vN``: a record without it reads as the
signal's initial value, a field without a signal is skipped; so adding, dropping or re-versioning a
signal needs no migration.
"""

import struct
from copy import copy
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec.structs import replace

from playhead.catalogue.facts import UNKNOWN, TitleFacts
from playhead.domain import events as e
from playhead.domain.events import Event, HistoryRemoved
from playhead.domain.forwarding import ForwardedFrom
from playhead.domain.records import Source
from playhead.labels.impressions import Outcome
from playhead.signals.finished import FINISHED, finish
from playhead.signals.history import HISTORY, Interpretation, brought_by, interpret
from playhead.signals.identity import IDENTITY
from playhead.signals.pending import PENDING, Resolved, resolve
from playhead.signals.registry import FOLDED_BY, FOLLOWING, LATE, PASSING, RESTORED, SIGNALS, STORED
from playhead.signals.rhythm import RHYTHM

RING, BLOCK = 64, 16
"""Least number of event ids kept to recognise a producer's retries, and number of ids dropped at once."""
ID_BYTES, ID_BYTES_OLD = 5, 8
"""Bytes of the digest of an id, now and in older records, whose first bytes are the same: one in 1e10 events is mistaken for a repetition."""
COUNTED = (
    e.SessionStarted,
    e.SessionEnded,
    e.ImpressionsShown,
    e.TitleHovered,
    e.TrailerStarted,
    e.TrailerStopped,
    e.RowScrolled,
    e.SearchPerformed,
)
"""Events that only add up: their id is the only sign that one was folded before."""
_WATERMARK = struct.Struct(">IQ")


class DeliveryState(msgspec.Struct, array_like=True):
    """State of delivery: ids of recent events (``ring``), the number of events folded, and the event that caused the last change.

    ``version`` grows with each folded event, so two rankings of one version come from the same record. ``id_bytes``: bytes of each id
    in the ring; the default is that of older records. ``moved``: for each partition from which misplaced events are forwarded, the
    offset up to which they are folded. ``floor_s``: no event whose id was dropped from the ring is newer than this.
    ``newest_s``: time of the newest event; ``marks_s``: ``newest_s`` as of when each block of the ring was full.
    """

    ring: bytes = b""
    version: int = 0
    cause_id: str = ""
    cause_offset: int = -1
    cause_ms: int = 0
    surface: str = "home"
    id_bytes: int = ID_BYTES_OLD
    moved: dict[int, int] = msgspec.field(default_factory=dict)
    floor_s: int = 0
    newest_s: int = 0
    marks_s: tuple[int, ...] = ()


Profile: Any = msgspec.defstruct(
    "Profile",
    [(signal.field, signal.kind, msgspec.field(default=signal.initial)) for signal in SIGNALS]
    + [("delivery_v1", DeliveryState, msgspec.field(default_factory=DeliveryState))],
    omit_defaults=True,
)
"""A profile's record in memory: ``fold`` replaces its values in place; the values are immutable."""

_decoder = msgspec.msgpack.Decoder(Profile)
_encoder = msgspec.msgpack.Encoder()


def encode(profile: Any, source: Source, offset: int) -> bytes:
    """The stored bytes of a record that holds every event of ``source`` up to ``offset``."""
    record = copy(profile)
    for signal, stored in STORED:
        setattr(record, signal.field, stored(signal.of(record)))
    return _WATERMARK.pack(source.epoch, offset) + _encoder.encode(record)


def erasure_marker(source: Source, offset: int) -> bytes:
    """The stored bytes of a profile that was erased by the event at ``offset``: the watermark alone."""
    return _WATERMARK.pack(source.epoch, offset)


def is_erasure_marker(stored: bytes) -> bool:
    """Whether a stored record is the erasure marker of a profile."""
    return len(stored) == _WATERMARK.size


def decode(stored: bytes) -> tuple[int, int, Any]:
    """Epoch and offset up to which a stored record is folded, and the record, None for an erasure marker."""
    epoch, offset = _WATERMARK.unpack_from(stored)
    if is_erasure_marker(stored):
        return epoch, offset, None
    profile = _decoder.decode(memoryview(stored)[_WATERMARK.size :])
    for signal, restored in RESTORED:
        setattr(profile, signal.field, restored(signal.of(profile)))
    return epoch, offset, profile


def fold(
    profile: Any, event: Event, meaning: Interpretation | None = None, resolved: Resolved | None = None
) -> None:
    """Folds an event, as interpreted by ``history.interpret``, into every signal of a profile.

    ``meaning``: that interpretation; ``resolved``: the outcomes that the event settles (``pending.resolve``); both are computed if not given.
    """
    before = HISTORY.of(profile)
    meaning = meaning or interpret(before, event)
    event = meaning.event
    retracted = brought_by(before, event.event_ids) if isinstance(event, HistoryRemoved) else ()
    if meaning.history is not before:
        setattr(profile, HISTORY.field, meaning.history)
    if meaning.finished:
        setattr(profile, FINISHED.field, finish(FINISHED.of(profile), meaning.finished))
    signals = FOLDED_BY[type(event)]
    if not meaning.news:
        signals = LATE
    elif not meaning.chosen:
        signals = PASSING
    if isinstance(event, RHYTHM.events) and event.utc_offset_min is None:
        # The offset that the session reported, if any.
        event = replace(event, utc_offset_min=IDENTITY.of(profile).utc_offset_min)
    for signal in signals:
        field = signal.field
        if signal is PENDING:
            resolved = resolved or resolve(PENDING.of(profile), event, meaning.finished)
            setattr(profile, field, resolved.pending)
        else:
            setattr(profile, field, signal.fold(getattr(profile, field), event))
    for title_id in retracted:
        for signal in FOLLOWING:
            gone = replace(event, title_id=title_id, event_ids=())
            setattr(profile, signal.field, signal.fold(signal.of(profile), gone))


def settled(profile: Any, event: Event, facts: TitleFacts = UNKNOWN) -> list[Outcome]:
    """The labels that an event makes final, given the profile before the event; ``facts``: catalogue facts of its title."""
    meaning = interpret(HISTORY.of(profile), event, facts)
    return resolve(PENDING.of(profile), meaning.event, meaning.finished).outcomes if meaning.news else []


def is_repeated(delivery: DeliveryState, event_id: str) -> bool:
    """Whether an event with this id was folded lately; adds the id to the ring if not."""
    digest = blake2b(event_id.encode(), digest_size=ID_BYTES_OLD).digest()[:ID_BYTES]
    ring = _ring(delivery)
    place = ring.find(digest)
    while place >= 0 and place % ID_BYTES:  # a match across two ids is none
        place = ring.find(digest, place + 1)
    if place >= 0:
        return True
    ring += digest
    if len(ring) >= (RING + BLOCK) * ID_BYTES:
        ring = ring[BLOCK * ID_BYTES :]
        gone, *digests = delivery.marks_s or (max(delivery.newest_s, delivery.cause_ms // 1000),)
        delivery.marks_s = tuple(digests)
        delivery.floor_s = max(delivery.floor_s, gone)
    delivery.ring = ring
    return False


def is_sent_again(delivery: DeliveryState, origin: ForwardedFrom) -> bool:
    """Whether a forwarded event was folded already: ``origin`` is where it was misplaced."""
    return origin.offset <= delivery.moved.get(origin.partition, -1)


def is_late(delivery: DeliveryState, event: Event) -> bool:
    """Whether an event is so late that its id may have been dropped from the ring, so that it could be counted twice.

    To be called for each event that ``is_repeated`` has not recognised, as it tracks the newest event. For plays, the state of the title decides instead.
    """
    delivery.newest_s = max(delivery.newest_s, event.occurred_at // 1000)
    if not len(delivery.ring) % (BLOCK * ID_BYTES):
        delivery.marks_s = (*delivery.marks_s, delivery.newest_s)
    return event.occurred_at // 1000 <= delivery.floor_s


def _ring(delivery: DeliveryState) -> bytes:
    """The ring, converted to ids of ``ID_BYTES``."""
    if delivery.id_bytes != ID_BYTES:
        old, width, delivery.id_bytes = delivery.ring, delivery.id_bytes, ID_BYTES
        delivery.ring = b"".join([old[at : at + ID_BYTES] for at in range(0, len(old), width)])
    return delivery.ring
