"""Events whose producer puts profiles on other partitions than Playhead does: forwarded, or refused.

Two halves of a profile, each with a ranking of its own, would overtake each other, and an erasure would reach one of them.
"""

from playhead.arrays.hashing import partition_of
from playhead.domain.errors import Rejected
from playhead.domain.forwarding import moved
from playhead.domain.records import Effects, Incoming
from playhead.observe import metrics

REPAIR = (
    "Give the producer Kafka's own partitioner, murmur2 (docs/producers.md, Which partition, says how for each client), then "
    "send the originals again: playhead dead-letters replay."
)

# From 0 on: of a series that begins with 1 Prometheus sees no increase.
for _how in ("forward", "refuse"):
    metrics.MISPLACED.labels(_how)


def settle(effects: Effects, how: str, partitions: int) -> None:
    """Moves misplaced events of a batch into its effects: forwarded to their partitions, or rejected.

    Args:
        effects: Effects of the batch; ``misplaced`` is empty afterwards.
        how: The setting ``misplaced``: ``forward`` or ``refuse``.
        partitions: Number of partitions over which profiles are spread.
    """
    if not effects.misplaced:
        return
    metrics.MISPLACED.labels(how).inc(len(effects.misplaced))
    places = [(record, partition_of(record.key or b"", partitions)) for record in effects.misplaced]
    if how == "refuse":
        effects.rejected.extend((record, _refusal(record, right)) for record, right in places)
    else:
        effects.first.extend(moved(record, right) for record, right in places)
    effects.misplaced.clear()


def _refusal(record: Incoming, right: int) -> Rejected:
    return Rejected(
        f"The event stands on partition {record.partition}, and its profile belongs to {right}.", REPAIR
    )
