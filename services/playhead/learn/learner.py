"""The core of a learn worker: reads the examples of one shard, publishes changed parameters, learns each example once."""

from collections.abc import Callable, Sequence

import msgspec

from playhead.arrays.vocabulary import Vocabulary
from playhead.catalogue.catalogue import Catalogue
from playhead.domain.errors import Rejected, Unavailable
from playhead.domain.examples import Example, Features
from playhead.domain.records import Incoming, Outgoing, Source
from playhead.domain.stats import ArtworkTake, PrequentialPrediction
from playhead.domain.topics import MODELS
from playhead.models import artwork
from playhead.models.head_lists import are_known, check
from playhead.models.river.state import ModelAct
from playhead.models.shard import Models
from playhead.models.snapshots.log_index import SegmentLog
from playhead.models.snapshots.rows import (
    MANIFESTS,
    Manifest,
    Newer,
    RowPlace,
    decode_row,
    encode_row,
    key_of,
    place_of,
)
from playhead.models.snapshots.schema import Bundle

_decoder = msgspec.json.Decoder(Example)


def decoded(record: Incoming) -> Example:
    """Decodes the example in a record.

    Raises:
        Rejected: the record holds no example.
    """
    if record.flaw is not None:
        raise record.flaw
    try:
        return _decoder.decode(record.value or b"")
    except msgspec.MsgspecError as error:
        raise Rejected(f"No example: {error}.", "Only personalize workers write this topic.") from error


