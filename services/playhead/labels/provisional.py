"""Provisional labels: emitted as 0 as soon as an example can be learned, and corrected if the outcome happens within a week.

    shown ── played ── left at half ▶ {finish: 0} ── …days… ── resumed and played to its end ▶ corrected: {finish: 1}
    e1 ── … 24 h … ▶ {binge: 0} of the series ── …days… ── e2 ── e3 ── e4 begins ▶ corrected: {binge: 1}
    … a week, or twelve other labels ▶ confirmed: 0

Provisional labels are remembered, so that only emitted labels are corrected, and each once. A label that is not corrected
within the week, or is dropped from memory, is final, and is confirmed for learners that can't correct labels and wait for final ones.
"""

from collections.abc import Container, Iterable
from typing import NamedTuple

from msgspec import Struct

from playhead.domain import events as e
from playhead.labels.definitions import is_in_progress, judge
from playhead.labels.impressions import Outcome

PROVISIONAL = ("finish", "binge")
"""Heads whose 0 may be emitted before it is final."""
WITHIN_S = 7 * 86_400
"""Horizon of a correction, from the impression or play on: a film is finished within days, a series resumed within a week."""
KEPT = 12
"""Most provisional labels of a profile; beyond that the oldest become final."""


class Provisional(Struct, frozen=True, array_like=True, gc=False):
    """A label that was emitted as 0, of a title or of a series.

    ``judged_s``, ``surface``, ``shown``: as in the ``Outcome`` that emitted it; ``given_ms``: when that was.
    """

    title_id: str
    head: str
    judged_s: int
    given_ms: int
    surface: str = "home"
    shown: bool = False


Provisionals = tuple[Provisional, ...]
"""Newest first."""


class Finalized(NamedTuple):
    """The labels that have become final, and those that may still be corrected."""

    outcomes: list[Outcome]
    left: Provisionals


def correct(known: Provisionals, title_id: str, head: str, now_s: int) -> Finalized:
    """Corrects every provisional label of a title and head within the horizon, as the outcome has happened."""
    due = [label for label in known if (label.title_id, label.head) == (title_id, head)]
    if not due:
        return Finalized([], known)
    outcomes = [_final(label, 1) for label in reversed(due) if now_s - label.judged_s <= WITHIN_S]
    return Finalized(outcomes, tuple(label for label in known if label not in due))


def expire(known: Provisionals, now_s: int) -> Finalized:
    """Confirms the labels whose horizon has passed."""
    over = [label for label in known if now_s - label.judged_s > WITHIN_S]
    if not over:
        return Finalized([], known)
    return Finalized(
        [_final(label, 0) for label in reversed(over)], tuple(label for label in known if label not in over)
    )


def given(known: Provisionals, outcome: Outcome, head: str, event: e.Event) -> Finalized:
    """Remembers a label that the event emits as 0; confirms the labels that are dropped from memory."""
    label = Provisional(
        outcome.title_id, head, outcome.at_s, event.occurred_at, outcome.surface, outcome.shown
    )
    remembered = label, *known
    return Finalized([_final(old, 0) for old in remembered[KEPT:]], remembered[:KEPT])


def awaited(outcomes: Iterable[Outcome], heads: Container[str]) -> list[Outcome]:
    """The outcomes without confirmations that no learner waits for; the other confirmations come last. ``heads``: those of learners that wait."""
    first, confirmed = [], []
    for outcome in outcomes:
        if not outcome.corrects_ms or any(outcome.labels.values()):
            first.append(outcome)
        elif any(head in heads for head in outcome.labels):
            confirmed.append(outcome)
    return first + confirmed


def is_left(end: Outcome) -> bool:
    """Whether a play ends with its title in progress, so that its ``finish`` is provisionally 0."""
    assert end.end is not None
    watched_s, duration_s = end.end.watched_s or 0.0, end.end.duration_s
    return is_in_progress(watched_s, duration_s) and judge(end.end).labels.get("finish") == 0


def _final(provisional: Provisional, label: int) -> Outcome:
    return Outcome(
        *(provisional.title_id, provisional.judged_s, provisional.surface, {provisional.head: label}),
        shown=provisional.shown,
        corrects_ms=provisional.given_ms,
    )
