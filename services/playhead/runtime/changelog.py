"""The changelog of one partition as its owner writes it, and how the owner notices that somebody else did.

A worker that was stopped at the wrong moment, past its session, and wakes up may still write: its records stand
behind those of the new owner, and compaction keeps the later ones. No lock of ours can prevent that, but an owner
knows which offset its next record must get. So each batch tells whether another wrote in between: then either this
worker is not the owner any more, and must not store what it did, or the other was not, and the current
records of the profiles it wrote are written once more.
"""

import asyncio
from collections.abc import Sequence

from faust.types import TP

from playhead.domain.errors import Unreadable
from playhead.domain.records import Incoming, Outgoing
from playhead.domain.topics import PROFILES_CHANGELOG
from playhead.runtime.commits import Committer
from playhead.runtime.logs import Log
from playhead.runtime.outbox import Outbox, Ticket
from playhead.runtime.reading import Reader
from playhead.runtime.recovery import folded_to
from playhead.runtime.settings import Settings
from playhead.runtime.store import Position, Store

log = Log(__name__)

Records = Sequence[tuple[bytes, bytes | None]]
TOGETHER = 1_000
"""Records that are mended at once: a store of a million that is written anew would not fit into memory."""


class Changelog:
    """Writes records of one partition; ``end`` is the offset that the next one gets if nobody else writes."""

    def __init__(
        self, tp: TP, settings: Settings, outbox: Outbox, committer: Committer, end: Position
    ) -> None:
        self._tp = tp
        self._settings = settings
        self._outbox = outbox
        self._committer = committer
        self._end = end

    async def append(self, records: Records, store: Store, ticket: Ticket, offset: int) -> Position:
        """Writes records to the changelog and waits for them, with all else that the ticket holds; returns the place that covers them.

        Args:
            records: Key and value of each profile, None for a forgotten one.
            store: Has the current records of profiles that are not among them.
            ticket: Other records of the batch, whose delivery is awaited as well.
            offset: Offset of the first event in hand, to ask the group with.

        Raises:
            Lost: another worker owns the partition.
            Unavailable: the broker doesn't take them.
        """
        ticket.send_followed(self._outgoing(records, store))
        await ticket.delivered()
        written = len(records)
        while (end := max(self._end.offset, ticket.highest_offset + 1)) != self._end.offset + written:
            begin, self._end = self._end.offset, self._end._replace(offset=end)
            # The group is asked itself: the last confirmation may be out of date.
            await self._committer.confirm(self._tp, offset, at_once=True)
            log.warning(
                "changelog written by another: mended", partition=self._tp.partition, begin=begin, end=end
            )
            wrong = await self._overwritten(begin, records, store)
            ticket = self._outbox.ticket()
            ticket.send_followed(self._outgoing(wrong, store))
            await ticket.delivered()
            written = len(wrong)
        self._end = self._end._replace(offset=end)
        return self._end

    async def mend(self, keys: Sequence[bytes], store: Store) -> Position:
        """Writes once more the current records of profiles whose last record in the changelog is another, or missing.

        Returns the place that covers them. Whether another has written meanwhile is left to the next ``append``: it finds the gap and asks the group.

        Raises:
            Unavailable: the broker doesn't take them.
        """
        for begin in range(0, len(keys), TOGETHER):
            chunk = keys[begin : begin + TOGETHER]
            ticket = self._outbox.ticket()
            ticket.send_followed(self._outgoing(list(zip(chunk, store.read(chunk), strict=True)), store))
            await ticket.delivered()
            if ticket.highest_offset + 1 == self._end.offset + len(chunk):
                self._end = self._end._replace(offset=ticket.highest_offset + 1)
        return self._end

    async def _overwritten(self, begin: int, records: Records, store: Store) -> Records:
        """The current records of profiles of which the changelog, from offset ``begin`` on, has another record."""
        read = await asyncio.to_thread(self._read, begin)
        in_changelog = {
            record.key or b"": record for record in read if not isinstance(record.flaw, Unreadable)
        }
        keys = list(in_changelog)
        current = dict(zip(keys, store.read(keys), strict=True))
        current |= {key: value for key, value in records if key in in_changelog}
        return [
            (key, value)
            for key, value in current.items()
            if in_changelog[key].flaw or in_changelog[key].value != value
        ]

    def _read(self, begin: int) -> list[Incoming]:
        place = {"partition": self._tp.partition, "offset": begin}
        with Reader(self._settings, PROFILES_CHANGELOG, **place, whole=True, flawed=True) as reader:
            return [record for batch in reader.to_end() for record in batch]

    def _outgoing(self, records: Records, store: Store) -> list[Outgoing]:
        gone = [key for key, value in records if value is None]
        markers = dict(zip(gone, store.read(gone), strict=True)) if gone else {}
        return [
            Outgoing(PROFILES_CHANGELOG, key, value, folded_to(markers.get(key)), self._tp.partition)
            for key, value in records
        ]
