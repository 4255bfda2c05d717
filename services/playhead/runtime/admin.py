"""Compares the broker's topics with the table in ``domain/topics.py``; creates those that are missing."""

from collections.abc import Mapping

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewTopic

from playhead.domain.errors import Unavailable
from playhead.domain.topics import EXAMPLES, OF_PROFILES, TOPICS, Topic, TopicLayout, layout_of, topics
from playhead.runtime.connection import client_config
from playhead.runtime.differences import TopicDifference
from playhead.runtime.settings import Settings

ASK_S = 20.0


def create_topics(settings: Settings, partitions: int | None = None, shards: int | None = None) -> list[str]:
    """Create the topics that are missing; returns their names. Those that exist are left as they are.

    Args:
        settings: Where the broker is.
        partitions: Partitions of each topic keyed by profile; None: as many as existing ones have, or else 4.
        shards: Shards of the models; None likewise.

    Raises:
        Unavailable: the broker doesn't answer or refuses, or topics exist with another layout.
    """
    layout = _chosen(settings, partitions, shards)
    admin = AdminClient(client_config(settings))
    wanted = [NewTopic(each.name, each.partitions, config=each.config()) for each in topics(layout)]
    created = []
    for name, answer in admin.create_topics(wanted, request_timeout=ASK_S).items():
        try:
            answer.result(ASK_S)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise _refused(settings, f"create {name}", error) from error
        except TimeoutError as error:
            raise _refused(settings, f"create {name}", "no answer in time") from error
        else:
            created.append(name)
    return created


def compare_topics(settings: Settings) -> list[TopicDifference]:
    """What differs between the table of topics and the broker; [] when all is well.

    Raises:
        Unavailable: the broker doesn't answer.
    """
    admin = AdminClient(client_config(settings))
    try:
        there = admin.list_topics(timeout=ASK_S).topics
        layout = layout_of({name: len(topic.partitions) for name, topic in there.items()})
        present = [each for each in topics(layout) if each.name in there]
        configs = _configs(admin, present)
    except KafkaException as error:
        raise _refused(settings, "describe its topics", error) from error
    differences = [TopicDifference(each.name, "missing", "", "") for each in TOPICS if each.name not in there]
    for topic in present:
        differences += _compared(topic, len(there[topic.name].partitions), configs[topic.name])
    return differences


def _chosen(settings: Settings, partitions: int | None, shards: int | None) -> TopicLayout:
    try:
        there = AdminClient(client_config(settings)).list_topics(timeout=ASK_S).topics
    except KafkaException as error:
        raise _refused(settings, "list its topics", error) from error
    counts = {name: len(topic.partitions) for name, topic in there.items()}
    is_there = layout_of(counts)
    chosen = TopicLayout(partitions or is_there.partitions, shards or is_there.shards)
    for asked, has, family in (
        (chosen.partitions, is_there.partitions, OF_PROFILES),
        (chosen.shards, is_there.shards, (EXAMPLES,)),
    ):
        if asked != has and (made := [name for name in family if name in counts]):
            raise Unavailable(
                f"{', '.join(made)} are laid out over {has} partitions, not {asked}.",
                "What is stored goes by that number, so it is chosen once: leave the option out, or delete these topics "
                "and the workers' data folders, with all that they hold, and run this again.",
            )
    return chosen


def _compared(topic: Topic, partitions: int, config: Mapping[str, str]) -> list[TopicDifference]:
    actual = {"partitions": str(partitions), **config}
    wanted = {"partitions": str(topic.partitions), **topic.config()}
    return [
        TopicDifference(topic.name, setting, value, actual.get(setting, ""))
        for setting, value in wanted.items()
        if actual.get(setting) != value
    ]


def _configs(admin: AdminClient, topics: list[Topic]) -> dict[str, dict[str, str]]:
    if not topics:
        return {}
    resources = [ConfigResource(ResourceType.TOPIC, each.name) for each in topics]
    answers = admin.describe_configs(resources, request_timeout=ASK_S)
    return {
        resource.name: {name: str(entry.value) for name, entry in answer.result(ASK_S).items()}
        for resource, answer in answers.items()
    }


def _refused(settings: Settings, action: str, error: object) -> Unavailable:
    return Unavailable(
        f"Kafka at {settings.bootstrap} can't {action}: {error}.", "Start the broker, or mend its rights."
    )
