"""Unusable records of compacted topics: counted, logged once a key, and watched until they are gone."""

from playhead.domain.errors import Rejected
from playhead.domain.records import Incoming
from playhead.observe import metrics
from playhead.runtime.logs import Log

log = Log(__name__)

MOST = 10_000
"""Keys that are remembered: more of them change nothing about what is to be done."""


class Skipped:
    """The keys of followed topics whose newest record can't be used: a compacted topic keeps it until it is replaced."""

    def __init__(self) -> None:
        self._keys: dict[str, set[bytes]] = {}

    def skip(self, record: Incoming, error: Rejected) -> None:
        """Notes a record that can't be used."""
        metrics.DEAD_LETTERS.labels(record.topic, Rejected.__name__).inc()
        keys = self._keys.setdefault(record.topic, set())
        key = record.key or b""
        if key not in keys and len(keys) < MOST:
            keys.add(key)
            where = {"topic": record.topic, "offset": record.offset, "key": repr(key[:100])}
            log.warning("followed record skipped", why=str(error), **where)

    def used(self, record: Incoming) -> None:
        """Notes a usable record or a tombstone: the unusable one under its key is gone."""
        if keys := self._keys.get(record.topic):
            keys.discard(record.key or b"")

    def count(self, topic: str) -> int:
        """How many keys of a topic have a newest record that can't be used."""
        return len(self._keys.get(topic, ()))
