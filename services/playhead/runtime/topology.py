"""A topic's epoch, and how many partitions it has."""

import zlib
from collections.abc import Iterable
from typing import NamedTuple

from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from playhead.domain.errors import Unavailable
from playhead.domain.topics import TopicLayout, layout_of
from playhead.runtime.connection import client_config
from playhead.runtime.differences import Missing
from playhead.runtime.settings import Settings

ASK_S = 5.0
LEADERLESS = frozenset(
    {
        KafkaError._NOENT,  # noqa: SLF001 - errors of the client itself begin so
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.LEADER_NOT_AVAILABLE,
    }
)


class Described(NamedTuple):
    """A topic as the broker has it."""

    epoch: int
    partitions: int


def epoch_of(topic_id: str) -> int:
    """The epoch of a topic: a 32-bit digest of Kafka's topic id, so that a recreated topic has another.

    >>> epoch_of("MDAwMDAwMDAwMDAwMDAwMQ") != epoch_of("MDAwMDAwMDAwMDAwMDAwMg")
    True
    """
    return zlib.crc32(topic_id.encode())


def describe(settings: Settings, *names: str, admin: AdminClient | None = None) -> dict[str, Described]:
    """Asks the broker for topics; blocks for a few seconds at most. ``admin``: a client to use again.

    Raises:
        Missing: topics are not there.
        Unavailable: the broker doesn't answer.
    """
    admin = admin or AdminClient(client_config(settings))
    try:
        return _describe(admin, names)
    except (KafkaException, TimeoutError) as error:
        reason = f"Kafka at {settings.bootstrap} can't describe {', '.join(names)}: {error}."
        raise Unavailable(reason, "Start the broker, or mend its rights.") from error


def _describe(admin: AdminClient, names: Iterable[str]) -> dict[str, Described]:
    asked = admin.describe_topics(TopicCollection(list(names)), request_timeout=ASK_S)
    described: dict[str, Described] = {}
    missing = []
    for name, answer in asked.items():
        try:
            topic = answer.result(2 * ASK_S)
        except (KafkaException, TimeoutError) as error:
            if not _is_missing(error):
                raise
            missing.append(name)
        else:
            described[name] = Described(epoch_of(str(topic.topic_id)), len(topic.partitions))
    if missing:
        raise Missing(missing)
    return described


def layout(settings: Settings) -> TopicLayout:
    """How keys are spread over partitions on this broker; blocks for some seconds at most.

    Raises:
        Unavailable: the broker doesn't answer, or has no topics of ours.
    """
    try:
        there = AdminClient(client_config(settings)).list_topics(timeout=ASK_S).topics
    except KafkaException as error:
        reason = f"Kafka at {settings.bootstrap} can't list its topics: {error}."
        raise Unavailable(reason, "Start the broker, or mend its rights.") from error
    return layout_of({name: len(topic.partitions) for name, topic in there.items()})


def _is_missing(error: Exception) -> bool:
    return isinstance(error, KafkaException) and error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART


def begin(settings: Settings, topic: str, partition: int) -> int:
    """Offset of the first record that a partition still has; blocks for a few seconds at most.

    Raises:
        Missing: the topic is not there.
        Unavailable: the broker doesn't answer.
    """
    # A name of its own: with the client, what it was asked for would be gone.
    admin, part = AdminClient(client_config(settings)), TopicPartition(topic, partition)
    asked: dict[TopicPartition, OffsetSpec] = {part: OffsetSpec.earliest()}  # type: ignore[no-untyped-call]
    try:
        answers = admin.list_offsets(asked, request_timeout=ASK_S)
        return int(answers[part].result(2 * ASK_S).offset)
    except (KafkaException, TimeoutError) as error:
        raise _unanswered(admin, topic, "begin", error) from error


def ends(
    admin: AdminClient, topic: str, partitions: Iterable[int], *, committed: bool = True
) -> dict[int, int]:
    """Offset after the last record of partitions; blocks for a few seconds at most.

    Args:
        admin: The client to ask with.
        topic: Name of the topic.
        partitions: Numbers of the partitions.
        committed: Stop at the first record of a transaction that is open (the last stable offset), behind which
            nobody who reads committed records gets anything.

    Raises:
        Missing: the topic is not there.
        Unavailable: the broker doesn't answer.
    """
    asked: dict[TopicPartition, OffsetSpec] = {
        TopicPartition(topic, number): OffsetSpec.latest()  # type: ignore[no-untyped-call]
        for number in partitions
    }
    try:
        level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        answers = admin.list_offsets(asked, request_timeout=ASK_S, isolation_level=level) if asked else {}
        return {part.partition: int(answer.result(2 * ASK_S).offset) for part, answer in answers.items()}
    except (KafkaException, TimeoutError) as error:
        raise _unanswered(admin, topic, "ends", error) from error


def _unanswered(admin: AdminClient, topic: str, bound: str, error: Exception) -> Exception:
    """Why offsets were not returned: a topic that was just deleted has no leaders, nor has one that is electing a leader."""
    if isinstance(error, KafkaException) and error.args[0].code() in LEADERLESS:
        try:
            _describe(admin, [topic])
        except Missing as missing:
            return missing
        except (KafkaException, TimeoutError):
            pass  # the broker is away: said below
    return Unavailable(f"Can't ask for the {bound} of {topic}: {error}.", "See to the broker.")
