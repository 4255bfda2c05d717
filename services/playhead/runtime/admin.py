"""Compares the broker's topics with the table in ``domain/topics.py``; creates those that are missing."""

from collections.abc import Mapping

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewTopic

from playhead.domain.errors import Unavailable
from playhead.domain.topics import TOPICS, Topic
from playhead.runtime.connection import client_config
from playhead.runtime.differences import Difference
from playhead.runtime.settings import Settings

ASK_S = 20.0


def create_topics(settings: Settings) -> list[str]:
    """Create the topics that are missing; returns their names. Those that exist are left as they are.

    Raises:
        Unavailable: the broker doesn't answer or refuses.
    """
    admin = AdminClient(client_config(settings))
    wanted = [NewTopic(each.name, each.partitions, config=each.config()) for each in TOPICS]
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


def compare_topics(settings: Settings) -> list[Difference]:
    """What differs between the table of topics and the broker; [] when all is well.

    Raises:
        Unavailable: the broker doesn't answer.
    """
    admin = AdminClient(client_config(settings))
    try:
        there = admin.list_topics(timeout=ASK_S).topics
        present = [each for each in TOPICS if each.name in there]
        configs = _configs(admin, present)
    except KafkaException as error:
        raise _refused(settings, "describe its topics", error) from error
    differences = [Difference(each.name, "missing", "", "") for each in TOPICS if each.name not in there]
    for topic in present:
        differences += _compared(topic, len(there[topic.name].partitions), configs[topic.name])
    return differences


def _compared(topic: Topic, partitions: int, config: Mapping[str, str]) -> list[Difference]:
    actual = {"partitions": str(partitions), **config}
    wanted = {"partitions": str(topic.partitions), **topic.config()}
    return [
        Difference(topic.name, what, value, actual.get(what, ""))
        for what, value in wanted.items()
        if actual.get(what) != value
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


def _refused(settings: Settings, what: str, error: object) -> Unavailable:
    return Unavailable(
        f"Kafka at {settings.bootstrap} can't {what}: {error}.", "Start the broker, or mend its rights."
    )
