"""The catalogue and the models as they were when a ranking was made; they go forward in time only."""

from collections.abc import Mapping, Sequence
from functools import partial

from playhead.domain.errors import Rejected
from playhead.domain.partitioning import partition_of
from playhead.domain.records import Incoming, Source
from playhead.domain.topics import EXAMPLE_PARTITIONS, EXPERIMENTS, MODELS, RULES
from playhead.learn.choices import Learners
from playhead.learn.learner import Learner
from playhead.models.follower_state import FollowerState
from playhead.models.market_snapshot import MarketSnapshotCache
from playhead.models.snapshots.rows import Manifest, decode_row, place_of
from playhead.personalize.trials import Trials
from playhead.recipe import RECIPE

Place = dict[int, int]
"""The offset up to which each shard has learned its examples; a shard that is not named has learned nothing."""


def place_named(market: str, versions: Mapping[str, int], shards: int = EXAMPLE_PARTITIONS) -> Place:
    """The place that the ``model_versions`` of a ranking for a market name (``FollowerState.versions``).

    >>> place_named("BR", {"choice": 7, "examples": 40, "examples/2": 9})
    {0: 40, 2: 9}
    """
    own = partition_of(market.encode(), shards)
    other_shards = {
        int(name.partition("/")[2]): at for name, at in versions.items() if name.startswith("examples/")
    }
    return {shard: at for shard, at in ({own: versions.get("examples", 0)} | other_shards).items() if at}


class Past:
    """The followed topics as of a ranking: titles, tags and experiments as they are now, and the models up to a place."""

    def __init__(self, shards: int = EXAMPLE_PARTITIONS) -> None:
        self.followed = FollowerState()
        self.trials = Trials(RECIPE)
        self.followed.spread = shards
        self.views = MarketSnapshotCache(self.followed)

    @property
    def place(self) -> Place:
        """The place of the models."""
        shards = sorted(self.followed.shards.items())
        return {number: shard.learned_to for number, shard in shards if shard.learned_to}

    def follow(self, record: Incoming) -> None:
        """Takes over a title, an experiment or a row of the models; what can't be used is skipped, as workers do."""
        follow = (
            self.trials.follow if record.topic == EXPERIMENTS else partial(self.followed.follow, record.topic)
        )
        try:
            follow(record.key or b"", record.value)
        except Rejected:
            return


def is_beyond(record: Incoming, place: Place) -> bool:
    """Whether a row of the models belongs to a version that came after ``place``: it ends what may be followed."""
    if record.value is None:
        return False
    try:
        where = place_of(record.key or b"")
        row = decode_row(where, record.value) if where.model == "manifest" else None
    except Rejected:
        return False
    return isinstance(row, Manifest) and row.examples_offset > place.get(where.shard, 0)


class Relearned:
    """The models learned once more from the examples, by the code that learned them the first time.

    Args:
        titles: Records of the titles, then of their tags.
        shards: Number of shards over which the models are spread.
        experiments: Records of the experiments.
    """

    def __init__(
        self,
        titles: Sequence[Incoming],
        shards: int = EXAMPLE_PARTITIONS,
        experiments: Sequence[Incoming] = (),
    ) -> None:
        self.past = Past(shards)
        for experiment in experiments:
            self.past.follow(experiment)
        self._cores = Learners(RECIPE.pipeline, RECIPE.river)
        self._cores.spread(shards)
        self._shards: dict[int, Learner] = {}
        for title in titles:
            self.past.follow(title)
            if title.topic == RULES:
                continue
            try:
                self._cores.follow(title.topic, title.key or b"", title.value)
            except Rejected:
                continue

    def learn(self, shard: int, examples: Sequence[Incoming]) -> None:
        """Learns the next examples of a shard, in the order of its partition."""
        if shard not in self._shards:
            self._shards[shard] = self._cores.learner(shard)
        self._shards[shard].learn(examples, Source(0, shard))

    def publish(self) -> None:
        """Publishes what was learned, for followers."""
        for learner in self._shards.values():
            for row in learner.publish(0):
                self.past.followed.follow(MODELS, row.key or b"", row.value)
