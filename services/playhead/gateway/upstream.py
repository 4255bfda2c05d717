"""Whether Kafka answers, has the topics that the gateway needs, and has not recreated them since it started."""

import asyncio
import time
from collections.abc import Callable

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from playhead.domain.access import RIGHTS
from playhead.domain.errors import Unavailable
from playhead.runtime.connection import client_config
from playhead.runtime.logs import Log
from playhead.runtime.settings import Settings

log = Log(__name__)

LOOK_S = 2.0
ASK_S = 3.0
SILENT_S = 10.0
"""A broker that restarts answers again within some seconds; after longer silence it is reported as gone."""
TOPICS = tuple(sorted({right.name for right in RIGHTS["gateway"] if right.kind == "topic"}))


class Upstream:
    """Asks for the topics' ids every other second, by a connection of its own.

    A topic that was recreated ends the gateway, as all its state is of the old topic: rankings, places, the models of
    the child process, versions that streams have sent. A restart takes two seconds; workers do the same.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._ids: dict[str, str] = {}
        self._missing: list[str] = []
        self._answered_s = clock()
        self._reported = ""
        self.there = asyncio.Event()
        """Set once all topics have been seen, so that following them can begin."""

    @property
    def trouble(self) -> Unavailable | None:
        """What is wrong with Kafka, None if nothing is."""
        silent_s = self._clock() - self._answered_s
        if silent_s > SILENT_S:
            return Unavailable(
                f"Kafka has not answered for {silent_s:.0f} s.",
                "Start the broker. What was not accepted can be sent again then.",
            )
        if self._missing:
            return Unavailable(
                f"Topics are missing: {', '.join(self._missing)}.", "Create them: playhead topics."
            )
        return None

    def need(self, topic: str) -> None:
        """Makes sure that a topic exists, rather than wait until a record for it can't be delivered.

        Raises:
            Unavailable: it is missing.
        """
        if topic in self._missing and (trouble := self.trouble):
            raise trouble

    async def watch(self) -> None:
        """Watches the topics for ever.

        Raises:
            Unavailable: a topic was recreated.
        """
        # The other connections log that they reconnect: this one would say the same every other second.
        admin = AdminClient(client_config(self._settings) | {"log_level": 0})
        while True:
            try:
                ids = await asyncio.to_thread(_ids, admin)
            except (KafkaException, TimeoutError) as error:
                self._report(error)
            else:
                self._take(ids)
                self._report()
            await asyncio.sleep(LOOK_S)

    def _take(self, ids: dict[str, str]) -> None:
        self._answered_s = self._clock()
        self._missing = [name for name in TOPICS if name not in ids]
        anew = [name for name, topic_id in ids.items() if self._ids.get(name, topic_id) != topic_id]
        if anew:
            raise Unavailable(
                f"Made anew: {', '.join(anew)}.", "The gateway has to start again, with their first records."
            )
        self._ids |= ids
        if not self._missing:
            self.there.set()

    def _report(self, error: Exception | None = None) -> None:
        trouble = self.trouble
        # Without its seconds: a trouble that lasts is logged once.
        news = "" if trouble is None else ", ".join(self._missing) or trouble.repair
        if news != self._reported:
            self._reported = news
            if trouble is None:
                log.info("Kafka answers and has all topics")
            else:
                log.warning("not ready", why=str(trouble), kafka=str(error or "answers"))


def _ids(admin: AdminClient) -> dict[str, str]:
    """The ids of the existing topics; blocks for some seconds at most."""
    ids = {}
    for name, answer in admin.describe_topics(TopicCollection(list(TOPICS)), request_timeout=ASK_S).items():
        try:
            ids[name] = str(answer.result(2 * ASK_S).topic_id)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise
    return ids
