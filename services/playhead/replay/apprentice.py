"""Learning beside another system: what would our rankings have been, and how much of what was watched would they have brought?

The apprentice folds and learns every event as workers do, and serves nothing. For each ranking that the system in place (the
incumbent) has sent it makes its own for the same profile at the same time, and compares.

How our ranking would have fared is estimated by the position-based click model: whether a title is chosen depends on the title,
and on whether its place is looked at (Li et al., "Offline Evaluation of Ranking Policies with Click Models", KDD 2018). A choice
of a title that stood at one place counts as much more, or less, as our place is looked at more often. Titles that the
incumbent did not show can't be chosen: what they would have brought is missing, so the estimate is a careful one. ``coverage``
says which part of our list was judged.
"""

from collections import deque
from collections.abc import Sequence
from typing import Annotated, NamedTuple

import msgspec
import numpy as np
from msgspec import Meta, Struct

from playhead.arrays.types import Floats
from playhead.domain import events as e
from playhead.domain.errors import Rejected
from playhead.domain.fields import EpochMs, ProfileId, Share, Text, TitleId
from playhead.domain.rankings import Ranking
from playhead.domain.topics import RANKINGS
from playhead.experiments.ratio import Ratio, ratio
from playhead.replay.core import Replay
from playhead.signals.record import Profile

PLACES = 10
"""Titles of a list that are compared: those that are seen without scrolling."""
HORIZON_MS = 86_400_000
"""Time after a ranking within which a choice may come from it."""
OPEN = 8
"""Rankings of a profile that a choice may come from, the newest of them first."""
LONGEST_S = 4 * 3_600.0
"""Most seconds that one play counts where the length of its title is not known: a viewer who falls asleep does not like it more."""
UNMEANT = ("autoplay", "preview")


class _Item(Struct):
    title_id: TitleId


class IncumbentRanking(Struct):
    """What a record of the incumbent's topic holds: the titles in their order, as ids or as items that have one."""

    profile_id: ProfileId
    computed_at: EpochMs
    title_ids: tuple[TitleId, ...] = ()
    items: tuple[_Item, ...] = ()
    surface: Annotated[Text, Meta(min_length=1)] = "home"

    def titles(self) -> tuple[str, ...]:
        """The titles, best first."""
        return self.title_ids or tuple(item.title_id for item in self.items)


class ListComparison(NamedTuple):
    """Two lists for one profile at one time; ``met``: titles of the incumbent's that were chosen since, or began by themselves."""

    at_ms: int
    theirs: tuple[str, ...]
    ours: tuple[str, ...]
    met: set[str]


class ApprenticeReport(Struct, frozen=True):
    """How two rankers compare.

    Attributes:
        rankings: Lists of the incumbent that were compared; ``profiles``: for how many profiles.
        overlap: Mean share of the first titles that both lists have; ``first_same``: share of lists with the same first title.
        coverage: Which part of our lists was judged, by how often places are looked at: the rest, the incumbent did not show.
        choices: Titles chosen within a day of a ranking that shows them.
        choices_in_ours, choices_in_theirs: Shares of these that stand among the first of each.
        choices_uplift, minutes_uplift: Our choices and minutes watched over the incumbent's, less 1, as estimated.
        refused: Records that are no rankings, with the first reason.
    """

    rankings: int
    profiles: int
    overlap: Share
    first_same: Share
    coverage: Share
    choices: int
    choices_in_ours: Share
    choices_in_theirs: Share
    choices_uplift: Ratio
    minutes_uplift: Ratio
    refused: int
    first_refused: str


