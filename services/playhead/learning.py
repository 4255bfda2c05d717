"""The core of a learn worker: a choice is ranked as it was made, then learned, by the code that serves.

The candidates and their features are computed anew from the newest models when the choice is learned, so an example
carries the profile's moment and no features; the models then count the choice.
"""

from typing import Any, get_type_hints

import msgspec
import numpy as np

from playhead.domain.errors import Rejected
from playhead.domain.examples import Example
from playhead.domain.topics import TITLES
from playhead.models.learner import Learner
from playhead.models.parts import PLACES
from playhead.models.shard import Candidates, Models
from playhead.models.world import World
from playhead.ranking.choice import features
from playhead.ranking.moments import Columns, Moment, Seen
from playhead.ranking.pipeline import Considered, Pipeline, candidates
from playhead.retrieval.view import Views
from playhead.signals import runs
from playhead.signals.exposure import MOST_TIMES
from playhead.signals.rows import KEPT, ROW, Stored, history

_FORMS = {"history": Stored, "seen": Seen | tuple[tuple[str, int], ...], "shown": bytes | tuple[str, ...]}
_Told = msgspec.defstruct(
    "_Told",
    [(name, _FORMS.get(name, kind)) for name, kind in get_type_hints(Moment).items()],
    array_like=True,
)
"""A moment as an example tells it, or told it before ids were runs."""
_moments = msgspec.json.Decoder(_Told)


class Choices:
    """Explains choices by what was there to choose from, before the models count them."""

    def __init__(self, pipeline: Pipeline, models: Models) -> None:
        self._pipeline = pipeline
        self._models = models
        world = World(models.catalogue)
        world.shards[models.shard] = models
        self._views = Views(world, settled=True)

    def explain(self, example: Example) -> None:
        """Learns the choice an example tells of; other examples, and choices outside the candidates, change nothing."""
        if example.kind != "consumed" or isinstance(example.moment, msgspec.UnsetType):
            return
        try:
            told: Any = _moments.decode(example.moment)
            moment = _moment(told)
            np.frombuffer(example.finished, dtype="<u4")  # whole digests, or it is no example of ours
        except (msgspec.MsgspecError, ValueError) as error:
            raise Rejected(
                f"The moment of a choice can't be read: {error}.",
                "Only personalize workers write this topic.",
            ) from error
        models = self._models
        chosen = models.catalogue.know(example.title_id)
        view = self._views.of(example.market)
        facts = Columns([moment], [view])
        pool = candidates(self._pipeline, facts, [Considered(moment, example.finished, [])])
        at = int(pool.place(np.array([0]), np.array([chosen]))[0])
        if at >= 0:
            said = features(facts, pool)
            for name in self._pipeline.weights.without:
                said[:, PLACES[name]] = 0.0
            # Summed in the order of marks: titles have other numbers in other processes, and sums another order.
            order = np.argsort(view.catalogue.mark[pool.title], kind="stable")
            seen = Candidates(pool.title[order], facts.recent[0], facts.tokens[0], facts.blocks[0])
            at = int(np.flatnonzero(order == at)[0])
            models.learn_choice(said[order], at, seen)


def _moment(told: Any) -> Moment:
    """A moment in its present form.

    Raises:
        ValueError: its runs are not of one length: compiled loops don't look.
    """
    seen, shown = told.seen, told.shown
    if isinstance(seen, tuple):
        pairs = dict(seen)
        seen = Seen(runs.run(pairs), bytes(min(times, MOST_TIMES) for times in pairs.values()))
    if isinstance(shown, tuple):
        shown = runs.run(shown)
    past = history(told.history)
    lengths = runs.size(past.run) - len(past.rows) / ROW.size, runs.size(seen.run) - len(seen.times)
    if any(lengths) or len(past) > KEPT:
        raise ValueError("its titles are not as many as what is said of them")
    both = {"history": past, "seen": seen, "shown": shown}
    return Moment(*msgspec.structs.astuple(told))._replace(**both)


def learner(pipeline: Pipeline, models: Models) -> Learner:
    """A learner of one shard that explains choices."""
    return Learner(models.shard, models, Choices(pipeline, models).explain)


class Learners:
    """The learners of a process, one for each shard.

    Each has a catalogue of its own: what a shard learns must not depend on which others its process has.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._titles: dict[bytes, bytes | None] = {}
        self._catalogues: dict[int, World] = {}

    def learner(self, shard: int) -> Learner:
        """A new learner of a shard, which has learned nothing yet."""
        world = self._catalogues[shard] = World()
        for key, value in self._titles.items():
            world.follow(TITLES, key, value)
        return learner(self._pipeline, Models(shard, world.catalogue, learns=True))

    def follow(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Takes over a record of the titles topic.

        Raises:
            Rejected: the record can't be used; nothing has changed.
        """
        for world in self._catalogues.values() or [
            World()
        ]:  # one at least says whether the record can be used
            world.follow(topic, key, value)
        self._titles[key] = value
