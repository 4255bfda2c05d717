"""The one table of topics: name, key, partitions, cleanup, retention. Everything that creates or checks reads it."""

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
"""Partitions of all topics keyed by profile, where nobody chooses others (``TopicLayout.partitions``)."""
EXAMPLE_PARTITIONS = 4
"""Shards of the models, where nobody chooses others (``TopicLayout.shards``)."""
MOST_PARTITIONS, MOST_SHARDS = 256, 64
"""A worker of personalize keeps all shards, 40 MB each. More of either is no choice but a mistake."""

SEGMENT_BYTES = 67_108_864
"""Of a compacted topic. Kafka compacts closed segments only: with its own 1 GiB a changelog of 100,000 profiles grows to
two million records a partition, which whoever recovers must read."""


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
    """Minimum age of records that may be compacted away, in milliseconds."""

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
    """How keys are spread over partitions: chosen when the topics are made, and for good."""

    partitions: int = PROFILE_PARTITIONS
    """Of all topics keyed by profile: they must agree, so that a profile's state, events and rankings meet."""
    shards: int = EXAMPLE_PARTITIONS
    """Of the models: the market decides the partition of its examples, and the partition is the shard."""


TOPICS: tuple[Topic, ...] = (
    Topic(EVENTS, "profile_id", "every viewer event", PROFILE_PARTITIONS, "delete", 7 * DAY_MS),
    Topic(TITLES, "title_id", "the catalogue", 1, "compact"),
    Topic(TAGS, "title_id", "tags, mood and embedding of each title", 1, "compact"),
    Topic(RULES, "rule_id", "business rules", 1, "compact"),
    # While a newer version of an experiment can't be used the one before it runs, after a restart too: time to mend it.
    Topic(
        EXPERIMENTS,
        "experiment_id",
        "experiments and their arms",
        1,
        "compact",
        compaction_lag_ms=7 * DAY_MS,
    ),
    Topic(TOTALS, "partition of events", "what the arms of experiments have brought about", 1, "compact"),
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
    # An original of the largest size that the broker takes needs room for the headers beside it.
    Topic(
        DEAD_LETTERS,
        "as the source",
        "what could not be used, and why",
        PROFILE_PARTITIONS,
        "delete",
        30 * DAY_MS,
        2_097_152,
    ),
    # A stopped owner may write when it wakes up: the owner notices, and writes the truth once more, long before this.
    Topic(
        PROFILES_CHANGELOG,
        "profile_id",
        "the stored record of each profile",
        PROFILE_PARTITIONS,
        "compact",
        compaction_lag_ms=60_000,
    ),
)

"""As they are made where nobody chooses a layout."""
OF_PROFILES = tuple(topic.name for topic in TOPICS if topic.partitions > 1 and topic.name != EXAMPLES)


@cache
def topics(layout: TopicLayout) -> tuple[Topic, ...]:
    """The table, with the partitions of a layout."""
    chosen = dict.fromkeys(OF_PROFILES, layout.partitions) | {EXAMPLES: layout.shards}
    return tuple(replace(topic, partitions=chosen.get(topic.name, topic.partitions)) for topic in TOPICS)


@cache
def partitions(layout: TopicLayout) -> dict[str, int]:
    """How many partitions each topic needs."""
    return {topic.name: topic.partitions for topic in topics(layout)}


def layout_of(found: Mapping[str, int]) -> TopicLayout:
    """The layout of topics that have so many partitions each, by name; topics that are missing, or not known, say nothing.

    Others produce to some topics, and so may have reason to make them larger; the changelog is written by workers alone.
    Where it can't be seen, the topic with fewest partitions tells.

    >>> layout_of({EVENTS: 6, PROFILES_CHANGELOG: 4, EXAMPLES: 2}), layout_of({EVENTS: 6, RANKINGS: 8}), layout_of({})
    (TopicLayout(partitions=4, shards=2), TopicLayout(partitions=6, shards=4), TopicLayout(partitions=4, shards=4))
    """
    fewest = min((found[name] for name in OF_PROFILES if name in found), default=PROFILE_PARTITIONS)
    return TopicLayout(found.get(PROFILES_CHANGELOG, fewest), found.get(EXAMPLES, EXAMPLE_PARTITIONS))


@lru_cache(maxsize=65_536)
def partition_for(topic: str, key: bytes | None, layout: TopicLayout) -> int | None:
    """The partition of a record that Playhead writes: by the layout's number of partitions, also where the broker has more.

    None where any partition will do, and for topics of others.

    >>> [partition_for(name, b"21", TopicLayout()) for name in (EVENTS, MODELS, "else")]
    [0, 0, None]
    """
    among = partitions(layout).get(topic)
    return None if among is None or key is None else partition_of(key, among)
