"""What other settings would have brought, judged from a log that is ranked again by both policies, as of each of its events.

The log must have been served by Playhead: its impressions name rankings (``ranking_id``), and replay makes the same ones, or
``decisions`` (records of ``playhead.decisions``) say what was decided, by profile and version. Both policies rank from the same
record and the same models, so that a picture's propensity under either is known exactly, whichever was drawn.

A title's own place counts as offered by the other policy with the propensity that its list says, and 0 where its list has another
title there. Places that explore are exact only where both draw from the same titles; others say so by their mean weight.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from playhead.arrays.types import Floats
from playhead.domain.events import AnyEvent
from playhead.domain.experiments import Setting
from playhead.domain.rankings import Decision
from playhead.domain.records import Effects, Incoming
from playhead.domain.topics import DECISIONS
from playhead.experiments.logged import LoggedDecisions, Offer
from playhead.experiments.policy import promoted
from playhead.features.request import Request, request_of
from playhead.labels.definitions import HEADS
from playhead.page.artwork import PictureChooser
from playhead.personalize.arms import of_arm
from playhead.personalize.core import Personalizer, ReadRecords
from playhead.ranking.outcomes import outcome_probabilities
from playhead.ranking.pipeline import Pipeline, Result, Slate, rank
from playhead.recipe import RECIPE
from playhead.replay.core import Replay
from playhead.replay.recorded import Recording
from playhead.signals.record import decode

CLICK = HEADS.index("click")
NOTHING: Mapping[str, Setting] = {}
_decisions = msgspec.json.Decoder(Decision)


class PolicySlots(NamedTuple):
    """A ranking by one policy, place by place: numbers of titles, their propensities, P(click), and those of all their pictures."""

    title: list[int]
    propensity: list[float]
    click: list[float]
    pictures: Floats


class PolicyReplay(Replay):
    """A replay that ranks by other policies, too, and joins what was decided with what came of it; one join a policy."""

    def __init__(
        self,
        policies: Sequence[Mapping[str, Setting]],
        current: Mapping[str, Setting] = NOTHING,
        decisions: Mapping[tuple[str, int], Decision] | None = None,
    ) -> None:
        super().__init__()
        self.logged = [LoggedDecisions() for _ in policies]
        self._pipelines = [of_arm(RECIPE, changes).pipeline for changes in policies]
        self._own = of_arm(RECIPE, current).pipeline
        if current:  # as it was served: what is learned is the same for all
            self.put_experiment(msgspec.json.encode(promoted(None, current)))
        self._decided = decisions
        self.listener = self._happened

    def _happened(self, profile: Any, event: AnyEvent) -> None:
        del profile
        for joined in self.logged:
            joined.happened(event)

    def _step(self, record: Incoming, read: ReadRecords, *, ranked: bool = True) -> Effects:
        effects = super()._step(record, read, ranked=ranked)
        made = [
            _decisions.decode(record.value or b"") for record in effects.then if record.topic == DECISIONS
        ]
        if made:
            state = dict(effects.state)
            profile = decode(state[record.key or b""] or b"")[2]
            self._compare(made[0], record.key or b"", profile, record.timestamp_ms)
        return effects

    def _compare(self, made: Decision, key: bytes, profile: Any, broker_ms: int) -> None:
        decision = made if self._decided is None else self._decided.get((made.profile_id, made.version))
        if decision is None:
            return
        titles = self.personalizer.followed.catalogue.titles
        logged = [titles.get(title_id) for title_id in decision.title_ids]
        request = request_of(key, profile, broker_ms)
        own, *others = slots(self.personalizer, [self._own, *self._pipelines], request)
        for joined, other in zip(self.logged, others, strict=True):
            offers = {
                title_id: self._offer(decision, place, logged[place], own, other)
                for place, title_id in enumerate(decision.title_ids)
            }
            joined.decided(decision.ranking_id, offers)

    def _offer(
        self, decision: Decision, place: int, title: int, own: PolicySlots, other: PolicySlots
    ) -> Offer:
        there = place < len(other.title) and other.title[place] == title
        weight = other.propensity[place] / decision.propensities[place] if there else 0.0
        expected = own.click[place] if place < len(own.title) and own.title[place] == title else 0.0
        if weight and decision.artwork_ids and decision.artwork_ids[place] is not None:
            artworks = self.personalizer.followed.catalogue.artworks
            ids = [
                msgspec.json.decode(artworks.texts.of(picture_text))
                for picture_text in artworks.of[title].tolist()
                if picture_text >= 0
            ]
            picture = decision.artwork_ids[place]
            probability = float(other.pictures[place, ids.index(picture)]) if picture in ids else 0.0
            weight *= probability / decision.artwork_propensities[place]
        return Offer(weight, expected, other.click[place] if place < len(other.click) else 0.0)


def slots(personalizer: Personalizer, pipelines: Sequence[Pipeline], request: Request) -> list[PolicySlots]:
    """What pipelines would list for a profile, by the models that a personalizer has now; one each.

    Those that differ in weights and pictures alone are ranked together, and those that differ in pictures alone once.
    """
    who = request.identity
    view = personalizer._views.of(who.market, who.kind)  # noqa: SLF001  the very views that it ranks by
    alike: dict[Pipeline, list[Pipeline]] = {}
    for pipeline in pipelines:
        common = replace(pipeline, weights=pipelines[0].weights, artwork=pipelines[0].artwork)
        alike.setdefault(common, []).append(pipeline)
    by_pipeline: dict[Pipeline, PolicySlots] = {}
    for common, mine in alike.items():
        weights = list(dict.fromkeys(pipeline.weights for pipeline in mine))
        result = rank(common, [(view, [request] * len(weights))], weights)
        for pipeline in mine:
            slate = result.slates[weights.index(pipeline.weights)]
            by_pipeline[pipeline] = _slots(result._replace(artwork=pipeline.artwork), slate)
    return [by_pipeline[pipeline] for pipeline in pipelines]


def _slots(result: Result, slate: Slate) -> PolicySlots:
    title = result.scored.pool.title[slate.places]
    clicks = outcome_probabilities(result.scored.outcomes[slate.places])[:, CLICK]
    pictures = PictureChooser(result).propensities(np.full(len(title), slate.row), title)
    return PolicySlots(title.tolist(), slate.propensity.tolist(), clicks.tolist(), pictures)


def compared(
    log: Path,
    titles: Path | None,
    policies: Sequence[Mapping[str, Setting]],
    decisions: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    current: Mapping[str, Setting] = NOTHING,
) -> list[LoggedDecisions]:
    """The decisions of a log joined with those of other policies and with their outcomes, one join a policy.

    ``current``: what the log was served with beside the recipe.

    Raises:
        Rejected: a policy names a setting that does not exist, or does not build.
    """
    core = PolicyReplay(policies, current, None if decisions is None else _read(decisions))
    if titles is not None:
        with Recording(titles) as catalogue:
            for line in catalogue.lines("titles", validate=False):
                core.put_title(line.value)
    with Recording(log) as events:
        for number, value in events.raw():
            core.take(value, number)
            if progress and not number % 200:
                progress(events.read_bytes, events.size_bytes)
    return core.logged


def _read(path: Path) -> dict[tuple[str, int], Decision]:
    with Recording(path) as lines:
        decisions = [_decisions.decode(value) for _, value in lines.raw()]
    return {(decision.profile_id, decision.version): decision for decision in decisions}
