"""The environment of a measurement: an own Kafka with a catalogue, and processes that are started and stopped."""

import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from playhead.domain.errors import Unavailable
from playhead.domain.titles import Title
from playhead.domain.topics import EVENTS, EXAMPLE_PARTITIONS, PROFILE_PARTITIONS, TITLES
from playhead.lab.bench.log import one_a_partition, page
from playhead.lab.bench.machine import cpu_s
from playhead.lab.bench.topics import ECHO, FORWARDED, OFFERED, create_references, is_measured
from playhead.lab.demo.answers import consumer, ends
from playhead.lab.demo.load import Act
from playhead.lab.demo.publish import EventPublisher
from playhead.lab.demo.run import publish_titles
from playhead.lab.kafka import EmbeddedBroker
from playhead.lab.kafka.folders import borrow
from playhead.process.children import Child, stop_all
from playhead.runtime.admin import create_topics
from playhead.runtime.connection import client_config
from playhead.runtime.settings import Settings, from_environment

ASK_S = 5.0
START_S = 90.0
LOOK_S = 0.05
BEGUN = {"personalize": "store recovered", "learn": "learner restored"}
"""What a worker logs for each partition that it begins with."""
PARTITIONS = {"personalize": PROFILE_PARTITIONS, "learn": EXAMPLE_PARTITIONS}
REPAIR = "Read the worker's log, then run playhead doctor."
PERSONALIZE = "playhead-personalize"
LEARN = "playhead-learn"
Progress = Callable[[str], None]


class Recovery(NamedTuple):
    """What a worker logged of reading its changelogs: records of all partitions, and seconds of the slowest one."""

    records: int
    seconds: float


class BenchCluster:
    """Kafka and the processes that measures start."""

    def __init__(self, settings: Settings, home: Path, stores: Path) -> None:
        self.settings = settings
        self.publisher = EventPublisher(settings)
        self.stores = stores
        self._home = home
        self._onlooker = consumer(settings)
        self._groups: dict[str, Consumer] = {}
        self._workers: dict[tuple[str, int], Child] = {}

    def renew(self, titles: Sequence[Title]) -> None:
        """Recreates the topics empty, empties the stores, and publishes a catalogue."""
        self.close()
        _delete(AdminClient(client_config(self.settings)))
        self.wipe()
        create_topics(self.settings)
        create_references(self.settings)
        _until_listed(AdminClient(client_config(self.settings)), (EVENTS, ECHO, OFFERED, FORWARDED, TITLES))
        # Clients that saw a topic go say that it is unknown for a while after it is there again.
        self.publisher, self._onlooker = EventPublisher(self.settings), consumer(self.settings)
        publish_titles(self.publisher, titles)

    def wipe(self) -> None:
        """Removes the stores."""
        for store in self.stores.iterdir():
            if store.is_dir():
                shutil.rmtree(store)

    @contextmanager
    def starting(self) -> Iterator[Child]:
        """Starts the first personalize worker, with the store that it has, and yields it at once."""
        child = self._start("personalize", 0)
        try:
            yield child
        finally:
            stop_all([child])

    def have(self, *, personalize: int = 0, learn: int = 0) -> list[Child]:
        """Scales each role to so many workers, personalize first in the result: running ones stay, surplus ones are stopped."""
        wanted = [("personalize", number) for number in range(personalize)]
        wanted += [("learn", number) for number in range(learn)]
        ended = [key for key in self._workers if key not in wanted]
        stop_all([self._workers.pop(key) for key in ended])
        started = [key for key in wanted if key not in self._workers]
        for role, number in started:
            self._workers[role, number] = self._start(role, number)
        for role, number in started:
            self._wait(self._workers[role, number], "worker ready")
        # A learn worker alone logs each partition once; among several, partitions go from one to another.
        if ("learn", 0) in started and learn == 1:
            self._wait(self._workers["learn", 0], BEGUN["learn"], PARTITIONS["learn"])
        children = [self._workers[key] for key in wanted]
        if ended or started:
            self._settle(children[:personalize])
        return children

    def _settle(self, workers: Sequence[Child]) -> None:
        """Sends a page view to each partition and waits until all are done: then partitions are open, and where they will stay."""
        if workers:
            before = self.total(EVENTS)
            self.publish(EVENTS, [page(f"{name}-{before}", name) for name in one_a_partition()])
            self.until_done(PERSONALIZE, EVENTS, workers)

    def until_done(self, group: str, topic: str, workers: Sequence[Child], within_s: float = START_S) -> None:
        """Wait until a group has committed a topic to its end.

        Raises:
            Unavailable: a worker ended, or it takes too long.
        """
        end, until_s = self.total(topic), time.monotonic() + within_s
        while self.committed(group, topic) < end:
            must_run(workers)
            if time.monotonic() > until_s:
                raise Unavailable(f"{group} does not get to the end of {topic}.\n{workers[0].tail()}", REPAIR)
            time.sleep(LOOK_S)

    @contextmanager
    def program(self, module: str, name: str, *, python: str = sys.executable) -> Iterator[Child]:
        """Starts another program of Playhead's, in a group of that name; it logs ``ready`` when it has its partitions."""
        folder = self.stores / name
        folder.mkdir(parents=True, exist_ok=True)
        child = Child(
            name,
            [self.settings.bootstrap, name, str(folder)],
            {},
            self._log(name),
            program=[python, *(["-m", module] if python == sys.executable else [module])],
        )
        try:
            yield child
        finally:
            stop_all([child])

    def publish(self, topic: str, acts: Sequence[Act]) -> None:
        """Produces all events, and waits until they are stored."""
        for act in acts:
            self.publisher.send(topic, act.profile_id, act.value)
            self.publisher.serve()
        self.publisher.flush()

    def total(self, topic: str) -> int:
        """How many records a topic has had."""
        return sum(end for _, end in ends(self._onlooker, topic))

    def begin_at_end(self, group: str, topic: str) -> None:
        """Makes a group that has no members yet begin at the present end of a topic."""
        places = [TopicPartition(topic, partition, end) for partition, end in ends(self._onlooker, topic)]
        self._asking(group).commit(offsets=places, asynchronous=False)

    def committed(self, group: str, topic: str) -> int:
        """How many records of a topic a group has committed."""
        places = [TopicPartition(topic, partition) for partition in range(PROFILE_PARTITIONS)]
        try:
            return sum(max(0, place.offset) for place in self._asking(group).committed(places, timeout=ASK_S))
        except KafkaException:  # no such group yet
            return 0

    def recovery(self, number: int = 0) -> Recovery:
        """What the personalize worker of that number logged when it started last."""
        text = self._log(f"personalize-{number}").read_text()
        records = [int(digits) for digits in re.findall(r"store recovered.*?records=(\d+)", text)]
        seconds = [float(digits) for digits in re.findall(r"store recovered.*?seconds=([\d.]+)", text)]
        return Recovery(sum(records), max(seconds, default=0.0))

    def topic_bytes(self, topic: str) -> int:
        """What a topic takes on the broker's disk."""
        logs = (self._home.absolute() / "run").glob(f"**/{topic}-*/*.log")
        # What was deleted stays for a minute, under a longer name.
        return sum(path.stat().st_size for path in logs if re.fullmatch(r".*-\d+", path.parent.name))

    def close(self) -> None:
        """Stops all processes and closes the connections."""
        stop_all(list(self._workers.values()))
        self._workers.clear()
        self.publisher.close()
        for client in (self._onlooker, *self._groups.values()):
            client.close()
        self._groups.clear()

    def _asking(self, group: str) -> Consumer:
        if group not in self._groups:
            self._groups[group] = consumer(self.settings, **{"group.id": group})
        return self._groups[group]

    def _log(self, name: str) -> Path:
        return self._home / "logs" / f"bench-{name}.log"

    def _start(self, role: str, number: int) -> Child:
        """A worker of that role, as a person would start it; its store outlives it."""
        environment: Mapping[str, str] = {
            "PLAYHEAD_BOOTSTRAP": self.settings.bootstrap,
            "PLAYHEAD_DATA_DIR": str(self.stores / f"{role}-{number}"),
            "PLAYHEAD_INSTANCE": f"bench-{role}-{number}",
            "PLAYHEAD_LOG_FORMAT": "text",
        }
        return Child(role, ["worker", role], environment, self._log(f"{role}-{number}"))

    def _wait(self, child: Child, text: str, times: int = 1) -> None:
        until_s = time.monotonic() + START_S
        while child.log is None or child.log.read_text().count(text) < times:
            if child.ended or time.monotonic() > until_s:
                raise Unavailable(f"The {child.name} process does not start.\n{child.tail()}\n", REPAIR)
            time.sleep(LOOK_S)

    def wait_for(self, child: Child, text: str) -> None:
        """Waits until a process has logged a text.

        Raises:
            Unavailable: it ends, or never does.
        """
        self._wait(child, text)


