"""Topics of the references, beside those of Playhead itself."""

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from playhead.domain.topics import PROFILE_PARTITIONS
from playhead.runtime.connection import client_config
from playhead.runtime.settings import Settings

OFFERED = "bench.offered"
"""The topic that the references read."""
FORWARDED = "bench.forwarded"
"""The topic that the references write."""
ECHO = "bench.echo"
"""The topic of the bare round trip."""
ASK_S = 20.0


def is_measured(topic: str) -> bool:
    """Whether a topic is Playhead's or a reference's, and not one of Kafka's own."""
    return not topic.startswith("__")


def create_references(settings: Settings) -> None:
    """Creates the topics of the references, with as many partitions as events have."""
    wanted = [NewTopic(name, PROFILE_PARTITIONS) for name in (OFFERED, FORWARDED, ECHO)]
    # Kept by name until all have answered: a client that nobody holds is gone, and its answers with it.
    admin = AdminClient(client_config(settings))
    for answer in admin.create_topics(wanted, request_timeout=ASK_S).values():
        answer.result(ASK_S)
