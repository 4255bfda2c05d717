"""What the tag role does: follows the catalogue, tags its titles, and publishes the tags that are new."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import blake2b
from threading import Event

import msgspec
from confluent_kafka import KafkaError, Message, Producer

from playhead.catalogue.tags.tagger import Tagger
from playhead.domain.access import topics_of
from playhead.domain.decoding import decode_title
from playhead.domain.errors import Rejected, Unavailable
from playhead.domain.records import Incoming
from playhead.domain.topics import TAGS, TITLES
from playhead.observe import metrics
from playhead.runtime import pulse
from playhead.runtime.connection import producer_config
from playhead.runtime.logs import Log
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings
from playhead.runtime.topology import describe
from playhead.runtime.worker import run

log = Log(__name__)

READ, READ_WAIT_S = 10_000, 0.1
AT_ONCE = 512
"""Titles whose tags are made together: 4 MB of scores."""
ANSWER_S = 20.0


def run_tag(settings: Settings) -> int:
    """Runs the tag role until it is stopped, and returns 0; a failure ends the process with 1."""
    return run("tag", settings, lambda: TagService(settings))


class TagService:
    """Runs the tagger in a thread of its own."""

    def __init__(self, settings: Settings) -> None:
        self.failure: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        self._settings = settings
        self._ending = Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Start following; returns when the tags of all titles are published.

        Raises:
            Unavailable: the broker doesn't answer, or a topic is missing.
        """
        await asyncio.to_thread(describe, self._settings, *topics_of("tag"))
        ready = asyncio.Event()
        loop = asyncio.get_running_loop()
        following = asyncio.to_thread(self._follow, lambda: loop.call_soon_threadsafe(ready.set))
        for running in (following, pulse.give_pulse(pulse.pulse_path(self._settings, "tag"))):
            task = asyncio.create_task(running)
            task.add_done_callback(self._ended)
            self._tasks.append(task)
        await ready.wait()
        metrics.READY.set(1)

    async def stop(self) -> None:
        """End at the next record; what is not published is at the next start."""
        self._ending.set()
        following, beat = self._tasks
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(following, return_exceptions=True)

    def fail(self, error: BaseException) -> None:
        """End the process with this reason; the supervisor starts it again."""
        if not self.failure.done():
            self.failure.set_result(error)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.fail(error)

    def _follow(self, ready: Callable[[], object]) -> None:
        following = TitleFollower(TagPublisher(self._settings))
        with Reader(self._settings, TITLES) as reader:
            while not self._ending.is_set():
                records = reader.read_soon(READ, READ_WAIT_S)
                following.take(records)
                if not reader.unfinished:
                    following.publish(self._ending)
                    ready()


class TitleFollower:
    """Gives titles to the tagger, and their tags to a publisher."""

    def __init__(self, publisher: "TagPublisher") -> None:
        self._publisher = publisher
        self._tagger = Tagger()
        self._touched: set[str] = set()

    def take(self, records: Sequence[Incoming]) -> None:
        """Takes over records of the catalogue; of one that can't be used, the version before stays."""
        for record in records:
            metrics.FOLLOWED.labels(record.topic).inc()
            title_id = (record.key or b"").decode(errors="replace")
            if record.value is None:
                self._tagger.withdraw(title_id)
            else:
                try:
                    self._tagger.put(decode_title(record.key, record.value))
                except Rejected:
                    continue  # a personalize worker writes its dead letter
            self._touched.add(title_id)
        if records:
            metrics.FOLLOWED_OFFSET.labels(TITLES, str(records[-1].partition)).set(records[-1].offset)

    def publish(self, ending: Event) -> None:
        """Learns from what came, and publishes the tags that are new by that."""
        if not self._touched:
            return
        titles = self._tagger.titles
        whole = self._tagger.learn()
        touched = self._publisher.published.keys() | titles.keys() if whole else self._touched
        self._publisher.withdraw(touched - titles.keys())
        wanted = sorted(touched & titles.keys())
        for first in range(0, len(wanted), AT_ONCE):
            if ending.is_set():
                return
            for tags in self._tagger.read(wanted[first : first + AT_ONCE]):
                self._publisher.publish(tags.title_id, msgspec.json.encode(tags))
        self._publisher.flush()
        log.info("tags published", titles=len(titles), changed=len(self._touched), whole=whole)
        self._touched.clear()


class TagPublisher:
    """Publishes tags that differ from those that stand on the topic. Every call blocks."""

    def __init__(self, settings: Settings) -> None:
        self.published: dict[str, bytes] = {}
        """A digest of what stands on the topic, by title."""
        with Reader(settings, TAGS) as reader:
            for batch in reader.to_end():
                for record in batch:
                    self._note((record.key or b"").decode(errors="replace"), record.value)
        self._producer = Producer(producer_config(settings))
        self._error: KafkaError | None = None

    def publish(self, title_id: str, value: bytes | None) -> None:
        """Sends a title's tags, None to withdraw them, unless that stands there already."""
        if not self._note(title_id, value):
            return
        while True:
            try:
                self._producer.produce(TAGS, value, title_id, partition=0, on_delivery=self._delivered)
            except BufferError:
                self._producer.poll(0.1)
            else:
                break
        self._producer.poll(0)

    def withdraw(self, title_ids: set[str]) -> None:
        """Sends tombstones."""
        for title_id in sorted(title_ids & self.published.keys()):
            self.publish(title_id, None)

    def flush(self) -> None:
        """Wait until all is on the broker.

        Raises:
            Unavailable: some of it is not.
        """
        left = self._producer.flush(ANSWER_S)
        if left or self._error is not None:
            raise Unavailable(
                f"{TAGS} did not take {left or 'a'} record: {self._error or 'no answer in time'}.",
                "See to the broker and the topic; the worker starts again.",
            )

    def _note(self, title_id: str, value: bytes | None) -> bool:
        before = self.published.get(title_id)
        if value is None:
            return self.published.pop(title_id, None) is not None
        now = self.published[title_id] = blake2b(value, digest_size=8).digest()
        return now != before

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        self._error = self._error or error
