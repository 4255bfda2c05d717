"""All models of one shard: they learn examples, and track which parameters changed."""

from collections import deque
from collections.abc import Container, Iterable
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.ragged import starts
from playhead.arrays.types import Floats, Ints
from playhead.catalogue.catalogue import Catalogue
from playhead.domain.examples import Example
from playhead.domain.stats import ArtworkTake, PrequentialPrediction
from playhead.labels.definitions import HEADS
from playhead.models.artwork import ArtworkPosterior
from playhead.models.blend import Blend
from playhead.models.choice_features import CONTEXT_BIAS, PRIOR
from playhead.models.context_bias import ContextBias
from playhead.models.cooccurrence import (
    CO_CONSUMPTION,
    CO_IMPRESSION,
    closeness,
)
from playhead.models.examination import Examination
from playhead.models.heads import Heads, Learned
from playhead.models.makers import EARLY_MS, Makers
from playhead.models.outcome_rows import final_outcomes, head_predictions, label_rows, picture_outcomes
from playhead.models.popularity import Popularity
from playhead.models.rewatch import AGAIN, OFFERED
from playhead.models.river.declared import River
from playhead.models.river.learning import RiverLearner
from playhead.models.river.serving import NONE, Followed, Serving, of_learning
from playhead.models.season import KEPT, Seasons, week_of
from playhead.models.sequence import Sequence
from playhead.models.snapshots.codec import packed, unpacked
from playhead.models.snapshots.log_index import DirtyTracker
from playhead.models.snapshots.rows import FORMAT, Manifest, Totals
from playhead.models.snapshots.schema import (
    COUNTS,
    OF_KIDS,
    SEASON,
    Bundle,
    Parts,
    by_half_life,
    pack,
    unpack,
)
from playhead.models.sparse import Sparse
from playhead.models.tallies import audience_of, group_of, new_tally
from playhead.models.title_links import TitleLinks, new_links

CLICK = HEADS.index("click")
PREDICTED = 8_192
"""Number of outcomes kept with their predictions for quality metrics: more than a batch can have."""


class ChoiceSet(NamedTuple):
    """The candidates of a choice, and the user state at the time.

    ``titles``: numbers of the candidates; ``recent``: the last titles, newest first, [CHOSEN_SPAN]; ``tokens``: of the
    context; ``blocks``: of the blend, [4].
    """

    titles: NDArray[np.int64]
    recent: NDArray[np.int32]
    tokens: NDArray[np.int64]
    blocks: NDArray[np.int64]


