"""How a partition's local store catches up with its changelog, and when it must be built anew."""

import time
from collections.abc import Iterable
from pathlib import Path
from threading import Event
from typing import NamedTuple

from playhead.domain.errors import Unreadable
from playhead.domain.records import Incoming
from playhead.domain.topics import EVENTS, PROFILES_CHANGELOG
from playhead.observe import metrics
from playhead.runtime.logs import Log
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings
from playhead.runtime.store import Broken, Memory, Position, Store, open_store, wipe
from playhead.runtime.topology import begin, describe

log = Log(__name__)

FOLDED_TO = "folded-to"
"""Header of a tombstone: the watermark of the erasure marker it takes away."""
EPOCH = slice(0, 4)
WATERMARK = slice(4, 12)
MAPS = b"\xde\xdf"
"""How maps of more than fifteen fields begin in MessagePack; of others, the first four bits are 8."""


class _Misfit(Exception):
    """Raised when the changelog is not the one that the store stands for: it was made anew, or has lost its end."""


class Recovered(NamedTuple):
    """A store that contains its whole changelog: up to ``end``, in the changelog's life ``epoch``.

    overruled: profiles whose last record there counted for nothing. Their current records must be written once more,
    before compaction keeps the last and nothing else; until then the store's own position stays in front of it.
    again: offset from which events must be read again, as neither store nor changelog holds what came of them.
    """

    store: Store
    epoch: int
    end: int
    records: int
    overruled: frozenset[bytes] = frozenset()
    again: int | None = None


class _Read(NamedTuple):
    """How far the changelog was read: its end, the records read, and the profiles whose last record did not count."""

    end: int
    records: int
    overruled: frozenset[bytes]


def recover(
    settings: Settings, directory: str, partition: int, memory: Memory, abandoned: Event
) -> Recovered:
    """Opens the store of a partition and reads what it lacks. Blocks: run it in a thread.

    ``abandoned`` ends it early, with a store that contains a part of the changelog and says so.

    Raises:
        Unavailable: the broker doesn't answer, or another process has the store open.
    """
    began = time.monotonic()
    # Not shared with other workers of this machine: one that hangs keeps its lock, and its successor must go on.
    path = settings.data_dir / "personalize" / settings.instance / directory / f"profiles-{partition}"
    epoch = describe(settings, PROFILES_CHANGELOG)[PROFILES_CHANGELOG].epoch
    again: int | None = None
    try:
        store, read = _open(settings, path, partition, epoch, memory, abandoned)
    except _Misfit:
        again = _folded(path, memory, begin(settings, EVENTS, partition))
        if again is None:
            wipe(path)
        store, read = _open(settings, path, partition, epoch, memory, abandoned, carried=again is not None)
    except Broken:
        store, read = _open(settings, path, partition, epoch, memory, abandoned)
    if again is None and read.end == 0:
        # Nothing was ever written here, or what was is gone with a topic that was deleted: the events tell.
        again = begin(settings, EVENTS, partition)
    spent_s = time.monotonic() - began
    metrics.RECOVERED.labels(str(partition)).inc(read.records)
    metrics.RECOVERING.labels(str(partition)).set(0)
    log.info(
        "store recovered",
        partition=partition,
        records=read.records,
        seconds=round(spent_s, 3),
        records_per_s=round(read.records / spent_s),
    )
    return Recovered(store, epoch, *read, again)


def _folded(path: Path, memory: Memory, first: int) -> int | None:
    """Offset from which events must be read again on top of what a store holds; None if the store is of no use.

    A store is of no use where events after it are gone already: one may have erased a profile that it still has.
    """
    store = open_store(path, memory)
    try:
        folded = store.folded()
    finally:
        store.close()
    return folded if folded is not None and folded >= first else None


def _open(
    settings: Settings,
    path: Path,
    partition: int,
    epoch: int,
    memory: Memory,
    abandoned: Event,
    *,
    carried: bool = False,
) -> tuple[Store, _Read]:
    """Opens a store and reads what it lacks; ``carried``: the store fits no changelog, so all its records must be written there."""
    store = open_store(path, memory)
    try:
        if carried:
            with Reader(settings, PROFILES_CHANGELOG, partition=partition, whole=True, flawed=True) as reader:
                read = _catch_up(store, reader, partition, None, abandoned)
            return store, read._replace(overruled=frozenset(store.keys()))
        with _reader(settings, store, partition, epoch) as reader:
            return store, _catch_up(store, reader, partition, epoch, abandoned)
    except BaseException:
        store.close()
        raise


