"""The heads' predictions before each outcome was known: for each impression, and each play without one.

    shown t1 ─▶ predict by the models of this moment ── click ─▶ label ── … ── end of the play ─▶ labels

The serving code predicts, the code that writes examples makes the labels; nothing is learned here.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from playhead.arrays.types import Floats
from playhead.catalogue.facts import UNKNOWN, TitleFacts, facts_of
from playhead.domain import events as e
from playhead.domain.events import AnyEvent
from playhead.features.context import ContextBatch
from playhead.features.snapshot import for_outcome
from playhead.lab.evaluate.head_references import HeadReference
from playhead.labels.definitions import BINGE_WITHIN_S, CLICK_HORIZON_S, HEADS, PASSED_OVER, Verdict, judge
from playhead.labels.impressions import Outcome
from playhead.models.follower_state import FollowerState
from playhead.models.market_snapshot import MarketSnapshotCache
from playhead.models.river.serving import COLUMNS
from playhead.ranking.outcome_features import PAIR, OutcomeFeatures, outcome_features
from playhead.ranking.outcomes import ask, asked_of, expected_watch_s, outcome_probabilities, write_logits
from playhead.signals.exposure import EXPOSURE
from playhead.signals.identity import IDENTITY
from playhead.signals.identity import fold as identify
from playhead.signals.pending import PENDING
from playhead.signals.record import settled

WATCH = "watch_s"
OF_IMPRESSION = (*HEADS, WATCH)
OF_PLAY = ("long_view", "finish", "binge", WATCH)
"""A play alone was neither shown nor clicked."""

HELD_BACK = 4_000
"""Cases that wait while there are references, which are asked of so many at once."""


class HeadPrediction(NamedTuple):
    """A head's prediction at ``occurred_at`` and what came of it, None when that was never known.

    ``event_id``: of the impressions, or of the event that opened the play. ``p``: a probability; seconds for
    ``watch_s``.
    """

    event_id: str
    title_id: str
    head: str
    p: float
    label: float | None
    occurred_at: int


class PredictedOutcome:
    """An impression or play that was predicted. ``references``: predictions of the references, by their names."""

    __slots__ = (
        *("event_id", "finished_ms", "labels", "length_s", "number", "occurred_at"),
        *("open", "p", "references", "title_id"),
    )

    def __init__(
        self, event: AnyEvent, title_id: str, p: dict[str, float], length_s: float, number: int
    ) -> None:
        self.event_id = event.event_id
        self.occurred_at = event.occurred_at
        self.title_id = title_id
        self.p = p
        self.length_s = length_s
        self.number = number
        self.finished_ms = 0
        self.references: dict[str, dict[str, float]] = {}
        self.labels: dict[str, float] = {}
        self.open = True

    def predictions(self, of: str = "") -> Iterator[HeadPrediction]:
        """A prediction for each head; ``of``: those of a reference."""
        predicted = {h: p for h, p in self.references[of].items() if h in self.p} if of else self.p
        for head, p in predicted.items():
            yield HeadPrediction(
                self.event_id, self.title_id, head, p, self.labels.get(head), self.occurred_at
            )


class Predictions:
    """Follows a log an event at a time, before it is folded; gives cases in the order of the log, once labelled."""

    def __init__(self, followed: FollowerState, references: Sequence[HeadReference] = ()) -> None:
        self._followed = followed
        self._references = references
        self._cases = self._settled = 0
        self._views = MarketSnapshotCache(followed)
        self._waiting: deque[PredictedOutcome] = deque()
        self._open: dict[tuple[str, str, int], PredictedOutcome] = {}
        self._last: dict[tuple[str, str], PredictedOutcome] = {}
        self._now_ms = 0

    def take(self, profile: Any, event: AnyEvent) -> None:
        """Predicts what an event shows or plays, and labels what it settles; ``profile`` is as it was before."""
        self._now_ms = max(self._now_ms, event.occurred_at)
        for outcome in settled(profile, event, self._facts(event)):
            if not outcome.shown and "binge" not in outcome.labels:
                self._open_play(profile, event, outcome)
            self._label(event.profile_id, outcome)
        if isinstance(event, e.ImpressionsShown):
            titles = list(dict.fromkeys(item.title_id for item in event.items))
            self._predict(profile, event, titles, event.surface, OF_IMPRESSION)
        elif isinstance(event, e.PlaybackStarted):
            pending = PENDING.of(profile)
            shown = any(impression.title_id == event.title_id for impression in pending.opens)
            if not shown and pending.playing.title_id != event.title_id:
                self._predict(profile, event, [event.title_id], "home", OF_PLAY)

    def _facts(self, event: AnyEvent) -> TitleFacts:
        if not isinstance(event, e.PlaybackEvent):
            return UNKNOWN
        return facts_of(self._followed.catalogue, event.title_id)

    def ready(self) -> Iterator[PredictedOutcome]:
        """The cases whose labels are all known, up to the first that still waits."""
        if not self._references or self._cases - self._settled >= HELD_BACK:
            self._settle()
        while self._waiting and not self._waiting[0].open and self._waiting[0].number < self._settled:
            yield self._waiting.popleft()

    def rest(self) -> Iterator[PredictedOutcome]:
        """The cases that still wait when the log ends. One without outcome within its horizon was passed over, or no binge.

        The core says so at the profile's next event; a profile that never came back has none.
        """
        self._settle()
        due_ms = self._now_ms - 1000 * CLICK_HORIZON_S
        over_ms = self._now_ms - 1000 * BINGE_WITHIN_S
        for case in self._last.values():
            if case.finished_ms < over_ms:
                case.labels["binge"] = 0
        for case in self._waiting:
            if "start" in case.p and "start" not in case.labels and case.occurred_at <= due_ms:
                case.labels = {"click": 0, "start": 0, WATCH: 0.0} | judge(PASSED_OVER).labels | case.labels
            yield case
        self._waiting.clear()

    def _settle(self) -> None:
        self._settled = self._cases
        for reference in self._references:
            reference.settle()

    def _open_play(self, profile: Any, event: AnyEvent, outcome: Outcome) -> None:
        """Predicts a play without earlier events right before its end."""
        if (event.profile_id, outcome.title_id, outcome.at_s) not in self._open:
            self._predict(profile, event, [outcome.title_id], "home", OF_PLAY)

    def _label(self, profile_id: str, outcome: Outcome) -> None:
        if "binge" in outcome.labels:  # judged from the end of the play; said of the case that led to it
            case = self._last.pop((profile_id, outcome.title_id), None)
        else:
            case = self._open.get((profile_id, outcome.title_id, outcome.at_s))
        if case is None:
            return
        verdict = Verdict({}, None) if outcome.end is None else judge(outcome.end, case.length_s)
        labels: dict[str, float] = {**outcome.labels, **verdict.labels}
        if verdict.watch_s is not None:
            labels[WATCH] = verdict.watch_s
        case.labels |= labels
        for reference in self._references:
            reference.learn(case.number, labels)
        if outcome.end is not None:
            del self._open[profile_id, outcome.title_id, outcome.at_s]
            if verdict.labels.get("finish"):
                self._last[profile_id, outcome.title_id] = case
                case.finished_ms = self._now_ms
            case.open = bool(verdict.labels.get("finish"))
        elif "binge" in outcome.labels:
            case.open = False

    def _predict(
        self, profile: Any, event: AnyEvent, titles: list[str], surface: str, heads: tuple[str, ...]
    ) -> None:
        if not titles:
            return
        at_s = event.occurred_at // 1000
        identity = identify(IDENTITY.of(profile), event)
        view = self._views.of(identity.market, identity.kind)
        catalogue = self._followed.catalogue
        facts = ContextBatch([for_outcome(profile, identity, at_s, surface)], [view])
        shown = EXPOSURE.of(profile).counted()
        numbers = catalogue.titles.find(titles).astype(np.int64)
        seen = np.array([shown.get(title_id, 0) for title_id in titles], dtype=np.float64)
        owner = np.zeros(len(titles), dtype=np.int64)
        rows = outcome_features(facts, catalogue, owner, numbers, seen)
        logits, pairs = np.empty((len(numbers), COLUMNS)), np.ascontiguousarray(rows.dense[:, PAIR])
        write_logits(facts, owner, numbers, pairs, logits)
        for asked in asked_of(facts):
            ask(asked, facts, owner, numbers, pairs, logits, np.arange(len(numbers)))
        lengths = np.where(numbers >= 0, catalogue.duration_s[numbers], 0.0)
        predicted: Floats = np.concatenate(
            [outcome_probabilities(logits), expected_watch_s(logits, lengths)[:, None]], axis=1
        )
        for n, (title_id, p) in enumerate(zip(titles, predicted.tolist(), strict=True)):
            named = dict(zip(OF_IMPRESSION, p, strict=True))
            case = PredictedOutcome(
                event, title_id, {head: named[head] for head in heads}, float(lengths[n]), self._cases
            )
            self._cases += 1
            row = OutcomeFeatures(rows.slots[n], rows.rated[n], rows.dense[n])
            for reference in self._references:
                case.references[reference.name] = reference.predict(
                    case.number, row, view.models.heads, event.occurred_at
                )
            self._keep(case, (event.profile_id, title_id, at_s))

    def _keep(self, case: PredictedOutcome, key: tuple[str, str, int]) -> None:
        replaced = self._open.pop(key, None)
        if replaced is not None:
            replaced.open = False
        self._open[key] = case
        self._waiting.append(case)