class Apprentice:
    """Learns from events, and compares its rankings with another system's; ``places``: titles of a list that count."""

    def __init__(self, replay: Replay | None = None, places: int = PLACES) -> None:
        self.replay = replay or Replay()
        self.replay.listener = self._see
        self._places = places
        self._looked_at: Floats = 1.0 / np.log2(2.0 + np.arange(1_000))
        self._open: dict[str, deque[ListComparison]] = {}
        self._rewards: dict[str, Floats] = {}  # [choices, minutes] × [theirs, ours]
        self._sums = np.zeros(3)  # overlap, same first, coverage
        self._choices = np.zeros(3, dtype=np.int64)  # all, in ours, in theirs
        self._rankings, self._refused, self._first_refused = 0, 0, ""

    def learn(self, line: bytes) -> None:
        """Folds an event and learns from it; counts it towards the rankings that it may have come from."""
        self.replay.take(line, ranked=False)

    def compare(self, line: bytes) -> None:
        """Compares a ranking of the incumbent with our own of the same moment; one that can't be read is counted."""
        try:
            theirs = _decode(line)
        except Rejected as error:
            self._refused += 1
            self._first_refused = self._first_refused or str(error)
            return
        ours = self._ours(theirs)
        self._rankings += 1
        listed = self._open.setdefault(theirs.profile_id, deque(maxlen=OPEN))
        listed.appendleft(ListComparison(theirs.computed_at, theirs.titles(), ours, set()))
        self._rewards.setdefault(theirs.profile_id, np.zeros((2, 2)))
        self._sums += self._agreement(theirs.titles(), ours)

    def report(self) -> ApprenticeReport:
        """The comparison of everything seen so far."""
        count = max(self._rankings, 1)
        rewards = np.array(list(self._rewards.values())).reshape(-1, 2, 2)
        overlap, first_same, coverage = (self._sums / count).tolist()
        choices, in_ours, in_theirs = self._choices.tolist()
        return ApprenticeReport(
            rankings=self._rankings,
            profiles=len(rewards),
            overlap=overlap,
            first_same=first_same,
            coverage=coverage,
            choices=choices,
            choices_in_ours=in_ours / max(choices, 1),
            choices_in_theirs=in_theirs / max(choices, 1),
            choices_uplift=ratio(rewards[:, 0, 1], rewards[:, 0, 0]),
            minutes_uplift=ratio(rewards[:, 1, 1], rewards[:, 1, 0]),
            refused=self._refused,
            first_refused=self._first_refused,
        )

    def _ours(self, theirs: IncumbentRanking) -> tuple[str, ...]:
        page = {
            "event_id": f"apprentice-{self._rankings}",
            "type": "page_viewed",
            "profile_id": theirs.profile_id,
            "occurred_at": theirs.computed_at,
            "surface": theirs.surface,
        }
        stored = self.replay.stored.get(theirs.profile_id.encode())
        effects = self.replay.imagine(msgspec.json.encode(page), stored)
        made = [
            record.value for record in effects.then if record.topic == RANKINGS and record.value is not None
        ]
        return tuple(item.title_id for item in _rankings.decode(made[-1]).items) if made else ()

    def _agreement(self, theirs: Sequence[str], ours: Sequence[str]) -> Floats:
        first, mine, shown = theirs[: self._places], ours[: self._places], set(theirs)
        looked_at = self._looked_at[: len(mine)]
        judged = looked_at[[title in shown for title in mine]].sum() / looked_at.sum() if mine else 0.0
        overlap = len({*first} & {*mine}) / max(len(first), len(mine), 1)
        return np.array([overlap, first[:1] == mine[:1], judged])

    def _see(self, _profile: Profile, event: e.AnyEvent) -> None:
        if isinstance(event, e.TitleClicked):
            self._meet(event, chosen=True)
        elif isinstance(event, e.PlaybackStarted):
            self._meet(event, chosen=event.trigger not in UNMEANT)
        elif isinstance(event, e.PlaybackStopped | e.PlaybackCompleted):
            self._meet(event, chosen=True)  # of some producers an end is all that comes
            seconds = event.watched_s if event.watched_s is not None else event.duration_s or 0.0
            self._reward(event, 1, min(seconds, event.duration_s or LONGEST_S) / 60.0)

    def _meet(self, event: e.TitleEvent, *, chosen: bool) -> None:
        listed = self._from(event)
        if listed is None or event.title_id in listed.met:
            return
        listed.met.add(event.title_id)
        if chosen:
            first = event.title_id in listed.theirs[: self._places]
            self._choices += (1, event.title_id in listed.ours[: self._places], first)
            self._reward(event, 0, 1.0)

    def _reward(self, event: e.TitleEvent, kind: int, reward: float) -> None:
        listed = self._from(event)
        if listed is None:
            return
        there = listed.theirs.index(event.title_id)
        sums = self._rewards[event.profile_id][kind]
        if there < self._places:
            sums[0] += reward
        if event.title_id in listed.ours[: self._places]:
            here = listed.ours.index(event.title_id)
            sums[1] += reward * self._looked_at[here] / self._looked_at[min(there, len(self._looked_at) - 1)]

    def _from(self, event: e.TitleEvent) -> ListComparison | None:
        """The newest ranking of the profile that shows the title, within the horizon."""
        for listed in self._open.get(event.profile_id, ()):
            recent = 0 <= event.occurred_at - listed.at_ms <= HORIZON_MS
            if recent and event.title_id in listed.theirs:
                return listed
        return None


_incumbents = msgspec.json.Decoder(IncumbentRanking)
_rankings = msgspec.json.Decoder(Ranking)


def _decode(line: bytes) -> IncumbentRanking:
    try:
        incumbent_ranking = _incumbents.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Rejected(f"A record is no ranking: {error}.", REPAIR) from error
    if not incumbent_ranking.titles():
        raise Rejected("A ranking has no titles.", REPAIR)
    return incumbent_ranking


REPAIR = (
    'Send JSON like {"profile_id": "ada", "computed_at": 1767225600000, "title_ids": ["a", "b"]}, times in milliseconds; '
    "instead of title_ids, items that have a title_id each."
)
