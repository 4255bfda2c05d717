"""Dead letters for titles and rules: every follower of them sees an unusable record, one process writes its dead letter.

That is the owner of partition 0 of the events, which the group makes one. It remembers nothing: what letters there are says
which of them have theirs, so a restart, which reads the whole catalogue again, writes no second one. A former owner that has not
noticed yet may, which does no harm.
"""

import asyncio

from playhead.domain.errors import Rejected
from playhead.domain.records import Incoming
from playhead.domain.topics import DEAD_LETTERS, RULES, TITLES
from playhead.runtime.dead_letters import send_dead_letters
from playhead.runtime.outbox import Outbox
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings

OWNER = 0
"""The partition of the events whose owner writes."""
EVERY_S = 1.0
LETTERED = (TITLES, RULES)
MOST = 10_000
"""Refused records remembered by a process that may become the owner, the newest of them."""


class TitleLetters:
    """The titles and rules that this process could not use, and their letters while it owns partition ``OWNER``."""

    def __init__(self, settings: Settings, outbox: Outbox) -> None:
        self._settings = settings
        self._outbox = outbox
        self._refused: dict[tuple[str, int], tuple[Incoming, Rejected]] = {}
        self._ours = asyncio.Event()

    def refused(self, record: Incoming, error: Rejected) -> None:
        """Notes a followed record that can't be used."""
        if record.topic in LETTERED:
            self._refused[record.topic, record.offset] = record, error
            if len(self._refused) > MOST:
                del self._refused[min(self._refused)]

    def owned(self, partition: int, *, ours: bool) -> None:
        """Notes whether this process owns a partition of the events."""
        if partition == OWNER:
            (self._ours.set if ours else self._ours.clear)()

    async def run(self) -> None:
        """Writes the missing dead letters, for ever.

        Raises:
            Unavailable: the dead letters can't be read.
        """
        while True:
            await self._ours.wait()
            waiting = [self._refused[place] for place in sorted(self._refused)]
            if waiting:
                written = await asyncio.to_thread(_written, self._settings)
                missing = [(record, error) for record, error in waiting if _name(record) not in written]
                await send_dead_letters(self._outbox, missing, "titles and rules", counted=True)
                for record, _ in waiting:
                    self._refused.pop((record.topic, record.offset), None)
            await asyncio.sleep(EVERY_S)


def _name(record: Incoming) -> tuple[str, str, str]:
    """The identity of a record: timestamp and offset, as a recreated topic begins again at 0."""
    return record.topic, str(record.offset), str(record.timestamp_ms)


def _written(settings: Settings) -> set[tuple[str, str, str]]:
    written: set[tuple[str, str, str]] = set()
    with Reader(settings, DEAD_LETTERS) as reader:
        for batch in reader.to_end():
            for letter in batch:
                headers = dict(letter.headers)
                topic = (headers.get("topic") or b"").decode(errors="replace")
                if topic in LETTERED:
                    offset, at = headers.get("offset") or b"", headers.get("timestamp") or b""
                    written.add((topic, offset.decode(errors="replace"), at.decode(errors="replace")))
    return written
