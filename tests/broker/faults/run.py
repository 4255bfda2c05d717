"""One run: a world, a crew under load, a fault, and the verdict when all have come to rest."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, Protocol

from confluent_kafka import Consumer, TopicPartition
from tests.broker.faults.crew import Crew, Member
from tests.broker.faults.judge import Figures, Life, judge
from tests.broker.faults.load import Load
from tests.broker.faults.story import START_MS, Act, Story, visit
from tests.broker.oracle import Oracle, newest
from tests.broker.world import Place, Tail, World, wait_until
from tests.models.published_states import manifest_in

from playhead.domain.partitioning import partition_of
from playhead.domain.records import Incoming
from playhead.domain.topics import EVENTS, EXAMPLES, MODELS, RANKINGS, TITLES, partitions
from playhead.runtime.connection import reader_config
from playhead.runtime.settings import Settings

SETTLE_S = 120.0
LAST_VISITS = 1_000_000
"""Number of the first of them."""
FOLLOWED = re.compile(
    rf'^playhead_followed_offset{{partition="0",topic="{re.escape(MODELS)}"}} (\S+)$', re.MULTILINE
)


class Broker(Protocol):
    """What a fault may do to Kafka."""

    @property
    def bootstrap(self) -> str:
        """Where it is."""

    @property
    def pid(self) -> int:
        """Its process now."""

    def kill(self) -> None:
        """As kill -9 does."""

    def restart(self) -> None:
        """Start it again, after a clean stop when it runs."""


@dataclass(frozen=True)
class Options:
    """How hard a run is."""

    seed: int = 1
    rate: float = 1000.0
    quick: bool = False
    """As little as shows the fault; for the check."""
    without: str = ""
    """The protection that all workers lack."""
    partitions: int | None = None
    shards: int | None = None
    """How the topics are made."""


class Run:
    """What a fault finds: workers that serve under load."""

    def __init__(self, broker: Broker, settings: Settings, folder: Path, options: Options) -> None:
        self.broker = broker
        self.options = options
        self.rng = Random(options.seed)
        self.world = World(replace(settings, publish_every_s=0.2))
        self.story = Story(options.seed)
        self.crew = Crew(self.world.settings, folder, options.without)
        self.lives: list[Life] = []
        self.cleanup = ExitStack()
        """What a fault leaves behind goes last."""
        self.marks: list[int] = []
        self._since_ms = 0
        self.profiles = one_a_partition("first", self.world.layout.partitions)
        self.seeded: dict[bytes, bytes] = {}
        """Records that are on the changelog without events."""
        self.notes: dict[str, float] = {}
        """Figures of this fault alone, by name."""
        self._group = Consumer(
            reader_config(self.world.settings) | {"group.id": "playhead-personalize", "log_level": 0}
        )
        self._acts = self.story.acts()
        self.load = self._load(self._acts)

    def begin(self, personalize: int = 1, *, watched: bool = False) -> None:
        """Publish titles, start workers, wait until they answer, and begin to send."""
        self.world.produce(TITLES, self.story.encoded)
        self.crew.hire("learn")
        for number in range(personalize):
            self.crew.hire("personalize", number, watched=watched)
        for number, profile in enumerate(self.profiles):
            self.load.send(visit(profile, number))
        self.wait(lambda: self.done() == self.load.sent, "the first events are done")
        self._since_ms = now_ms()
        self.load.start()

    def send_through(self, change: Callable[[Iterator[Act]], Iterator[Act]]) -> None:
        """Change what will be sent. Before ``begin``."""
        self.load.close()
        self.load = self._load(change(self._acts))

    def mark(self) -> None:
        """From now on it counts how long it takes until every partition answers again."""
        self.marks.append(now_ms())

    def pass_time(self, seconds: float) -> None:
        """Let the load go on."""
        time.sleep(seconds)

    @property
    def worker(self) -> Member:
        """The personalize worker, or the first of them."""
        return self.crew.of("personalize")[0]

    def serving(self, within_s: float = 60) -> None:
        """Wait until the group has committed what is on the topic by now: all partitions are at work."""
        ends = self._ends()
        self.wait(
            lambda: all(self.committed()[part] >= end for part, end in ends.items()), "served", within_s
        )

    def wait(self, condition: Callable[[], bool], what: str, within_s: float = SETTLE_S) -> float:
        """Seconds until something holds."""
        return wait_until(condition, f"{what} (log: {self.crew.log})", within_s, 0.02)

    def answering(self, within_s: float = 60) -> None:
        """Wait until every partition has committed something more; it may still be behind."""
        before = self.committed()
        self.wait(
            lambda: all(self.committed()[part] > done for part, done in before.items()), "answered", within_s
        )

    def done(self) -> int:
        """Events whose effects are committed, in this life of the topic."""
        return sum(self.committed().values())

    def lag(self) -> int:
        """Events on the topic that are not done."""
        return sum(self._ends().values()) - self.done()

    def new_life(self) -> None:
        """The events topic is about to be made anew: what was on it goes to the record."""
        self.load.finish()
        self.serving()
        self.lives.append(Life(Oracle(self.world).epoch, self.world.read(EVENTS)))
        self.load = self._load(self._acts)

    def more_load(self, *, of: Callable[[Act], bool] = lambda _: True) -> Load:
        """The load goes on after it was finished, with some acts only; what was stored before stays known."""
        load = self._load(filter(of, self._acts))
        load.stored = self.load.stored
        return load

    def one_event(self, act: Act) -> Place:
        """Send one record beside the load."""
        [place] = self.world.produce(EVENTS, [(act.key, act.value)])
        return place

    def set_config(self, topic: str, name: str, value: str) -> None:
        """Change a topic."""
        self.world.set_config(topic, name, value)

    def settle(self) -> Figures:
        """Stop sending, wait until all is done and learned, let every profile ask once more, and judge."""
        self.load.finish()
        self.serving(within_s=SETTLE_S)
        self._until_learned()
        for member in self.crew.of("learn"):
            # What the last visits teach must not move the models that they are answered with.
            self.crew.dismiss(member, gently=True)
        return self._verdict()

    def close(self) -> None:
        """End everything."""
        for each in (self._group, self.world, self.crew, self.load):
            self.cleanup.callback(each.close)
        self.cleanup.close()

    def _verdict(self) -> Figures:
        oracle = Oracle(self.world)
        lives = [*self.lives, Life(oracle.epoch, self.world.read(EVENTS))]
        figures = judge(self.world, oracle, lives, self.load.stored, self.marks, self.seeded, self._since_ms)
        wrong = self._last_visits(oracle)
        why = (f"{len(wrong)} last rankings are not the core's: {wrong[:3]}",) if wrong else ()
        return replace(figures, rankings_wrong=figures.rankings_wrong + len(wrong), why=(*figures.why, *why))

    def _last_visits(self, oracle: Oracle) -> list[bytes]:
        """Every profile asks once more; those whose answer is not what the core itself ranks."""
        before = self.load.stored.keys() | set()
        # Visits of their own: one whose id is known already is no reason to rank.
        for number, profile in enumerate(sorted(oracle.stored.keys() - self.seeded.keys()), LAST_VISITS):
            self.load.send(visit(profile, number, START_MS * 2))
        self.load.finish()
        self.serving(within_s=SETTLE_S)
        oracle.follow(_newest_models(self.world))
        new = self.load.stored.keys() - before
        oracle.fold([each for each in self.world.read(EVENTS) if (each.partition, each.offset) in new])
        rankings = newest(self.world, RANKINGS)
        asked = oracle.stored.keys() - self.seeded.keys()
        return [key for key in asked if not _same(rankings.get(key), oracle.rankings.get(key))]

    def _load(self, acts: Iterator[Act]) -> Load:
        return Load(self.world.settings, acts, self.options.rate)

    def committed(self) -> dict[int, int]:
        """Up to where events are done, by partition."""
        asked = [TopicPartition(EVENTS, number) for number in range(self.world.layout.partitions)]
        return {part.partition: max(0, part.offset) for part in self._group.committed(asked, timeout=5)}

    def _ends(self, topic: str = EVENTS) -> dict[int, int]:
        return {
            number: self._group.get_watermark_offsets(TopicPartition(topic, number), timeout=10)[1]
            for number in range(partitions(self.world.layout)[topic])
        }

    def _until_learned(self) -> None:
        ends = {shard: end for shard, end in self._ends(EXAMPLES).items() if end}
        with closing(Published(self.world.settings)) as models:
            self.wait(lambda: models.cover(ends), "all is learned")
            for member in self.crew.of("personalize"):
                self.wait(lambda member=member: _followed(member) >= models.newest, "the models are followed")  # type: ignore[misc]


class Published:
    """How far the models topic says that examples are learned."""

    def __init__(self, settings: Settings) -> None:
        self._tail = Tail(settings, MODELS)
        self._learned: dict[int, int] = {}
        self.newest = -1
        self.close = self._tail.close

    def cover(self, ends: Mapping[int, int]) -> bool:
        """Whether all shards have learned up to there."""
        for record in self._tail.some(0.05):
            self.newest = record.offset
            if learned := manifest_in(record.key or b"", record.value):
                self._learned[learned[0]] = learned[1].examples_offset
        return all(self._learned.get(shard, 0) >= end for shard, end in ends.items())


def now_ms() -> int:
    """As Kafka's clients stamp records."""
    return time.time_ns() // 1_000_000


def one_a_partition(name: str, count: int) -> list[bytes]:
    """Profiles whose events go to partition 0, 1, 2 …"""
    profiles: dict[int, bytes] = {}
    for number in range(1000):
        profile = f"{name}-{number}".encode()
        profiles.setdefault(partition_of(profile, count), profile)
    return [profiles[partition] for partition in range(count)]


def _newest_models(world: World) -> list[Incoming]:
    """What compaction would leave of the models, manifests last: much less to follow, to the same end."""
    newest: dict[bytes | None, Incoming] = {}
    for record in world.read(MODELS):
        newest.pop(record.key, None)  # the later of two bundles is right: order counts
        newest[record.key] = record
    return sorted(newest.values(), key=lambda record: (record.key or b"").startswith(b"manifest/"))


def _same(sent: bytes | None, wanted: Any) -> bool:
    """Whether a ranking is the core's in every field but the clock."""
    if sent is None or wanted is None:
        return False
    ranking = json.loads(sent)
    return bool(ranking == wanted | {"computed_at": ranking["computed_at"]})


def _followed(member: Member) -> int:
    match = FOLLOWED.search(member.metrics())
    return int(float(match[1])) if match else -1
