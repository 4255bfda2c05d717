"""Reports records that can't be read: counted for the alert, with a line in the log."""

from collections.abc import Mapping, Sequence

from faust.types import TP

from playhead.domain.errors import Unreadable
from playhead.domain.records import Incoming
from playhead.domain.topics import TOPICS
from playhead.observe import metrics
from playhead.runtime.logs import Log

log = Log(__name__)
RECORD, STRETCH, EXPIRED = "record", "stretch", "expired"

# From 0 on: of a series that begins with 1 Prometheus sees no increase, and there may be one such record only.
for _topic in TOPICS:
    for _kind in (RECORD, STRETCH, EXPIRED):
        metrics.UNREADABLE.labels(_topic.name, _kind)


def report(records: Sequence[Incoming]) -> None:
    """Counts the records that have a flaw, and logs the first."""
    flawed = [(record, record.flaw) for record in records if record.flaw is not None]
    for record, flaw in flawed:
        kind = STRETCH if isinstance(flaw, Unreadable) else RECORD
        metrics.UNREADABLE.labels(record.topic, kind).inc()
    if flawed:
        record, flaw = flawed[0]
        where = f"{record.topic}[{record.partition}]@{record.offset}"
        log.error("can't be read: left out", where=where, why=str(flaw), records=len(flawed))


def report_expired(places: Mapping[TP, tuple[int, int]]) -> None:
    """Counts and logs records that expired before they were read; ``places``: first and end offset by partition."""
    for tp, (begin, end) in places.items():
        metrics.UNREADABLE.labels(tp.topic, EXPIRED).inc(end - begin)
        log.error(
            "records expired before they were read",
            topic=tp.topic,
            partition=tp.partition,
            begin=begin,
            end=end,
        )
