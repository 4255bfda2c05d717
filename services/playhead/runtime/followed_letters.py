"""Dead letters for titles, rules and experiments: every follower sees an unusable record, one process writes its dead letter.

That process is the owner of partition 0 of the events: the group has one only. It looks on the dead-letter topic which records
have a letter already, so a restart, which reads the whole topics again, writes no second one. A former owner that has not
noticed yet may, which does no harm.
"""

import asyncio

from playhead.domain.errors import Rejected
from playhead.domain.records import Incoming
from playhead.domain.topics import DEAD_LETTERS, EXPERIMENTS, RULES, TITLES
from playhead.runtime.dead_letters import send_dead_letters
from playhead.runtime.outbox import Outbox
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings

OWNER = 0
"""The partition of the events whose owner writes."""
EVERY_S = 1.0
LETTERED = (TITLES, RULES, EXPERIMENTS)
"""Followed topics with producers outside Playhead; what the roles write for each other needs no dead letters."""
MOST = 10_000
"""Refused records of a topic remembered by a process that may become the owner, the newest of them."""


class FollowedLetters:
    """The followed records that this process could not use, and their letters while it owns partition ``OWNER``."""

    def __init__(self, settings: Settings, outbox: Outbox) -> None:
        self._settings = settings
        self._outbox = outbox
        self._refused: dict[str, dict[int, tuple[Incoming, Rejected]]] = {topic: {} for topic in LETTERED}
        """Unusable records by topic and offset: each topic has one partition."""
        self._ours = asyncio.Event()

    def refused(self, record: Incoming, error: Rejected) -> None:
        """Notes a followed record that can't be used."""
        refused = self._refused.get(record.topic)
        if refused is not None:
            refused[record.offset] = record, error
            if len(refused) > MOST:
                del refused[min(refused)]

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
            for topic, refused in self._refused.items():
                if refused:
                    await self._write(topic, refused)
            await asyncio.sleep(EVERY_S)

    async def _write(self, topic: str, refused: dict[int, tuple[Incoming, Rejected]]) -> None:
        waiting = [refused[offset] for offset in sorted(refused)]
        written = await asyncio.to_thread(_written, self._settings, topic)
        missing = [(record, error) for record, error in waiting if _name(record) not in written]
        await send_dead_letters(self._outbox, missing, topic, counted=True)
        for record, _ in waiting:
            refused.pop(record.offset, None)


def _name(record: Incoming) -> tuple[str, str]:
    """The identity of a record: timestamp and offset, as a recreated topic begins again at 0."""
    return str(record.offset), str(record.timestamp_ms)


def _written(settings: Settings, topic: str) -> set[tuple[str, str]]:
    written: set[tuple[str, str]] = set()
    with Reader(settings, DEAD_LETTERS) as reader:
        for batch in reader.to_end():
            for letter in batch:
                headers = dict(letter.headers)
                if headers.get("topic") == topic.encode():
                    offset, at = headers.get("offset") or b"", headers.get("timestamp") or b""
                    written.add((offset.decode(errors="replace"), at.decode(errors="replace")))
    return written
