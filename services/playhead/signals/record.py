"""The stored record of a profile: one field a signal, built from the list, with what delivery needs beside it.

Stored as a 12-byte watermark and a MessagePack map; the watermark alone is the grave of a profile that was erased, kept
until nothing older of it can arrive any more. A field is named ``name_vN``: a record without it gives the
signal's initial value, a field that no signal has any more is skipped; so adding, dropping or re-versioning a
signal needs no migration.
"""

import struct
from copy import copy
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec.structs import replace

from playhead.domain.events import Event, HistoryRemoved, PlaybackCompleted, PlaybackStopped
from playhead.domain.forwarding import Origin
from playhead.domain.records import Source
from playhead.signals.history import HISTORY, brought_by
from playhead.signals.identity import IDENTITY
from playhead.signals.pending import PENDING, Resolved
from playhead.signals.playback import PLAYBACK
from playhead.signals.registry import FOLLOWING, HEARING, RESTORED, SIGNALS, STORED
from playhead.signals.rhythm import RHYTHM

RING = 64
"""Event ids remembered to recognise a producer's retries."""
ID_BYTES, ID_BYTES_OLD = 6, 8
"""Of the digest of an id: one in 4e12 events is taken for one of the last 64. Once it was two bytes more, of which the first
are the same.
"""
_WATERMARK = struct.Struct(">IQ")


class Delivery(msgspec.Struct, array_like=True):
    """What delivery remembers: ids of recent events, how many events were folded, and the newest of them.

    ``version`` grows with each folded event, so two rankings of one version come from the same record. ``id_bytes``: of each id
    in the ring; of an older record that does not say so, what it was then. ``moved``: up to which offset of each wrong
    partition the events are folded that were sent on from there.
    """

    ring: bytes = b""
    version: int = 0
    cause_id: str = ""
    cause_offset: int = -1
    cause_ms: int = 0
    surface: str = "home"
    id_bytes: int = ID_BYTES_OLD
    moved: dict[int, int] = msgspec.field(default_factory=dict)


Profile: Any = msgspec.defstruct(
    "Profile",
    [(signal.field, signal.kind, msgspec.field(default=signal.initial)) for signal in SIGNALS]
    + [("delivery_v1", Delivery, msgspec.field(default_factory=Delivery))],
    omit_defaults=True,
)
"""A profile's record in memory: changed in place by ``fold``, its values are immutable."""

_decoder = msgspec.msgpack.Decoder(Profile)
_encoder = msgspec.msgpack.Encoder()


def encode(profile: Any, source: Source, offset: int) -> bytes:
    """The stored bytes of a record that holds every event of ``source`` up to ``offset``."""
    record = copy(profile)
    for signal, stored in STORED:
        setattr(record, signal.field, stored(signal.of(record)))
    return _WATERMARK.pack(source.epoch, offset) + _encoder.encode(record)


def erasure_marker(source: Source, offset: int) -> bytes:
    """The stored bytes of a profile that was erased by the event at ``offset``: nothing but that."""
    return _WATERMARK.pack(source.epoch, offset)


def is_erasure_marker(stored: bytes) -> bool:
    """Whether a stored record is what is left of an erased profile."""
    return len(stored) == _WATERMARK.size


def decode(stored: bytes) -> tuple[int, int, Any]:
    """Epoch and offset up to which a stored record is folded, and the record, None for a grave."""
    epoch, offset = _WATERMARK.unpack_from(stored)
    if is_erasure_marker(stored):
        return epoch, offset, None
    profile = _decoder.decode(memoryview(stored)[_WATERMARK.size :])
    for signal, restored in RESTORED:
        setattr(profile, signal.field, restored(signal.of(profile)))
    return epoch, offset, profile


def fold(profile: Any, event: Event, resolved: Resolved | None = None) -> None:
    """Moves every signal that hears this event.

    ``resolved``: what the event settles in this profile (``pending.resolve``), where the caller has asked already.
    """
    if isinstance(event, RHYTHM.hears) and event.utc_offset_min is None:
        # Then the session has said it, if anybody has.
        event = replace(event, utc_offset_min=IDENTITY.of(profile).utc_offset_min)
    if isinstance(event, PlaybackStopped | PlaybackCompleted) and event.episode_id is None:
        # Then the start of the play has said it, if anything has.
        playing = PLAYBACK.of(profile)
        if playing.episode_id and playing.title_id == event.title_id:
            event = replace(event, episode_id=playing.episode_id)
    retracted = brought_by(HISTORY.of(profile), event.event_ids) if isinstance(event, HistoryRemoved) else ()
    for signal in HEARING[type(event)]:
        field = signal.field
        if signal is PENDING and resolved is not None:
            setattr(profile, field, resolved.pending)
        else:
            setattr(profile, field, signal.fold(getattr(profile, field), event))
    for title_id in retracted:
        for signal in FOLLOWING:
            gone = replace(event, title_id=title_id, event_ids=())
            setattr(profile, signal.field, signal.fold(signal.of(profile), gone))


def is_repeated(delivery: Delivery, event_id: str) -> bool:
    """Whether an event with this id was folded lately; remembers it if not."""
    mark = blake2b(event_id.encode(), digest_size=ID_BYTES_OLD).digest()[:ID_BYTES]
    ring = _ring(delivery)
    place = ring.find(mark)
    while place >= 0 and place % ID_BYTES:  # found across two ids: not an id
        place = ring.find(mark, place + 1)
    if place >= 0:
        return True
    delivery.ring = (ring + mark)[-RING * ID_BYTES :]
    return False


def is_sent_again(delivery: Delivery, origin: Origin) -> bool:
    """Whether an event that stood there was sent on before, and folded then."""
    return origin.offset <= delivery.moved.get(origin.partition, -1)


def _ring(delivery: Delivery) -> bytes:
    """The ring, with ids of ``ID_BYTES``."""
    if delivery.id_bytes != ID_BYTES:
        old, delivery.id_bytes = delivery.ring, ID_BYTES
        delivery.ring = b"".join([old[at : at + ID_BYTES] for at in range(0, len(old), ID_BYTES_OLD)])
    return delivery.ring
