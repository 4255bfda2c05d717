"""Partitions that the broker has and the table of topics has not: somebody has made a topic larger.

Keys are spread over the table's number of partitions, and stores, changelog and models are laid out by it, so nobody's
profile or market belongs there. What producers put there all the same (they spread keys over what the broker has) is read,
so that it is not lost: events are sent on to their profiles' partitions, or refused where the settings say so.
"""

from collections.abc import Awaitable, Callable, Sequence

from faust.types import TP

from playhead.domain.records import Incoming
from playhead.runtime.commits import Committer

Clear = Callable[[Sequence[Incoming]], Awaitable[None]]
"""Has records durably where they belong, or among the dead letters; harmless when repeated."""


class Beyond:
    """The work of such a partition: no store, nothing that is followed."""

    def __init__(self, tp: TP, committer: Committer, clear: Clear) -> None:
        self.waits = False
        self._tp = tp
        self._committer = committer
        self._clear = clear

    async def open(self) -> None:
        """Nothing to get ready."""

    async def process(self, batch: Sequence[Incoming]) -> None:
        """Clear a batch away; only then is it committed."""
        await self._committer.confirm(self._tp, batch[0].offset)
        self.waits = True  # dead letters that are refused stop this partition and no process
        await self._clear(batch)
        self.waits = False
        self._committer.note(self._tp, batch[-1].offset + 1)

    def pass_over(self, offset: int) -> None:
        """Have it committed."""
        self._committer.note(self._tp, offset)

    def due_s(self) -> float | None:
        """Never."""
        return None

    async def tick(self) -> None:
        """Never called."""

    def measure(self) -> None:
        """Nothing to say."""

    async def close(self, *, finished: bool) -> None:
        """Nothing to give back."""
