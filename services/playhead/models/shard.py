"""All models of one shard together: they learn examples, and remember what moved."""

from collections import deque
from collections.abc import Container, Iterable
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.hashing import digest
from playhead.arrays.ragged import starts
from playhead.arrays.types import Floats, Ints
from playhead.catalogue.catalogue import Catalogue
from playhead.domain.examples import Example
from playhead.domain.fields import KIDS
from playhead.domain.stats import ArtworkTake, PrequentialPrediction
from playhead.labels.definitions import HEADS
from playhead.labels.provisional import PROVISIONAL
from playhead.models.artwork import ArtworkPosterior
from playhead.models.blend import Blend
from playhead.models.choice_features import CONTEXT_BIAS, PLACE_HALVES, PRIOR
from playhead.models.context_bias import ContextBias
from playhead.models.cooccurrence import (
    CHOSEN_SHRINK,
    CHOSEN_SPAN,
    CO_CONSUMPTION,
    CO_IMPRESSION,
    SHOWN_SHRINK,
    SHOWN_SPAN,
    Cooccurrence,
    closeness,
)
from playhead.models.examination import Examination
from playhead.models.heads import Heads, LabelRow, Learned
from playhead.models.makers import EARLY_MS, Makers
from playhead.models.neighbours import Neighbours
from playhead.models.popularity import HALVES, Popularity, Tops
from playhead.models.rewatch import AGAIN, OFFERED
from playhead.models.river.declared import WATCH, River
from playhead.models.river.learning import KnownOutcomes, RiverLearner
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

SURFACES = 16
"""Surfaces with numbers of their own in a market; further ones share these places."""
MARKET_TOPS, SURFACE_TOPS = 1_024, 160
"""Titles whose order by counts is known: of a market, so many that they outlast what one profile has finished."""
CLICK = HEADS.index("click")
PREDICTED = 8_192
"""Outcomes that are kept for whoever watches how well they were predicted: more than a batch can have."""


def group_of(market: str, kind: str = "", surface: str | None = None) -> str:
    """The name of a tally: a market's choices, or what was ``shown``, in all or on a surface; or of labels (``label``), or totals alone (``rewatch``)."""
    name = f"{market}.{kind}" if kind else market
    return name if surface is None else f"{name}.{digest(surface) % SURFACES}"


def audience_of(market: str, *, kids: bool) -> str:
    """Whose choices count together: those of a market, children's apart."""
    return f"{market}-{KIDS}" if kids else market


def is_market(group: str, *, kids: bool = False) -> bool:
    """Whether a tally counts all choices of a market, those of children or those of all others."""
    return "." not in group and group.endswith(KIDS) == kids


class TitleLinks(NamedTuple):
    """Which titles go together for an audience: what was chosen after, and around, what was chosen, and shown beside it."""

    neighbours: Neighbours
    co_occurrence: dict[str, Cooccurrence]

    def make_room(self, size: int) -> None:
        """Gives so many titles their rows."""
        for rows in (self.neighbours, *self.co_occurrence.values()):
            rows.make_room(size)


def _links() -> TitleLinks:
    co_occurrence = {
        CO_CONSUMPTION: Cooccurrence(CHOSEN_SPAN, CHOSEN_SHRINK),
        CO_IMPRESSION: Cooccurrence(SHOWN_SPAN, SHOWN_SHRINK),
    }
    return TitleLinks(Neighbours(), co_occurrence)


class ChoiceSet(NamedTuple):
    """What a choice was made among, and the snapshot it was made in.

    titles: numbers of the candidates; recent: the last titles, newest first, [CHOSEN_SPAN]; tokens: of the
    circumstances; blocks: of the blend, [4].
    """

    titles: NDArray[np.int64]
    recent: NDArray[np.int32]
    tokens: NDArray[np.int64]
    blocks: NDArray[np.int64]


