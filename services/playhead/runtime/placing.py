"""Whether producers put events on the partitions of their profiles: judged by the newest events of each partition."""

from typing import NamedTuple

from confluent_kafka.admin import AdminClient

from playhead.domain.forwarding import is_moved
from playhead.domain.partitioning import partition_of, partitioner_seen
from playhead.domain.records import Incoming
from playhead.domain.topics import EVENTS
from playhead.runtime.connection import client_config
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings
from playhead.runtime.topology import describe, ends, layout

NEWEST = 500
"""Records of a partition that are looked at."""
PAGE = "docs/producers.md, Which partition, has the setting of every client."
REPAIRS = {
    "murmur2": "They spread keys over {partitions} partitions: let them use the first {needed} only, or "
    "make the topic anew with {needed}.",
    "crc32": "Their client is built on librdkafka (confluent-kafka, rdkafka, kcat …), and crc32 is its default: set "
    "partitioner=murmur2_random.",
    "fnv1a": "FNV-1a is the default of sarama and the Hash of kafka-go: give them murmur2 "
    "(sarama.NewCustomPartitioner, kafka.Murmur2Balancer).",
    "": "They follow no known rule (round robin, random, a partition that is named, several clients): "
    "give them murmur2.",
}


class PlacementFinding(NamedTuple):
    """What was seen; ``repair`` is empty when all is well."""

    what: str
    repair: str = ""


def look(settings: Settings) -> PlacementFinding:
    """Measures which share of the newest events is on a wrong partition, and says what mends that. Blocks for some seconds.

    Raises:
        Unavailable: the broker doesn't answer.
    """
    partitions = describe(settings, EVENTS)[EVENTS].partitions
    return judge(newest_events(settings, partitions), partitions, layout(settings).partitions)


def judge(records: list[Incoming], partitions: int, needed: int) -> PlacementFinding:
    """Judges producers by the partitions of their events; events that were forwarded do not count.

    Args:
        records: Newest records of the events topic.
        partitions: How many partitions the topic has.
        needed: How many it should have (``TopicLayout.partitions``).
    """
    sent = [record for record in records if record.key and not is_moved(record)]
    wrong = [each for each in sent if partition_of(each.key or b"", needed) != each.partition]
    if not wrong:
        return PlacementFinding(f"the newest {len(sent):,} events are on their profiles' partitions")
    summary = (
        f"{len(wrong):,} of the newest {len(sent):,} events are on another partition than their profiles'"
    )
    # Events on the right partition say nothing of the rule: any rule is right on some of them.
    seen = partitioner_seen([(each.key or b"", each.partition) for each in wrong], partitions)
    return PlacementFinding(summary, f"{REPAIRS[seen].format(partitions=partitions, needed=needed)} {PAGE}")


def newest_events(settings: Settings, partitions: int) -> list[Incoming]:
    """The newest events of each partition, in their order."""
    newest: list[Incoming] = []
    for partition, end in ends(AdminClient(client_config(settings)), EVENTS, range(partitions)).items():
        with Reader(settings, EVENTS, partition=partition, offset=max(0, end - NEWEST)) as reader:
            records = [record for batch in reader.to_end() for record in batch]
        newest += records[-NEWEST:]
    return newest