def older(value: bytes, than: bytes) -> bool:
    r"""Whether a stored record has folded fewer events than another of the same profile.

    A record begins with its epoch and watermark, big-endian, so that bytes compare like numbers. Watermarks of
    two epochs can't be compared: then the later record in the changelog counts.

    >>> older(bytes(3) + b"\1" + bytes(7) + b"\5", than=bytes(3) + b"\1" + bytes(7) + b"\6")
    True
    """
    return value[EPOCH] == than[EPOCH] and value[WATERMARK] < than[WATERMARK]


def is_record(value: bytes | None) -> bool:
    r"""Whether a value may be a stored record: nothing, a watermark, or one with a MessagePack map behind it.

    >>> is_record(bytes(12)), is_record(bytes(12) + b"\x81"), is_record(b'{"somebody": 1}')
    (True, True, False)
    """
    if value is None or len(value) == WATERMARK.stop:
        return True
    return len(value) > WATERMARK.stop and (
        value[WATERMARK.stop] & 0xF0 == 0x80 or value[WATERMARK.stop] in MAPS
    )


def folded_to(marker: bytes | None) -> tuple[tuple[str, bytes], ...]:
    """Headers of a tombstone that takes an erasure marker away, so that it does not count against a record that is newer."""
    return () if marker is None else ((FOLDED_TO, marker),)


def counts(record: Incoming, before: bytes | None) -> bool:
    """Whether a record of the changelog takes the place of the one that is known before it.

    A worker that was stopped past its session and woke up may have written after its successor: its record stands
    later in the changelog and is worth less. A tombstone without a watermark, as before 0.1.0, always counts.
    """
    stamp = dict(record.headers).get(FOLDED_TO) if record.value is None else record.value
    return stamp is None or before is None or not older(stamp, before)


def _reader(settings: Settings, store: Store, partition: int, epoch: int) -> Reader:
    """A reader of the changelog from where the store's copy ends.

    Raises:
        _Misfit: the store was written with another changelog, or with more of it than there is.
    """
    position = store.position() or Position(epoch, 0)
    place = {"partition": partition, "offset": position.offset}
    reader = Reader(settings, PROFILES_CHANGELOG, **place, whole=True, flawed=True)
    end = reader.end(PROFILES_CHANGELOG, partition)
    if position.epoch == epoch and position.offset <= end:
        return reader
    reader.close()
    log.warning(
        "store does not fit its changelog", partition=partition, stored=position, epoch=epoch, end=end
    )
    raise _Misfit


def _catch_up(store: Store, reader: Reader, partition: int, epoch: int | None, abandoned: Event) -> _Read:
    """Writes the changelog's newest records to the store; ``epoch``: the changelog's, None: the store's position stays as it is."""
    until = reader.end(PROFILES_CHANGELOG, partition)
    position = store.position() if epoch is not None else None
    end, held, records = 0 if position is None else position.offset, None, 0
    overruled: set[bytes] = set()
    # Not ``to_end``: it may wait for the end of a transaction, and must notice that it was abandoned.
    while reader.unfinished and not abandoned.is_set():
        batch = reader.read()
        if not batch:
            continue
        kept, behind = _newest(batch, store)
        overruled = overruled - {key for key, _ in kept} | behind
        held = end if overruled and held is None else held if overruled else None
        end = batch[-1].offset + 1
        store.write(kept, None if epoch is None else Position(epoch, end if held is None else held))
        records += len(batch)
        metrics.RECOVERING.labels(str(partition)).set(max(0, until - end))
    if records:
        store.flush()
    # The end of a transaction has an offset and no record.
    end = max(end, reader.reached.get((PROFILES_CHANGELOG, partition), 0))
    return _Read(end, records, frozenset(overruled))


def _newest(batch: Iterable[Incoming], store: Store) -> tuple[list[tuple[bytes, bytes | None]], set[bytes]]:
    """The last value of each key that counts against the stored one and those before it.

    And the keys whose last record here does not count.
    """
    newest: dict[bytes, Incoming] = {}
    behind: set[bytes] = set()
    for record in batch:
        key = record.key or b""
        if isinstance(record.flaw, Unreadable):
            continue
        if record.flaw is not None or not is_record(record.value):
            # Compaction keeps this record and drops ours: the current record must be written behind it.
            newest.pop(key, None)
            behind.add(key)
            continue
        if key in newest and not counts(record, newest[key].value):
            behind.add(key)
            continue
        newest[key] = record
        if behind:
            behind.discard(key)
    kept = []
    for (key, record), before in zip(newest.items(), store.read(list(newest)), strict=True):
        if counts(record, before):
            kept.append((key, record.value))
        else:
            behind.add(key)
    return kept, behind
