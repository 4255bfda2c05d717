"""The core of a learn worker: a choice is ranked as it was made, then learned, by the code that serves.

The candidates and their features are computed anew from the newest models when the choice is learned, so an example
carries the profile's snapshot and no features; the models then count the choice.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from playhead.arrays import packed_ids
from playhead.candidates.pool import CandidatePool
from playhead.candidates.watchlist_and_rewatch import rewatchable
from playhead.catalogue.groups import Groups
from playhead.domain.errors import Rejected
from playhead.domain.examples import Example
from playhead.domain.topics import EXAMPLE_PARTITIONS, TAGS, TITLES
from playhead.features.context import ContextBatch, ContextSnapshot
from playhead.learn.learner import Learner
from playhead.models.choice_features import PARTS
from playhead.models.follower_state import FollowerState
from playhead.models.market_snapshot import MarketSnapshotCache
from playhead.models.river.declared import River
from playhead.models.shard import ChoiceSet, Models
from playhead.ranking.choice import features
from playhead.ranking.pipeline import Pipeline, RetrievalQuery, candidates
from playhead.signals.rows import KEPT, ROW, history

_snapshots = msgspec.json.Decoder(ContextSnapshot)


def _place_of(pool: CandidatePool, groups: Groups | None, chosen: int) -> int:
    """Where a title is in the pool of one profile, or else the one that stands for its series or work; -1 for neither."""
    at = int(pool.place(np.array([0]), np.array([chosen]))[0])
    if at >= 0 or groups is None:
        return at
    group = groups.of_titles(np.array([chosen]))
    same = np.flatnonzero(groups.of_titles(pool.title) == group) if group >= 0 else group[:0]
    return int(same[0]) if len(same) else -1


class Choices:
    """Explains choices by what was there to choose from, before the models count them."""

    def __init__(self, pipeline: Pipeline, models: Models, shards: int) -> None:
        self._pipeline = pipeline
        self._models = models
        followed = FollowerState(models.catalogue)
        followed.spread = shards
        followed.shards[models.shard] = models
        self._views = MarketSnapshotCache(followed, settled=True)

    def explain(self, example: Example) -> None:
        """Learns the choice an example tells of; other examples, and children's, change nothing.

        A choice outside the candidates is none that scores could have foreseen: it only tells whether something was watched again.
        """
        if example.kind != "consumed" or example.kids or isinstance(example.snapshot, msgspec.UnsetType):
            return
        try:
            snapshot = _snapshots.decode(example.snapshot)
            snapshot = snapshot._replace(
                history=history(snapshot.history)
            )  # of before rows had positions, too
            _check(snapshot)
            np.frombuffer(example.finished, dtype="<u4")  # whole digests, or it is no example of ours
        except (msgspec.MsgspecError, ValueError) as error:
            raise Rejected(
                f"The snapshot of a choice can't be read: {error}.",
                "Only personalize workers write this topic.",
            ) from error
        models = self._models
        chosen = models.catalogue.know(example.title_id)
        view = self._views.of(example.market)
        facts = ContextBatch([snapshot], [view])
        if (again := rewatchable(facts)[0])[0] >= 0 and example.weight > 0.0:
            models.learn_again(example.market, example.occurred_at, taken=chosen in again)
        asked = RetrievalQuery(snapshot, example.finished, [], 1_000 * snapshot.until_s - 1_000)
        pool = candidates(self._pipeline, facts, [asked])
        at = _place_of(pool, view.index.groups, chosen)
        if at >= 0:
            matrix = features(facts, pool)
            for name in self._pipeline.weights.without:
                if name in PARTS:
                    matrix[:, PARTS[name]] = 0.0
            # Summed in the order of digests: titles have other numbers in other processes, and sums another order.
            order = np.argsort(view.catalogue.digest[pool.title], kind="stable")
            seen = ChoiceSet(pool.title[order], facts.recent[0], facts.tokens[0], facts.blocks[0])
            at = int(np.flatnonzero(order == at)[0])
            models.learn_choice(matrix[order], at, seen)


def _check(snapshot: ContextSnapshot) -> None:
    """Whether the runs of a snapshot are as long as their features: compiled loops don't look.

    Raises:
        ValueError: they are not.
    """
    past, seen = snapshot.history, snapshot.seen
    lengths = (
        packed_ids.size(past.packed) - len(past.rows) / ROW.size,
        packed_ids.size(seen.packed) - len(seen.times),
    )
    if any(lengths) or len(past) > KEPT:
        raise ValueError("its titles are not as many as their features")


def learner(pipeline: Pipeline, models: Models, shards: int) -> Learner:
    """A learner of one shard, of so many, that explains choices."""
    return Learner(models.shard, models, Choices(pipeline, models, shards).explain)


class Learners:
    """The learners of a process, one for each shard.

    Each has a catalogue of its own: what a shard learns must not depend on which others its process has.
    """

    def __init__(self, pipeline: Pipeline, river: Sequence[River] = ()) -> None:
        self._pipeline = pipeline
        self._river = tuple(river)
        self._titles: dict[bytes, tuple[bytes | None, bool]] = {}
        self._tags: dict[bytes, bytes | None] = {}
        self._catalogues: dict[int, FollowerState] = {}
        self._shards = EXAMPLE_PARTITIONS

    def spread(self, shards: int) -> None:
        """Hears over how many shards markets are spread, before there is a learner."""
        self._shards = shards

    def river_models(self) -> list[str]:
        """Names of the River models that learn beside the heads."""
        return [model.called for model in self._river]

    def learner(self, shard: int) -> Learner:
        """A new learner of a shard, which has learned nothing yet."""
        followed = self._catalogues[shard] = FollowerState()
        for key, (value, distrusted) in self._titles.items():
            followed.follow(TITLES, key, value)
            if distrusted:
                followed.catalogue.distrust(key.decode(errors="replace"))
        for key, value in self._tags.items():
            followed.follow(TAGS, key, value)
        models = Models(shard, followed.catalogue, learns=True, river=self._river)
        return learner(self._pipeline, models, self._shards)

    def follow(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Takes over a record of the titles topic, or of the tags topic.

        Raises:
            Rejected: the record can't be used (see ``FollowerState.follow``).
        """
        # Learners that begin later read the last version that can be used, and that there was a newer one.
        worlds = [*self._catalogues.values()] or [FollowerState()]
        refused = [
            error for followed in worlds if (error := _refused(followed, topic, key, value)) is not None
        ]
        if topic == TAGS and not refused:
            self._tags[key] = value
        elif topic == TITLES:
            self._titles[key] = (self._titles.get(key, (None, False))[0], True) if refused else (value, False)
        if refused:
            raise refused[0]


def _refused(followed: FollowerState, topic: str, key: bytes, value: bytes | None) -> Rejected | None:
    try:
        followed.follow(topic, key, value)
    except Rejected as error:
        return error
    return None
