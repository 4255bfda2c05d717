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
            records: By key, None for one that is forgotten.
            store: Has the current records of profiles that are not among them.
            ticket: Waited for with them.
            offset: The first in hand of the events, to ask the group with.

        Raises:
            Lost: another worker owns the partition.
            Unavailable: the broker doesn't take them.
        """
        ticket.send_followed(self._outgoing(records, store))
        await ticket.delivered()
        written = len(records)
        while (end := max(self._end.offset, ticket.highest_offset + 1)) != self._end.offset + written:
            begin, self._end = self._end.offset, self._end._replace(offset=end)
            # Who asks for less than it believes is told the truth: the group answers now, not from memory.
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
            some = keys[begin : begin + TOGETHER]
            ticket = self._outbox.ticket()
            ticket.send_followed(self._outgoing(list(zip(some, store.read(some), strict=True)), store))
            await ticket.delivered()
            if ticket.highest_offset + 1 == self._end.offset + len(some):
                self._end = self._end._replace(offset=ticket.highest_offset + 1)
        return self._end

    async def _overwritten(self, begin: int, records: Records, store: Store) -> Records:
        """The current records of profiles of which the changelog has another from there on."""
        read = await asyncio.to_thread(self._read, begin)
        found = {record.key or b"": record for record in read if not isinstance(record.flaw, Unreadable)}
        keys = list(found)
        true = dict(zip(keys, store.read(keys), strict=True))
        true |= {key: value for key, value in records if key in found}
        return [(key, value) for key, value in true.items() if found[key].flaw or found[key].value != value]

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
