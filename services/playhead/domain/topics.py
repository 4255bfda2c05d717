"""The table of topics: name, key, partitions, cleanup, retention, by which topics are created and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from playhead.domain.partitioning import partition_of

EVENTS = "playhead.events"
TITLES = "playhead.titles"
TAGS = "playhead.tags"
RULES = "playhead.rules"
EXPERIMENTS = "playhead.experiments"
TOTALS = "playhead.experiment-totals"
RANKINGS = "playhead.rankings"
DECISIONS = "playhead.decisions"
EXAMPLES = "playhead.examples"
MODELS = "playhead.models"
ERASURES = "playhead.erasures"
DEAD_LETTERS = "playhead.dead-letters"
PROFILES_CHANGELOG = "playhead.personalize.profiles-changelog"

DAY_MS = 86_400_000
PROFILE_PARTITIONS = 4
"""Default number of partitions of all topics keyed by profile (``TopicLayout.partitions``)."""
EXAMPLE_PARTITIONS = 4
"""Default number of shards of the models (``TopicLayout.shards``)."""
MOST_PARTITIONS, MOST_SHARDS = 256, 64
"""Largest numbers that are accepted: a personalize worker keeps all shards in memory, 40 MB each."""

SEGMENT_BYTES = 67_108_864
"""Segment size of a compacted topic. Kafka compacts closed segments only: with its default of 1 GiB a changelog of 100,000 profiles grows to
two million records a partition, which a recovering worker must read."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it should be on the broker."""

    name: str
    key: str
    holds: str
    partitions: int
    cleanup: Literal["compact", "delete"]
    retention_ms: int = -1
    max_message_bytes: int = 1_048_588
    compaction_lag_ms: int = 0
    """Minimum age of records before compaction may remove them, in milliseconds."""

    def config(self) -> dict[str, str]:
        """The broker's settings of this topic, as Kafka names them."""
        config = {"cleanup.policy": self.cleanup, "max.message.bytes": str(self.max_message_bytes)}
        if self.cleanup == "delete":
            config["retention.ms"] = str(self.retention_ms)
        else:
            config["segment.bytes"] = str(SEGMENT_BYTES)
            config["min.compaction.lag.ms"] = str(self.compaction_lag_ms)
        return config


class TopicLayout(NamedTuple):
    """How keys are spread over partitions: chosen when the topics are created, and never changed."""

    partitions: int = PROFILE_PARTITIONS
    """Number of partitions of all topics keyed by profile: equal, so that a profile's state, events and rankings are on the same partition."""
    shards: int = EXAMPLE_PARTITIONS
    """Number of shards of the models: a market determines the partition of its examples, and the partition is the shard."""


TOPICS: tuple[Topic, ...] = (
    Topic(EVENTS, "profile_id", "every viewer event", PROFILE_PARTITIONS, "delete", 7 * DAY_MS),
    Topic(TITLES, "title_id", "the catalogue", 1, "compact"),
    Topic(TAGS, "title_id", "tags, mood and embedding of each title", 1, "compact"),
    Topic(RULES, "rule_id", "business rules", 1, "compact"),
    # While the newest version of an experiment can't be used, the one before it runs, also after a restart: this is the time to mend it.
    Topic(
        EXPERIMENTS,
        "experiment_id",
        "experiments and their arms",
        1,
        "compact",
        compaction_lag_ms=7 * DAY_MS,
    ),
    Topic(TOTALS, "partition of events", "metrics of the arms of experiments", 1, "compact"),
    Topic(RANKINGS, "profile_id", "the newest ranking of each profile", PROFILE_PARTITIONS, "compact"),
    Topic(
        DECISIONS,
        "profile_id",
        "each emitted ranking, with propensities",
        PROFILE_PARTITIONS,
        "delete",
        7 * DAY_MS,
    ),
    Topic(
        EXAMPLES, "market", "features and outcomes to learn from", EXAMPLE_PARTITIONS, "delete", 7 * DAY_MS
    ),
    Topic(MODELS, "bundle/shard/number or manifest/shard/", "parameters of the online models", 1, "compact"),
    Topic(
        ERASURES, "profile_id", "receipts of forgotten profiles", PROFILE_PARTITIONS, "delete", 90 * DAY_MS
    ),
    # A record of the largest size that the broker accepts needs room for the headers beside it.
    Topic(
        DEAD_LETTERS,
        "as the source",
        "records that could not be used, with reasons",
        PROFILE_PARTITIONS,
        "delete",
        30 * DAY_MS,
        2_097_152,
    ),
    # A suspended former owner may write a stale record when it resumes: the current owner notices, and writes the right one again, long before this.
    Topic(
        PROFILES_CHANGELOG,
        "profile_id",
        "the stored record of each profile",
        PROFILE_PARTITIONS,
        "compact",
        compaction_lag_ms=60_000,
    ),
)

"""The topics in the default layout."""
OF_PROFILES = tuple(topic.name for topic in TOPICS if topic.partitions > 1 and topic.name != EXAMPLES)


@cache
def topics(layout: TopicLayout) -> tuple[Topic, ...]:
    """The table, with the partitions of a layout."""
    chosen = dict.fromkeys(OF_PROFILES, layout.partitions) | {EXAMPLES: layout.shards}
    return tuple(replace(topic, partitions=chosen.get(topic.name, topic.partitions)) for topic in TOPICS)


@cache
def partitions(layout: TopicLayout) -> dict[str, int]:
    """The number of partitions of each topic."""
    return {topic.name: topic.partitions for topic in topics(layout)}


def layout_of(counts: Mapping[str, int]) -> TopicLayout:
    """The layout of existing topics, from their numbers of partitions by name; missing and unknown topics are ignored.

    Topics that others produce to may have been enlarged; the changelog is written by workers alone, so it decides.
    If it is not visible, the topic with the fewest partitions decides.

    >>> layout_of({EVENTS: 6, PROFILES_CHANGELOG: 4, EXAMPLES: 2}), layout_of({EVENTS: 6, RANKINGS: 8}), layout_of({})
    (TopicLayout(partitions=4, shards=2), TopicLayout(partitions=6, shards=4), TopicLayout(partitions=4, shards=4))
    """
    fewest = min((counts[name] for name in OF_PROFILES if name in counts), default=PROFILE_PARTITIONS)
    return TopicLayout(counts.get(PROFILES_CHANGELOG, fewest), counts.get(EXAMPLES, EXAMPLE_PARTITIONS))


@lru_cache(maxsize=65_536)
def partition_for(topic: str, key: bytes | None, layout: TopicLayout) -> int | None:
    """The partition of a record that Playhead writes, by the layout's number of partitions, even if the broker has more.

    None if any partition will do, and for unknown topics.

    >>> [partition_for(name, b"21", TopicLayout()) for name in (EVENTS, MODELS, "else")]
    [0, 0, None]
    """
    among = partitions(layout).get(topic)
    return None if among is None or key is None else partition_of(key, among)
