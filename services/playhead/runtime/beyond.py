"""Partitions beyond those in the table of topics, where somebody has enlarged a topic.

Keys are spread over the table's number of partitions, and stores, changelog and models are laid out by it, so nobody's
profile or market belongs there. What producers put there all the same (they spread keys over what the broker has) is read,
so that it is not lost: events are sent on to their profiles' partitions, or refused where the settings say so.
"""

from collections.abc import Awaitable, Callable, Sequence

from faust.types import TP

from playhead.domain.records import Incoming
from playhead.runtime.commits import Committer

Clear = Callable[[Sequence[Incoming]], Awaitable[None]]
"""Puts records durably where they belong, or among the dead letters; harmless when repeated."""


class Beyond:
    """The work of a partition beyond the table's: it has no store and follows no topic."""

    def __init__(self, tp: TP, committer: Committer, clear: Clear) -> None:
        self.waits = False
        self._tp = tp
        self._committer = committer
        self._clear = clear

    async def open(self) -> None:
        """Does nothing: there is no store to open."""

    async def process(self, batch: Sequence[Incoming]) -> None:
        """Clears a batch, then notes its end for the commit."""
        await self._committer.confirm(self._tp, batch[0].offset)
        self.waits = True  # dead letters that are refused stop this partition and no process
        await self._clear(batch)
        self.waits = False
        self._committer.note(self._tp, batch[-1].offset + 1)

    def pass_over(self, offset: int) -> None:
        """Notes the offset for the commit."""
        self._committer.note(self._tp, offset)

    def due_s(self) -> float | None:
        """None: ``tick`` is never due."""
        return None

    async def tick(self) -> None:
        """Does nothing; it is never called."""

    def measure(self) -> None:
        """Does nothing: there is nothing to measure."""

    async def close(self, *, finished: bool) -> None:
        """Does nothing: there is nothing to close."""