def must_run(children: Sequence[Child]) -> None:
    """Makes sure that all processes run.

    Raises:
        Unavailable: one has ended; the message has the end of its log.
    """
    for child in children:
        if child.ended:
            raise Unavailable(f"The {child.name} process ended.\n{child.tail()}\n", f"Read {child.log}.")


def used_s(children: Sequence[Child]) -> float:
    """Seconds of processor time that these processes have used in all."""
    return sum(cpu_s(child.process.pid) for child in children)


def _delete(admin: AdminClient) -> None:
    there = [topic for topic in admin.list_topics(timeout=ASK_S).topics if is_measured(topic)]
    if not there:
        return
    for answer in admin.delete_topics(there).values():
        answer.result(2 * ASK_S)
    _until(lambda: not any(map(is_measured, admin.list_topics(timeout=ASK_S).topics)), "delete topics")


def _until_listed(admin: AdminClient, topics: Sequence[str]) -> None:
    """Waits until created topics are listed, which takes a moment."""
    _until(lambda: set(topics) <= admin.list_topics(timeout=ASK_S).topics.keys(), "list its topics")


def _until(condition: Callable[[], bool], action: str) -> None:
    until_s = time.monotonic() + START_S
    while not condition():
        if time.monotonic() > until_s:
            raise Unavailable(f"Kafka does not {action}.", "See its log.")
        time.sleep(LOOK_S)


@contextmanager
def cluster(home: Path, progress: Progress) -> Iterator[BenchCluster]:
    """An environment without topics, removed afterwards.

    Raises:
        Unavailable: Kafka does not start.
    """
    with ExitStack() as stack:
        broker = stack.enter_context(EmbeddedBroker(home, progress=progress))
        stores = borrow(home.absolute() / "run")
        stack.callback(stores.close)
        settings = replace(from_environment({}), bootstrap=broker.bootstrap, instance=f"bench-{os.getpid()}")
        made = BenchCluster(settings, home, stores.path)
        stack.callback(made.close)
        yield made