class Learner:
    """Learns the examples of one shard, in the order of their partition.

    Each publication holds the offset up to which it has learned; a restored learner continues from there, so no
    example is lost or learned twice, whichever process dies. Duplicates on the topic itself (from a personalize
    worker that repeats a batch) are recognised by their origin, as offsets of one source partition only grow.

    An unreadable row costs only its contents: its parts keep the newest readable value, if there
    is one, and the next publication overwrites the row. Without its manifest it is unknown which examples a
    version has learned, and learning one twice would do more harm than learning all anew: so the learner continues from the last
    readable manifest, with the parts as of then, or from empty models if there is none.
    """

    def __init__(
        self, shard: int, models: Models | None = None, explain: Callable[[Example], None] | None = None
    ) -> None:
        self.shard = shard
        self._explain = explain
        self.models = models or Models(shard, Catalogue(Vocabulary()), learns=True)
        self._epoch = 0
        self._next = 0
        self._published = 0
        self._watermarks: dict[str, tuple[int, int]] = {}
        self._waiting: list[tuple[RowPlace, Bundle]] = []
        self._ring = SegmentLog(shard, self.models.trackers)
        self._broken: dict[RowPlace, Rejected] = {}
        """Rows that can't be read, by place, until a readable one replaces them."""
        self._of_others = 0
        self._anew = False
        """Whether unreadable rows must be overwritten, even if nothing is learned."""

    def restore(self, key: bytes, value: bytes | None) -> Rejected | None:
        """Reads a row of the models topic; rows of other shards change nothing.

        Returns:
            The error, if the row can't be read; ``begin`` decides about it once all rows are read.
        """
        try:
            place = place_of(key)
        except Rejected as error:
            return error if value is not None else None
        if place.shard != self.shard:
            return None
        self._broken.pop(place, None)
        if value is None:
            return None
        try:
            row = decode_row(place, value)
        except Rejected as error:
            self._broken[place] = error
            return error
        if isinstance(row, Bundle):
            self._waiting.append((place, row))
        else:
            self._take(row)
        return None

    def _take(self, manifest: Manifest) -> None:
        for place, bundle in self._waiting:
            self._ring.read(int(place.part), self.models.apply(bundle))
        self._waiting.clear()
        self.models.follow(manifest)
        self._epoch, self._next = manifest.examples_epoch, manifest.examples_offset
        self._published = self._next
        self._watermarks = dict(manifest.watermarks)

    def begin(self) -> bool:
        """Ends the restoration, once the topic has been read to its end. Returns whether rows must be overwritten, and examples learned again.

        Raises:
            Unavailable: both manifests are of a newer version of Playhead, whose models an older one must not overwrite.
        """
        errors = [self._broken.get(RowPlace("manifest", self.shard, part)) for part in MANIFESTS]
        if all(isinstance(error, Newer) for error in errors):
            assert errors[0] is not None
            raise Unavailable(errors[0].reason, errors[0].repair)
        # Waiting bundles belong to versions whose manifest can't be read.
        for place in [*self._broken, *(waiting for waiting, _ in self._waiting)]:
            if place.model == "bundle":
                self._ring.doom(int(place.part))
        self._anew = bool(self._broken or self._waiting)
        self._broken.clear()
        self._waiting.clear()
        return self._anew

    def position(self, epoch: int) -> int:
        """The offset of the next example to learn, in this epoch of the examples topic."""
        return self._next if epoch == self._epoch else 0

    def learn(self, batch: Sequence[Incoming], source: Source) -> list[tuple[Incoming, Rejected]]:
        """Learns a batch in order. Returns the records that can't be learned, with the reason."""
        if source.epoch != self._epoch:
            self._epoch, self._next = source.epoch, 0
        rejected = []
        outcomes: list[Example] = []
        shown: list[Example] = []
        for record in batch:
            if record.offset < self._next:
                continue
            try:
                example = decoded(record)
                if example.kind != "outcome":
                    self._learn_shown(shown)
                    self.learn_one(example)
                elif self.is_new(example):
                    if example.features is not None:
                        example = self._of_these(example, example.features)
                    if example.picture is not None:
                        artwork.check(example.picture)
                    outcomes.append(example)
                    shown.append(example)
            except Rejected as error:
                rejected.append((record, error))
            self._next = self.models.learned_to = record.offset + 1
        self._learn_shown(shown)
        self.models.learn_outcomes(outcomes)
        return rejected

    def _of_these(self, example: Example, features: Features) -> Example:
        """The example, without its features if they belong to another list of features, which would be learned wrongly."""
        check(features)
        if are_known(features):
            return example
        self._of_others += 1
        return msgspec.structs.replace(example, features=None)

    def _learn_shown(self, shown: list[Example]) -> None:
        """Counts impressions before a later choice is learned; their outcomes concern only the heads, and can be learned at the end."""
        if shown:
            self.models.learn_shown(shown)
            shown.clear()

    def learn_one(self, example: Example) -> bool:
        """Learns an example unless it was learned before. Returns whether it was new.

        Announcements of titles may be learned any number of times: which titles are new differs between workers,
        so these examples have no stable index among those of an event.
        """
        if example.kind == "sighted":
            self.models.learn_one(example)
            return True
        if not self.is_new(example):
            return False
        if self._explain is not None:
            self._explain(example)
        self.models.learn_one(example)
        return True

    def is_new(self, example: Example) -> bool:
        """Whether an example was never learned; moves the watermark, so that it counts as learned from now on."""
        origin = example.origin
        source = f"{origin.epoch}/{origin.partition}"
        digest = (origin.offset, origin.index)
        if digest <= self._watermarks.get(source, (-1, -1)):
            return False
        self._watermarks[source] = digest
        return True

    def other_features(self) -> int:
        """Number of outcomes since the last call with features of another list, which the heads did not learn."""
        count, self._of_others = self._of_others, 0
        return count

    def predicted(self) -> list[PrequentialPrediction]:
        """Outcomes since the last call with the predictions made before they were learned; only the newest if there are many."""
        predicted = list(self.models.predicted)
        self.models.predicted.clear()
        return predicted

    def widening(self) -> float:
        """The factor of the click head's variances in exploration (``models.head_drift``)."""
        return self.models.heads.drift.widening()

    def takes(self) -> list[ArtworkTake]:
        """Outcomes of pictures since the last call; only the newest if there are many."""
        takes = list(self.models.takes)
        self.models.takes.clear()
        return takes

    def acts(self) -> list[ModelAct]:
        """Acts on River models since the last call (``ModelAct``)."""
        if self.models.river is None:
            return []
        acts = list(self.models.river.acts)
        self.models.river.acts.clear()
        return acts

    def publish(self, now_ms: int) -> list[Outgoing]:  # noqa: ARG002 - part of the role; versions carry no clock
        """Records of the rows that changed since the last call, the manifest last; empty if nothing was learned."""
        if self._next == self._published and not self._anew:
            return []
        self._published, self._anew = self._next, False
        rows = self._ring.publish(self.models.bundle)
        manifest = self.models.manifest(self._epoch, self._next, dict(self._watermarks))
        encoded = encode_row(manifest)
        rows += [(key_of("manifest", self.shard, part), encoded) for part in MANIFESTS]
        return [Outgoing(MODELS, key, value) for key, value in rows]
