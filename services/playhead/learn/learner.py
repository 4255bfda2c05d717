"""The learn worker's core: examples of one shard in, changed parameters out, each example learned once."""

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
    """The example in a record.

    Raises:
        Rejected: there is none.
    """
    if record.flaw is not None:
        raise record.flaw
    try:
        return _decoder.decode(record.value or b"")
    except msgspec.MsgspecError as error:
        raise Rejected(f"No example: {error}.", "Only personalize workers write this topic.") from error


class Learner:
    """Learns the examples of one shard, in the order of their partition.

    What it publishes says up to where it has learned; a learner restored from it goes on behind that, so no
    example is lost or learned twice, whatever dies in between. Duplicates on the topic itself (a personalize
    worker that repeats a batch) are known by their origin: offsets of one source partition only grow.

    A row that can't be read costs what it held, and nothing else. Parts keep the newest value that was read, if there
    was one, and the next publication overwrites the row. Without its manifest nobody knows which examples are in a
    version, and to learn one twice would do more harm than to learn it anew: so the learner goes on from the last
    manifest that can be read, with the parts as they were then, and with empty models where there is none.
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
        """Rows that could not be read, of which no newer one came that can."""
        self._of_others = 0
        self._anew = False
        """Whether there is something to overwrite, even if nothing is learned."""

    def restore(self, key: bytes, value: bytes | None) -> Rejected | None:
        """Takes over a row of the models topic; rows of other shards change nothing.

        Returns:
            Why it can't be read, if so. All of them read, ``begin`` says what becomes of it.
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
        for where, bundle in self._waiting:
            self._ring.read(int(where.part), self.models.apply(bundle))
        self._waiting.clear()
        self.models.follow(manifest)
        self._epoch, self._next = manifest.examples_epoch, manifest.examples_offset
        self._published = self._next
        self._watermarks = dict(manifest.watermarks)

    def begin(self) -> bool:
        """The topic has been read to its end. Returns whether some of it is to be overwritten, and learned again.

        Raises:
            Unavailable: both manifests are of a newer Playhead, whose models an older one must not overwrite.
        """
        errors = [self._broken.get(RowPlace("manifest", self.shard, part)) for part in MANIFESTS]
        if all(isinstance(error, Newer) for error in errors):
            assert errors[0] is not None
            raise Unavailable(errors[0].reason, errors[0].repair)
        # What waits belongs to versions whose manifest can't be read.
        for place in [*self._broken, *(where for where, _ in self._waiting)]:
            if place.model == "bundle":
                self._ring.doom(int(place.part))
        self._anew = bool(self._broken or self._waiting)
        self._broken.clear()
        self._waiting.clear()
        return self._anew

    def position(self, epoch: int) -> int:
        """The offset of the next example to learn, in this life of the examples topic."""
        return self._next if epoch == self._epoch else 0

    def learn(self, batch: Sequence[Incoming], source: Source) -> list[tuple[Incoming, Rejected]]:
        """Learns a batch in order; gives back what can't be learned, with the reason."""
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
        """The example, without its features if they are of another list: taken for these they would teach what is not so."""
        check(features)
        if are_known(features):
            return example
        self._of_others += 1
        return msgspec.structs.replace(example, features=None)

    def _learn_shown(self, shown: list[Example]) -> None:
        """What was shown before a choice counts before it is explained; what came of it only the heads ask, at any time."""
        if shown:
            self.models.learn_shown(shown)
            shown.clear()

    def learn_one(self, example: Example) -> bool:
        """Learns an example unless it was learned before; says whether it did.

        That a title exists may be learned any number of times. Which titles are new differs from one worker to
        the next, so their examples have no place of their own among those of an event.
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
        """Whether an example was never learned, and is now."""
        origin = example.origin
        source = f"{origin.epoch}/{origin.partition}"
        digest = (origin.offset, origin.index)
        if digest <= self._watermarks.get(source, (-1, -1)):
            return False
        self._watermarks[source] = digest
        return True

    def other_features(self) -> int:
        """How many outcomes since the last call had features of another list, so that the heads did not learn them."""
        count, self._of_others = self._of_others, 0
        return count

    def predicted(self) -> list[PrequentialPrediction]:
        """How the outcomes since the last call were predicted, before they were learned; the newest, if they are many."""
        predicted = list(self.models.predicted)
        self.models.predicted.clear()
        return predicted

    def takes(self) -> list[ArtworkTake]:
        """What came of pictures since the last call; the newest, if they are many."""
        takes = list(self.models.takes)
        self.models.takes.clear()
        return takes

    def acts(self) -> list[ModelAct]:
        """What was done with River models since the last call: begun anew, taken out, found too large."""
        if self.models.river is None:
            return []
        acts = list(self.models.river.acts)
        self.models.river.acts.clear()
        return acts

    def publish(self, now_ms: int) -> list[Outgoing]:  # noqa: ARG002 - part of the role; versions carry no clock
        """What changed since the last call, the manifest last; nothing when nothing was learned."""
        if self._next == self._published and not self._anew:
            return []
        self._published, self._anew = self._next, False
        rows = self._ring.publish(self.models.bundle)
        manifest = self.models.manifest(self._epoch, self._next, dict(self._watermarks))
        encoded = encode_row(manifest)
        rows += [(key_of("manifest", self.shard, part), encoded) for part in MANIFESTS]
        return [Outgoing(MODELS, key, value) for key, value in rows]