class Models:
    """The models of one shard, for learning and for scoring alike.

    Args:
        shard: The partition of ``playhead.examples`` that they learn from.
        catalogue: The catalogue that numbers the titles; shared with everything that scores with these models.
        learns: False for a follower, which applies published parameters and has no learners.
        river: Declarations of the River models of a learner; a follower gets its River models from the topic.
    """

    def __init__(
        self, shard: int, catalogue: Catalogue, *, learns: bool, river: Iterable[River] = ()
    ) -> None:
        self.shard = shard
        self.catalogue = catalogue
        self.tallies: dict[str, Popularity] = {}
        self.links, self.kids_links = new_links(), new_links()
        self.neighbours, self.co_occurrence = self.links
        self.sequence = Sequence()
        self.context_bias = ContextBias()
        self.blend = Blend(PRIOR)
        self.heads = Heads()
        self.artwork = ArtworkPosterior()
        self.makers = Makers()
        self.seasons = Seasons()
        self.looks: dict[str, Examination] = {}
        """Position bias by audience."""
        self.river = RiverLearner(tuple(river)) if learns else None
        self.followed = Followed()
        """River models that another process has published; those that learn here are in ``river``."""
        self._serving: tuple[int, Serving] = (0, NONE)
        self.versions = {"choice": 0, "heads": 0, "popularity": 0}
        self.learned_to = 0
        """Offset of the first example not yet learned: the models are a function of all examples before it."""
        self.now_ms = 0.0
        self._prepared = 0
        self.predicted: deque[PrequentialPrediction] = deque(maxlen=PREDICTED)
        """The newest outcomes, with the predictions made before they were learned."""
        self.takes: deque[ArtworkTake] = deque(maxlen=PREDICTED)
        """The newest pictures with a known outcome: whether their title was clicked."""
        self.trackers: dict[str, DirtyTracker] = {}
        """Which parts changed, and in which record each stands, by kind of parts; empty in a follower."""

    def serving(self) -> Serving:
        """The River models for scoring, at the current version of the heads."""
        version = self.versions["heads"]
        if self._serving[0] != version:
            learned = self.followed.serving() if self.river is None else of_learning(self.river)
            self._serving = (version, learned)
        return self._serving[1]

    def tally(self, group: str) -> Popularity:
        """The decayed counts of a group (``group_of``), empty when it is new."""
        if group not in self.tallies:
            self.tallies[group] = new_tally(group)
        return self.tallies[group]

    def prepare(self) -> None:
        """Grows the models to the size of the catalogue, all at once, as growing copies them."""
        size = len(self.catalogue.titles)
        if size <= self._prepared:
            return
        self._prepared = size
        self.sequence.grow(self.catalogue.digest[:size])
        self.context_bias.make_room(size)
        self.links.make_room(size)
        if len(self.kids_links.neighbours.chosen):  # there are children
            self.kids_links.make_room(size)

    def links_of(self, *, kids: bool) -> TitleLinks:
        """The links of an audience, with a row for every title of the catalogue."""
        if kids:
            self.kids_links.make_room(len(self.catalogue.titles))
        return self.kids_links if kids else self.links

    def learn_one(self, example: Example) -> None:
        """Learns one example; its title is added to the catalogue if unknown."""
        if example.kind == "outcome":
            self.learn_outcomes([example])
            self.learn_shown([example])
            return
        if example.kind == "page":
            self._learn_looked(example)
            return
        title = self.catalogue.know(example.title_id)
        self.now_ms = max(self.now_ms, float(example.occurred_at))
        if example.kind == "consumed":
            if example.weight > 0.0:
                self._learn_consumption(example, title)
        elif example.kind == "sighted":
            self.tally(example.market)
            self._tracker(COUNTS + example.market).mark_one(title)

    def learn_outcomes(self, examples: list[Example]) -> None:
        """Learns outcomes in order: the heads, which no other model depends on, and which depend on no other.

        Raises:
            Rejected: a slot of an example is out of bounds; nothing was learned (``head_lists.check``).
        """
        for example in examples:
            self.catalogue.know(example.title_id)
            self.now_ms = max(self.now_ms, float(example.occurred_at))
        self._learn_heads([example for example in examples if example.features is not None])

    def learn_shown(self, examples: list[Example]) -> None:
        """Counts the impressions among outcomes, in order: those whose click label is known."""
        shown = [
            example for example in examples if example.features is not None and "click" in example.labels
        ]
        if shown:
            titles = np.array([self.catalogue.know(example.title_id) for example in shown])
            self.prepare()
            self._count_shown(shown, titles)

    def _learn_looked(self, example: Example) -> None:
        if example.looked is not None:
            audience = audience_of(example.market, kids=example.kids)
            self.looks.setdefault(audience, Examination()).learn(example.looked, example.occurred_at)

    def _learn_heads(self, examples: list[Example]) -> None:
        """Trains the heads; keeps the predictions that they made before."""
        if not examples:
            return
        features = [example.features for example in examples if example.features is not None]
        learned = self.heads.learn(features, label_rows(examples))
        self._tracker("heads").mark(learned.moved)
        self._tracker("newton").mark_one(0)
        self.versions["heads"] += len(examples)
        stacked = self._learn_river(examples, learned)
        first = [row for row, example in enumerate(examples) if not example.corrects]
        self._learn_first_labels([examples[row] for row in first], learned.predicted[first], stacked)

    def _learn_first_labels(
        self, examples: list[Example], predicted: Floats, stacked: Container[str]
    ) -> None:
        """Feeds first labels to the drift detector, the artwork model and ``predicted``; the predictions of ``stacked`` heads are kept already."""
        clicked = predicted[:, CLICK].tolist()
        for example, probability in zip(examples, clicked, strict=True):
            if "click" in example.labels:
                self.heads.drift.learn(probability, example.labels["click"])
        self.predicted.extend(head_predictions(examples, predicted, stacked))
        self._learn_pictures(examples, clicked)

    def _learn_pictures(self, examples: list[Example], probabilities: list[float]) -> None:
        """Learns the outcomes of pictures; ``probabilities``: of a click, as the heads predicted."""
        judged = picture_outcomes(examples, probabilities)
        if judged:
            pictures, taken, predicted = zip(*judged, strict=True)
            self._tracker("artwork").mark(self.artwork.learn(pictures, taken, predicted))
            self.takes.extend(
                ArtworkTake(picture.artwork_id, bool(took))
                for picture, took in zip(pictures, taken, strict=True)
            )

    def _learn_river(self, examples: list[Example], learned: Learned) -> Container[str]:
        """Trains the River models with final labels only, as they can't correct one.

        Returns:
            The heads for which the prediction of all models together is kept.
        """
        if not self.river:
            return ()
        for name, row, probability, label in self.river.learn(
            final_outcomes(examples), learned.inputs, learned.predicted, learned.seconds
        ):
            self.predicted.append(PrequentialPrediction(name, examples[row].market, probability, label))
        self._tracker("river").mark(self.river.moved())
        return self.river.stacks

    def _count_shown(self, examples: list[Example], titles: Ints) -> None:
        """Counts impressions: titles shown to the same viewer co-occur, and each counts as shown in its market and on its surface."""
        places: dict[tuple[str, str | None], list[int]] = {}
        for n, example in enumerate(examples):
            audience = audience_of(example.market, kids=example.kids)
            places.setdefault((audience, None), []).append(n)
            places.setdefault((audience, example.surface), []).append(n)
        for kids in sorted({example.kids for example in examples}):
            some = [n for n, example in enumerate(examples) if example.kids == kids]
            links, of = (self.kids_links, OF_KIDS) if kids else (self.links, "")
            before = self.numbers(tuple(chain.from_iterable(examples[n].previous for n in some)))
            first = starts(len(examples[n].previous) for n in some)
            bound = links.co_occurrence[CO_IMPRESSION].learn(titles[some], first, before)
            self._tracker(of + CO_IMPRESSION).mark(bound)
        at_ms = np.array([example.occurred_at for example in examples], dtype=np.float64)
        weights = np.array([example.weight for example in examples], dtype=np.float64)
        digests = self.catalogue.digest[titles].astype(np.int64)
        for (market, surface), some in places.items():
            group = group_of(market, "shown", surface)
            self.tally(group).learn(titles[some], at_ms[some], weights[some], digests[some])
            self._tracker(COUNTS + group).mark(titles[some])
        self.versions["popularity"] += len(examples)

    def _learn_consumption(self, example: Example, title: int) -> None:
        previous = self.catalogue.leaders(self.numbers(example.previous))
        links, of = (self.kids_links, OF_KIDS) if example.kids else (self.links, "")
        # An example of an older worker has no times of the titles chosen before.
        close = closeness(np.array(example.since_s, dtype=np.int64))
        # A choice counts for all versions of a work.
        for version in (title, *self.catalogue.versions(title)):
            self._tracker(of + "neighbours").mark(links.neighbours.learn_one(version, previous))
            bound = links.co_occurrence[CO_CONSUMPTION].learn_one(version, previous[: len(close)], close)
            self._tracker(of + CO_CONSUMPTION).mark(bound)
            self._count(example, version)
        self._count_labels(example, title)
        self.versions["choice"] += 1

    def _count_labels(self, example: Example, title: int) -> None:
        labels = self.catalogue.label_of[title]
        labels = labels[labels >= 0].astype(np.int64)
        if len(labels):
            group = group_of(audience_of(example.market, kids=example.kids), "label")
            at_ms = np.full(len(labels), float(example.occurred_at))
            self.tally(group).learn(
                labels, at_ms, np.full(len(labels), example.weight), np.zeros_like(labels)
            )
            self._tracker(COUNTS + group).mark(labels)

    def _count(self, example: Example, title: int) -> None:
        audience = audience_of(example.market, kids=example.kids)
        digest = int(self.catalogue.digest[title])
        self._learn_makers_and_season(example, title, audience)
        for group in (group_of(audience), group_of(audience, "chosen", example.surface)):
            self.tally(group).learn_one(title, example.occurred_at, example.weight, digest)
            self._tracker(COUNTS + group).mark_one(title)
        self.versions["popularity"] += 1

    def _learn_makers_and_season(self, example: Example, title: int, audience: str) -> None:
        """Updates makers and season before the choice itself is counted: an early choice counts for the makers; the first choice of a week records the one before."""
        market, at_ms, added_at = self.tally(audience), example.occurred_at, self.catalogue.added_at
        if market.size and week_of(at_ms) > week_of(market.now_ms):
            week = self.seasons.note(audience, market, added_at)
            self._tracker(SEASON + audience).mark_one(week % KEPT)
        if added_at[title] and 0 <= at_ms - added_at[title] < EARLY_MS:
            makers = self.catalogue.makers[title]
            if makers.any():
                first = not market.knows(title)
                self._tracker("makers").mark(self.makers.learn_one(makers, example.weight, first=first))

    def learn_choice(self, features: Floats, chosen: int, seen: ChoiceSet) -> None:
        """Learns which candidate was chosen (a row of ``features`` [candidates × features]): the blend, then the models of its residual."""
        error = self.blend.learn_one(features, chosen, seen.blocks)
        self._tracker("sequence").mark(self.sequence.learn_one(seen.recent, seen.titles, error))
        self._tracker(CONTEXT_BIAS).mark(self.context_bias.learn_one(seen.tokens, seen.titles, error))
        self._tracker("blend").mark(seen.blocks)

    def learn_again(self, market: str, at_ms: int, *, taken: bool) -> None:
        """Counts a choice of a profile with titles finished long ago; ``taken``: the choice was one of these."""
        for kind in (OFFERED, AGAIN) if taken else (OFFERED,):
            self.tally(group_of(market, kind)).count(at_ms)

    def _tracker(self, kind: str) -> DirtyTracker:
        tracker = self.trackers.get(kind)
        if tracker is None:
            tracker = self.trackers[kind] = DirtyTracker()
        return tracker

    def manifest(self, epoch: int, offset: int, watermarks: dict[str, tuple[int, int]]) -> Manifest:
        """The manifest of the current version, with the parameters that have no rows."""
        tallies = {
            name: Totals(pack(tally.total), tally.now_ms) for name, tally in sorted(self.tallies.items())
        }
        return Manifest(
            format=FORMAT,
            versions=dict(self.versions),
            examples_epoch=epoch,
            examples_offset=offset,
            watermarks=watermarks,
            tallies=tallies,
            looks={
                name: Totals(pack(looks.totals), looks.now_ms) for name, looks in sorted(self.looks.items())
            },
            now_ms=self.now_ms,
            river=() if self.river is None else self.river.in_force(self.versions["heads"]),
        )

    def bundle(self, parts: Parts) -> Bundle:
        """The newest values of parts."""
        return packed(self, parts)

    def apply(self, bundle: Bundle) -> Parts:
        """Applies a bundle that another process published, after ``schema.check``. Returns the parts it holds."""
        return unpacked(self, bundle)

    def numbers(self, names: tuple[str, ...]) -> Ints:
        """The numbers of titles; a title without one is added to the catalogue."""
        numbers = self.catalogue.titles.find(names).astype(np.int64)
        for place in np.flatnonzero(numbers < 0).tolist():
            numbers[place] = self.catalogue.know(names[place])
        return numbers

    def sparse(self, model: str) -> Sparse:
        """The sparse item-to-item model of that name."""
        links = self.kids_links if model.startswith(OF_KIDS) else self.links
        return links.co_occurrence.get(model.removeprefix(OF_KIDS), links.neighbours)

    def follow(self, manifest: Manifest) -> None:
        """Moves to the version of a manifest, whose bundles have been applied."""
        for name, totals in manifest.tallies.items():
            tally = self.tally(name)
            tally.total = by_half_life(totals.total, 1)[0]
            tally.now_ms = totals.now_ms
        for name, totals in manifest.looks.items():
            self.looks.setdefault(name, Examination()).put(unpack(totals.total), totals.now_ms)
        self.versions = {model: manifest.versions.get(model, 0) for model in self.versions}
        self.learned_to = manifest.examples_offset
        self.now_ms = manifest.now_ms
        names = tuple(model.name for model in manifest.river)
        (self.followed if self.river is None else self.river).keep(names)
        self._serving = (-1, NONE)