class Models:
    """The models of one shard, for learning and for scoring alike.

    Args:
        shard: The partition of ``playhead.examples`` they learn from.
        catalogue: Numbers the titles; shared with whatever scores with these models.
        learns: False for a follower, which takes over what others learned and needs no learners.
        river: The River models that a learner has beside its heads; a follower takes over what they are, too.
    """

    def __init__(
        self, shard: int, catalogue: Catalogue, *, learns: bool, river: Iterable[River] = ()
    ) -> None:
        self.shard = shard
        self.catalogue = catalogue
        self.tallies: dict[str, Popularity] = {}
        self.links, self.kids_links = _links(), _links()
        self.neighbours, self.co_occurrence = self.links
        self.sequence = Sequence()
        self.context_bias = ContextBias()
        self.blend = Blend(PRIOR)
        self.heads = Heads()
        self.artwork = ArtworkPosterior()
        self.makers = Makers()
        self.seasons = Seasons()
        self.looks: dict[str, Examination] = {}
        """How far pages are looked at, by audience."""
        self.river = RiverLearner(tuple(river)) if learns else None
        self.followed = Followed()
        """River models, as they learn here or as another has published them."""
        self._serving: tuple[int, Serving] = (0, NONE)
        self.versions = {"choice": 0, "heads": 0, "popularity": 0}
        self.learned_to = 0
        """Offset of the first example that none of this comes from: what the models are follows from the ones before it."""
        self.now_ms = 0.0
        self._prepared = 0
        self.predicted: deque[PrequentialPrediction] = deque(maxlen=PREDICTED)
        """The newest outcomes, with what was predicted of them before they were learned."""
        self.takes: deque[ArtworkTake] = deque(maxlen=PREDICTED)
        """The newest pictures of which it is known whether their title was taken."""
        self.trackers: dict[str, DirtyTracker] = {}
        """What moved and where it stands, by kind of parts; none in a follower."""

    def serving(self) -> Serving:
        """The River models as they serve at this version of the heads."""
        version = self.versions["heads"]
        if self._serving[0] != version:
            learned = self.followed.serving() if self.river is None else of_learning(self.river)
            self._serving = (version, learned)
        return self._serving[1]

    def tally(self, group: str) -> Popularity:
        """The decayed counts of a group (``group_of``), empty when it is new."""
        if group not in self.tallies:
            tops = None
            if "." not in group:
                tops = Tops(tuple(range(0, HALVES, 2)), MARKET_TOPS)
            elif group[-1].isdigit():
                tops = Tops(tuple(PLACE_HALVES), SURFACE_TOPS)
            self.tallies[group] = Popularity(tops)
        return self.tallies[group]

    def prepare(self) -> None:
        """Gives every title of the catalogue its place in the models that need one, at once: to grow is to copy."""
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
        """Learns one fact; its title is known from now on."""
        if example.kind == "outcome":
            self.learn_outcomes([example])
            self.learn_shown([example])
            return
        if example.kind == "page":
            self._look(example)
            return
        title = self.catalogue.know(example.title_id)
        self.now_ms = max(self.now_ms, float(example.occurred_at))
        if example.kind == "consumed":
            if example.weight > 0.0:
                self._consume(example, title)
        elif example.kind == "sighted":
            self.tally(example.market)
            self._tracker(COUNTS + example.market).mark_one(title)

    def learn_outcomes(self, examples: list[Example]) -> None:
        """What came of some titles, one after the other: the heads learn it. No other model asks them, nor do they ask one.

        Raises:
            Rejected: the features of one are none; nothing was learned (``head_lists.check``).
        """
        for example in examples:
            self.catalogue.know(example.title_id)
            self.now_ms = max(self.now_ms, float(example.occurred_at))
        self._foresee([example for example in examples if example.features is not None])

    def learn_shown(self, examples: list[Example]) -> None:
        """Those of outcomes that tell whether a title was clicked were shown, one after the other: that counts too."""
        shown = [
            example for example in examples if example.features is not None and "click" in example.labels
        ]
        if shown:
            titles = np.array([self.catalogue.know(one.title_id) for one in shown])
            self.prepare()
            self._show(shown, titles)

    def _look(self, example: Example) -> None:
        if example.looked is not None:
            audience = audience_of(example.market, kids=example.kids)
            self.looks.setdefault(audience, Examination()).learn(example.looked, example.occurred_at)

    def _foresee(self, examples: list[Example]) -> None:
        """The heads learn; what they had predicted before is kept."""
        if not examples:
            return
        labelled = [
            LabelRow(
                example.labels,
                example.occurred_at,
                example.watch_s,
                example.duration_s,
                example.clicked,
                example.corrects,
            )
            for example in examples
        ]
        features = [example.features for example in examples if example.features is not None]
        learned = self.heads.learn(features, labelled)
        self._tracker("heads").mark(learned.moved)
        self._tracker("newton").mark_one(0)
        self.versions["heads"] += len(examples)
        stacked = self._learn_river(examples, learned)
        first = [row for row, example in enumerate(examples) if not example.corrects]
        self._compare([examples[row] for row in first], learned.predicted[first], stacked)

    def _compare(self, examples: list[Example], predicted: Floats, stacked: Container[str]) -> None:
        """What stands beside the heads hears of labels that are given for the first time; of ``stacked`` heads River models have told."""
        for example, probabilities in zip(examples, predicted.tolist(), strict=True):
            if "click" in example.labels:
                self.heads.drift.learn(probabilities[CLICK], example.labels["click"])
            for head, probability in zip(HEADS, probabilities, strict=True):
                if head in example.labels and head not in stacked:
                    self.predicted.append(
                        PrequentialPrediction(head, example.market, probability, example.labels[head])
                    )
        self._learn_pictures(examples, predicted[:, CLICK].tolist())

    def _learn_pictures(self, examples: list[Example], probabilities: list[float]) -> None:
        """What came of the pictures; ``probabilities``: of a click, as the heads had predicted it."""
        judged = [
            (example.picture, example.labels["click"], probability)
            for example, probability in zip(examples, probabilities, strict=True)
            if example.picture is not None and "click" in example.labels
        ]
        if judged:
            pictures, taken, predicted = zip(*judged, strict=True)
            self._tracker("artwork").mark(self.artwork.learn(pictures, taken, predicted))
            self.takes.extend(
                ArtworkTake(picture.artwork_id, bool(took))
                for picture, took in zip(pictures, taken, strict=True)
            )

    def _learn_river(self, examples: list[Example], learned: Learned) -> Container[str]:
        """The models beside the heads learn labels once they are final: they can take none back.

        Returns:
            The heads for which the prediction of all models together is kept.
        """
        if not self.river:
            return ()
        labelled = [
            KnownOutcomes(
                {**_final_labels(example)}
                | ({} if example.watch_s is None else {WATCH: np.log1p(example.watch_s)}),
                example.occurred_at,
            )
            for example in examples
        ]
        for name, row, probability, label in self.river.learn(
            labelled, learned.inputs, learned.predicted, learned.seconds
        ):
            self.predicted.append(PrequentialPrediction(name, examples[row].market, probability, label))
        self._tracker("river").mark(self.river.moved())
        return self.river.stacks

    def _show(self, examples: list[Example], titles: Ints) -> None:
        """What was shown goes with what was shown before it, and counts as shown."""
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

    def _consume(self, example: Example, title: int) -> None:
        previous = self.catalogue.leaders(self.numbers(example.previous))
        links, of = (self.kids_links, OF_KIDS) if example.kids else (self.links, "")
        # An older worker's example does not say when the titles before it were chosen.
        close = closeness(np.array(example.since_s, dtype=np.int64))
        # Whichever version of a work is shown, it is as well known.
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
        self._foretell(example, title, audience)
        for group in (group_of(audience), group_of(audience, "chosen", example.surface)):
            self.tally(group).learn_one(title, example.occurred_at, example.weight, digest)
            self._tracker(COUNTS + group).mark_one(title)
        self.versions["popularity"] += 1

    def _foretell(self, example: Example, title: int, audience: str) -> None:
        """What a choice says of other titles and times, before it counts: of the makers' next ones, and of the week that it ends."""
        market, at_ms, added_at = self.tally(audience), example.occurred_at, self.catalogue.added_at
        if market.size and week_of(at_ms) > week_of(market.now_ms):
            week = self.seasons.note(audience, market, added_at)
            self._tracker(SEASON + audience).mark_one(week % KEPT)
        if added_at[title] and 0 <= at_ms - added_at[title] < EARLY_MS:
            makers = self.catalogue.makers[title]
            if makers.any():
                first = not market.knows(title)
                self._tracker("makers").mark(self.makers.learn_one(makers, example.weight, first=first))

    def learn_choice(self, features: Floats, chosen: int, seen: ChoiceSet) -> None:  # [candidates × features]
        """Learns which of the candidates was chosen: the blend, then what it left unexplained."""
        error = self.blend.learn_one(features, chosen, seen.blocks)
        self._tracker("sequence").mark(self.sequence.learn_one(seen.recent, seen.titles, error))
        self._tracker(CONTEXT_BIAS).mark(self.context_bias.learn_one(seen.tokens, seen.titles, error))
        self._tracker("blend").mark(seen.blocks)

    def learn_again(self, market: str, at_ms: int, *, taken: bool) -> None:
        """Counts a choice of who might have watched something once more; ``taken``: that was the choice."""
        for kind in (OFFERED, AGAIN) if taken else (OFFERED,):
            self.tally(group_of(market, kind)).count(at_ms)

    def _tracker(self, kind: str) -> DirtyTracker:
        tracker = self.trackers.get(kind)
        if tracker is None:
            tracker = self.trackers[kind] = DirtyTracker()
        return tracker

    def manifest(self, epoch: int, offset: int, watermarks: dict[str, tuple[int, int]]) -> Manifest:
        """The version that the rows belong to."""
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
            looks={name: Totals(pack(one.totals), one.now_ms) for name, one in sorted(self.looks.items())},
            now_ms=self.now_ms,
            river=() if self.river is None else self.river.in_force(self.versions["heads"]),
        )

    def bundle(self, parts: Parts) -> Bundle:
        """The newest values of parts."""
        return packed(self, parts)

    def apply(self, bundle: Bundle) -> Parts:
        """Takes over what another process published (``bundles.check``). Returns which parts these are."""
        return unpacked(self, bundle)

    def numbers(self, names: tuple[str, ...]) -> Ints:
        """The numbers of titles, given now to those that have none."""
        numbers = self.catalogue.titles.find(names).astype(np.int64)
        for place in np.flatnonzero(numbers < 0).tolist():
            numbers[place] = self.catalogue.know(names[place])
        return numbers

    def sparse(self, model: str) -> Sparse:
        """The model of that name that keeps rows of pairs."""
        links = self.kids_links if model.startswith(OF_KIDS) else self.links
        return links.co_occurrence.get(model.removeprefix(OF_KIDS), links.neighbours)

    def follow(self, manifest: Manifest) -> None:
        """Is of the version that a manifest tells of: its bundles have been applied."""
        for name, totals in manifest.tallies.items():
            tally = self.tally(name)
            tally.total = by_half_life(totals.total, 1)[0]
            tally.now_ms = totals.now_ms
        for name, totals in manifest.looks.items():
            self.looks.setdefault(name, Examination()).put(unpack(totals.total), totals.now_ms)
        self.versions = {model: manifest.versions.get(model, 0) for model in self.versions}
        self.learned_to = manifest.examples_offset
        self.now_ms = manifest.now_ms
        names = tuple(one.name for one in manifest.river)
        (self.followed if self.river is None else self.river).keep(names)
        self._serving = (-1, NONE)


def _final_labels(example: Example) -> dict[str, int]:
    """Those of an example that are not corrected any more."""
    if example.final:
        return example.labels
    return {head: label for head, label in example.labels.items() if head not in PROVISIONAL}
