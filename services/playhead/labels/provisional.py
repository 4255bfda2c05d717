"""Labels that are given as 0 as soon as something can be said, and corrected when more comes of it within a week.

    shown ── played ── left at half ▶ {finish: 0} ── …days… ── gone on with to its end ▶ corrected: {finish: 1}
    e1 ── … 24 h … ▶ {binge: 0} of the series ── …days… ── e2 ── e3 ── e4 begins ▶ corrected: {binge: 1}
    … a week, or twelve other labels ▶ confirmed: 0

What was given is remembered, so that nothing is corrected that was not given, and nothing twice. What is not corrected
within the week, or falls out of the memory, was final, and is confirmed for learners that can take nothing back: they wait for it.
"""

from collections.abc import Container, Iterable
from typing import NamedTuple

from msgspec import Struct

from playhead.domain import events as e
from playhead.labels.definitions import is_in_progress, judge
from playhead.labels.impressions import Outcome

PROVISIONAL = ("finish", "binge")
"""Heads whose 0 may be given before it is final."""
WITHIN_S = 7 * 86_400
"""Horizon of a correction, from what is judged: a film is finished within days, a series taken up again within a week."""
KEPT = 12
"""Provisional labels a profile; of more the oldest become final."""


class Provisional(Struct, frozen=True, array_like=True, gc=False):
    """A label that was given as 0: of a title, or of a series.

    ``judged_s``, ``surface``, ``shown``: as of the ``Outcome`` it was given in; ``given_ms``: when that was.
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
    """The outcome has come: corrects every label of the title and head that was given for what is judged within the horizon."""
    due = [one for one in known if (one.title_id, one.head) == (title_id, head)]
    if not due:
        return Finalized([], known)
    outcomes = [_final(one, 1) for one in reversed(due) if now_s - one.judged_s <= WITHIN_S]
    return Finalized(outcomes, tuple(one for one in known if one not in due))


def expire(known: Provisionals, now_s: int) -> Finalized:
    """Confirms what is not corrected any more."""
    over = [one for one in known if now_s - one.judged_s > WITHIN_S]
    if not over:
        return Finalized([], known)
    return Finalized(
        [_final(one, 0) for one in reversed(over)], tuple(one for one in known if one not in over)
    )


def given(known: Provisionals, outcome: Outcome, head: str, event: e.Event) -> Finalized:
    """Remembers a label that the event gives as 0; confirms what falls out of the memory."""
    one = Provisional(outcome.title_id, head, outcome.at_s, event.occurred_at, outcome.surface, outcome.shown)
    remembered = one, *known
    return Finalized([_final(old, 0) for old in remembered[KEPT:]], remembered[:KEPT])


def awaited(outcomes: Iterable[Outcome], heads: Container[str]) -> list[Outcome]:
    """Outcomes without confirmations that nobody waits for; those that are left stand last. ``heads``: of learners that wait."""
    first, confirmed = [], []
    for outcome in outcomes:
        if not outcome.corrects_ms or any(outcome.labels.values()):
            first.append(outcome)
        elif any(head in heads for head in outcome.labels):
            confirmed.append(outcome)
    return first + confirmed


def is_left(end: Outcome) -> bool:
    """Whether a play ends so that its title may be gone on with: its ``finish`` is 0 for now."""
    assert end.end is not None
    watched_s, duration_s = end.end.watched_s or 0.0, end.end.duration_s
    return is_in_progress(watched_s, duration_s) and judge(end.end).labels.get("finish") == 0


def _final(provisional: Provisional, label: int) -> Outcome:
    return Outcome(
        *(provisional.title_id, provisional.judged_s, provisional.surface, {provisional.head: label}),
        shown=provisional.shown,
        corrects_ms=provisional.given_ms,
    )
