"""The interface between runtime and core: two roles, each a few functions over values."""

from collections.abc import Sequence
from typing import Protocol

from playhead.domain.errors import Rejected
from playhead.domain.records import Incoming, Outgoing, Source
from playhead.domain.stats import ArtworkTake, PrequentialPrediction
from playhead.models.river.state import ModelAct
from playhead.personalize.core import FoldedBatch, ReadRecords


class PersonalizerRole(Protocol):
    """Folds events into profiles and ranks; one a process, for all partitions the process owns."""

    def follow(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Takes in one record of a followed topic, in the topic's order; None forgets the key.

        Raises:
            Rejected: the record can't be used; the shell counts it and goes on.
        """

    def spread(self, shards: int) -> None:
        """Sets over how many shards markets are spread; called before the first batch."""

    def begin(self, batch: Sequence[Incoming], read: ReadRecords, source: Source, now_ms: int) -> FoldedBatch:
        """Folds a batch of events of one partition and returns its effects that concern the partition alone."""

    def finish(self, parts: Sequence[FoldedBatch]) -> None:
        """Completes folded batches, for several partitions at once. Deterministic, and harmless when repeated."""


class LearnerRole(Protocol):
    """Learns the models of one shard, which is one partition of the examples."""

    def restore(self, key: bytes, value: bytes | None) -> Rejected | None:
        """Takes in one published record, in the topic's order; returns why it can't be read, if so."""

    def begin(self) -> bool:
        """Ends restoring; returns whether some records are to be overwritten soon, and examples may have to be read again."""

    def position(self, epoch: int) -> int:
        """Offset of the next example to learn in this epoch of the topic, 0 if none was learned."""

    def learn(self, batch: Sequence[Incoming], source: Source) -> list[tuple[Incoming, Rejected]]:
        """Learns examples in the order of their offsets; returns those that can't be used."""

    def predicted(self) -> list[PrequentialPrediction]:
        """Prequential predictions: how outcomes learned since the last call were predicted before they were learned."""

    def other_features(self) -> int:
        """How many outcomes since the last call had features of another list, so that the heads did not learn them."""

    def widening(self) -> float:
        """The factor by which exploration widens the click head's uncertainty: 1, and more for a while after a drift."""

    def takes(self) -> list[ArtworkTake]:
        """Which of the pictures learned since the last call were taken."""

    def acts(self) -> list[ModelAct]:
        """What was done with River models since the last call."""

    def publish(self, now_ms: int) -> list[Outgoing]:
        """The records of what changed since the last publication, with the position that they cover; [] if nothing did."""


class LearnersRole(Protocol):
    """The learners of a process, which share the topics they follow."""

    def river_models(self) -> list[str]:
        """Names of the River models that learn beside the heads."""

    def spread(self, shards: int) -> None:
        """Sets over how many shards markets are spread; called before there is a learner."""

    def learner(self, shard: int) -> LearnerRole:
        """A new learner of a shard."""

    def follow(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Takes in one record of a followed topic (see ``PersonalizerRole.follow``)."""
