"""How a worker gets the catalogue and the models: it reads their topics from the beginning and follows them."""

import asyncio
from collections.abc import Callable, Sequence

from playhead.domain.errors import Rejected
from playhead.domain.records import Incoming
from playhead.observe import metrics, watching
from playhead.runtime.logs import Log
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings
from playhead.runtime.skipped import Skipped
from playhead.runtime.slices import REST_S, in_slices

log = Log(__name__)

READ = 2000
READ_WAIT_S = 0.1

Apply = Callable[[str, bytes, bytes | None], None]
Refused = Callable[[Incoming, Rejected], None]


class Follower:
    """Reads compacted topics in a thread and applies them on the event loop, where the core lives."""

    def __init__(
        self, settings: Settings, topics: Sequence[str], apply: Apply, refused: Refused | None = None
    ) -> None:
        self._settings = settings
        self._apply = apply
        self._refused = refused
        self._caught_up = {topic: asyncio.Event() for topic in topics}
        self._skipped = Skipped()

    async def caught_up(self, topic: str) -> None:
        """Waits until what was on the topics when following began is applied."""
        await self._caught_up[topic].wait()

    async def run(self) -> None:
        """Follows for ever.

        Raises:
            Unavailable: the topics can't be read.
        """
        reader = await asyncio.to_thread(Reader, self._settings, *self._caught_up)
        try:
            while True:
                records = await asyncio.to_thread(reader.read_soon, READ, READ_WAIT_S)
                live = all(event.is_set() for event in self._caught_up.values())
                await in_slices(records, self._take, rest_s=REST_S if live else 0.0)
                self._note_progress(reader, records)
        finally:
            reader.close()

    def _take(self, record: Incoming) -> None:
        metrics.FOLLOWED.labels(record.topic).inc()
        try:
            self._apply(record.topic, record.key or b"", record.value)
        except Rejected as error:
            self._skipped.skip(record, error)
            if self._refused is not None:
                self._refused(record, error)
            return
        self._skipped.used(record)
        watching.followed(record, live=self._caught_up[record.topic].is_set())

    def _note_progress(self, reader: Reader, applied: Sequence[Incoming]) -> None:
        newest = {(record.topic, record.partition): record.offset for record in applied}
        for (topic, partition), offset in newest.items():
            metrics.FOLLOWED_OFFSET.labels(topic, str(partition)).set(offset)
        unfinished = {topic for topic, _ in reader.unfinished}
        for topic, event in self._caught_up.items():
            metrics.UNUSABLE_KEYS.labels(topic).set(self._skipped.count(topic))
            if topic not in unfinished and not event.is_set():
                log.info("caught up", topic=topic)
                event.set()
