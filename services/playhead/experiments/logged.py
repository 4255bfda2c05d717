"""Decisions with what came of them, as off-policy estimates read them: one row a title that was shown.

A row begins with the first impression of a title in a ranking; a click or a play by choice of it within the horizon of a
click is its reward, or the minutes that it is then watched until it ends. Shown again by another ranking it is another row.
What is shown by no ranking that is known, or clicked without having been shown, says nothing of a policy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from playhead.domain import events as e
from playhead.domain.errors import Rejected
from playhead.domain.experiments import PolicyEstimate, Reward
from playhead.experiments.confidence import ALPHA
from playhead.experiments.offpolicy import Ints, PolicyValue, dr, ips, snips, switch_dr
from playhead.experiments.policy import PolicyVerdict, gain, judge
from playhead.experiments.totals import Floats
from playhead.labels.definitions import CLICK_HORIZON_S

LEAST_VIEWERS = 30
"""Viewers below which an interval over viewers is not to be believed."""
SWITCH = 10.0
"""Weight above which switch-DR takes the model's word: one row then counts as so many."""


class Offer(NamedTuple):
    """A title in a ranking as it was decided, and what the other policy would have done.

    weight: the other policy's propensity of this title here, by this picture, over that of the log; expected: P(click) of
    the title as of then; other: the same of what the other policy would show here.
    """

    weight: float
    expected: float
    other: float


@dataclass
class _Row:
    profile_id: str
    offer: Offer
    shown_ms: int
    click: float = 0.0
    minutes: float = 0.0


class Columns(NamedTuple):
    """Rows as columns: reward, weight, expected reward, that of the other policy's own choice, and whose row it is."""

    reward: Floats
    weight: Floats
    expected: Floats
    other: Floats
    of: Ints | None = None


class Estimates(NamedTuple):
    """Estimates from rows: what the log's own policy brought a title shown, what the other one would have, and its gain."""

    rows: int
    logged: float
    ips: PolicyValue
    snips: PolicyValue
    dr: PolicyValue
    switch_dr: PolicyValue
    gain: PolicyValue
    judged: PolicyVerdict


@dataclass
class LoggedDecisions:
    """Joins offers with events, in the order of the log."""

    _offers: dict[str, Mapping[str, Offer]] = field(default_factory=dict)
    _open: dict[tuple[str, str], _Row] = field(default_factory=dict)
    """The newest row of a profile and a title."""
    _joined: set[tuple[str, str]] = field(default_factory=set)
    rows: list[_Row] = field(default_factory=list)

    def decided(self, ranking_id: str, offers: Mapping[str, Offer]) -> None:
        """Takes in a ranking that was made: its offers by title."""
        self._offers[ranking_id] = offers

    def happened(self, event: e.Event) -> None:
        """Takes in one event."""
        if isinstance(event, e.ImpressionsShown):
            self._shown(event)
        elif isinstance(event, e.TitleEvent):
            row = self._open.get((event.profile_id, event.title_id))
            if row is not None:
                _reward(row, event)

    def _shown(self, event: e.ImpressionsShown) -> None:
        offers = self._offers.get(event.ranking_id or "", {})
        for item in event.items:
            self._open.pop((event.profile_id, item.title_id), None)
            offer, seen = offers.get(item.title_id), (event.ranking_id or "", item.title_id)
            if offer is not None and seen not in self._joined:
                self._joined.add(seen)
                row = self._open[event.profile_id, item.title_id] = _Row(
                    event.profile_id, offer, event.occurred_at
                )
                self.rows.append(row)

    def columns(self, reward: str, part: slice = slice(None)) -> Columns:
        """The rows, or a part of them, with a reward: ``click`` or ``minutes``.

        What the heads expect is scaled to what all rows have brought together: one number of thousands of rows, by which heads that
        expect too much do not widen the doubly robust intervals, and chances of clicks become minutes.
        """
        rows = self.rows[part]
        table = np.array([(getattr(row, reward), *row.offer) for row in rows], dtype=np.float64).reshape(
            -1, 4
        )
        expected = sum(row.offer.expected for row in self.rows)
        scale = sum(getattr(row, reward) for row in self.rows) / expected if expected > 0.0 else 0.0
        numbers: dict[str, int] = {}
        of = [numbers.setdefault(row.profile_id, len(numbers)) for row in rows]
        return Columns(
            table[:, 0], table[:, 1], scale * table[:, 2], scale * table[:, 3], np.array(of, dtype=np.int64)
        )


def _reward(row: _Row, event: e.TitleEvent) -> None:
    within = event.occurred_at - row.shown_ms <= 1_000 * CLICK_HORIZON_S
    chosen = isinstance(event, e.TitleClicked) or (
        isinstance(event, e.PlaybackStarted) and event.trigger in {None, "choice"}
    )
    if chosen and within:
        row.click = 1.0
    if isinstance(event, e.PlaybackStopped | e.PlaybackCompleted) and row.click and event.watched_s:
        row.minutes = max(row.minutes, event.watched_s / 60.0)


def estimates(columns: Columns, alpha: float = ALPHA) -> Estimates:
    """What another policy would have brought, by every estimator, and whether it may take over.

    >>> half = np.full(4, 0.5)
    >>> values = estimates(Columns(np.array([1.0, 0.0, 1.0, 0.0]), np.array([2.0, 0.5, 0.5, 0.0]), half, half))
    >>> values.ips.value, round(values.snips.value, 6), values.dr.value, values.logged
    (0.625, 0.833333, 0.75, 0.5)
    """
    reward, weight, expected, other, of = columns
    if not len(reward):
        nothing = ips(reward, weight, alpha)
        return Estimates(0, 0.0, nothing, nothing, nothing, nothing, nothing, judge(nothing))
    gained = gain(reward, weight, expected, other, alpha, of)
    viewers = len(reward) if of is None else len(np.unique(of))
    few = f"It is known from {viewers} viewers, of {LEAST_VIEWERS}."
    return Estimates(
        rows=len(reward),
        logged=float(reward.mean()),
        ips=ips(reward, weight, alpha, of),
        snips=snips(reward, weight, alpha, of),
        dr=dr(reward, weight, expected, other, alpha, of),
        switch_dr=switch_dr(reward, weight, expected, other, SWITCH, alpha, of),
        gain=gained,
        judged=judge(gained) if viewers >= LEAST_VIEWERS else PolicyVerdict(gained, False, few),
    )


def policy_estimate(estimates: Estimates, reward: Reward) -> PolicyEstimate:
    """The gain and its verdict in the form that is published.

    Raises:
        Rejected: the log has too few decisions for bounds.
    """
    gained, judged = estimates.gain, estimates.judged
    if not np.isfinite([gained.low, gained.high]).all():
        raise Rejected(
            f"The log has {estimates.rows} decisions with a known outcome, too few for an estimate.",
            "Give a log that Playhead has served, whose impressions have ranking_id and artwork_id.",
        )
    return PolicyEstimate(
        reward=reward,
        gain=gained.value,
        low=gained.low,
        high=gained.high,
        decisions=estimates.rows,
        effective_size=gained.effective_size,
        coverage=gained.mean_weight,
        promote=judged.promote,
        reason=judged.reason,
    )
