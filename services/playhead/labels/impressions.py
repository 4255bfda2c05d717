"""Open impressions, whose outcome is awaited, and the events that settle them.

    shown ──── click ──▶ {click: 1} ──── play ──▶ {start: 1} ── its end (``labels.plays``)
      │                              └── 10 min ▶ {start: 0}, watched for 0 s
      ├──── play ──▶ {click: 1, start: 1} ── its end
      ├──── skipped after some seconds ──▶ {click: 0, start: 0}, watched for these seconds
      └──── shown again, 10 min, pushed out ──▶ {click: 0, start: 0}, watched for 0 s

There is no timer: an impression past its horizon is settled by the profile's next event.
"""

from typing import NamedTuple
from zlib import crc32

from msgspec import Struct
from msgspec.structs import replace

from playhead.domain import events as e
from playhead.labels.definitions import CLICK_HORIZON_S, NO_CHOICE, PASSED_OVER, End

KEPT = 40
"""Most open impressions of a profile: a screenful or two. An impression that is pushed out counts as passed over."""


class Open(Struct, frozen=True, array_like=True, gc=False):
    """An impression without its outcome. ``digest``: digest of its ranking's id; ``picture``: of its artwork's id, 0 for none."""

    title_id: str
    at_s: int
    surface: str = "home"
    digest: int = 0
    clicked: bool = False
    picture: int = 0


class Outcome(NamedTuple):
    """Labels of a title that have become final, with time and surface of the impression or play that they belong to.

    ``end``: how long it was watched, once that is final. ``shown``: the labels are of an impression, not of a play alone.
    ``clicked``: the click label was emitted before. ``picture``: as in ``Open``. ``final``: false for a
    0 that may be corrected (``labels.provisional``); ``corrects_ms``: when the 0 was emitted that this final label corrects or confirms.
    """

    title_id: str
    at_s: int
    surface: str
    labels: dict[str, int]
    end: End | None = None
    shown: bool = False
    clicked: bool = False
    picture: int = 0
    final: bool = True
    corrects_ms: int = 0


Opens = tuple[Open, ...]
PLAYS = (e.PlaybackStarted, e.PlaybackStopped, e.PlaybackCompleted)


class Settled(NamedTuple):
    """The outcomes that an event makes final, the impressions that stay open, and the impression whose title is now played."""

    outcomes: list[Outcome]
    opens: Opens
    played: Open | None = None


def settle(opens: Opens, event: e.Event) -> Settled:
    """Settles open impressions by an event (its own impressions are added by ``open_up``)."""
    if not opens:
        return Settled([], opens)
    outcomes: list[Outcome] = []
    left, played = opens, None
    due = event.occurred_at // 1000 - CLICK_HORIZON_S
    if over := [o for o in opens if o.at_s <= due]:
        outcomes += map(passed_over, over)
        left = tuple([o for o in opens if o.at_s > due])
    if isinstance(event, e.ImpressionsShown):
        again = {item.title_id for item in event.items}
        outcomes += [passed_over(o) for o in left if o.title_id in again]
        left = tuple(o for o in left if o.title_id not in again)
    elif isinstance(event, (e.TitleClicked, e.PlaybackSkipped, *PLAYS)) and is_choice(event):
        met = _meet(left, event)
        outcomes, left, played = outcomes + met.outcomes, met.opens, met.played
    return Settled(outcomes, left, played)


def is_choice(event: e.Event) -> bool:
    """Whether the viewer chose: a play that began automatically is neither click nor start."""
    return not isinstance(event, e.PlaybackStarted) or event.trigger not in NO_CHOICE


def open_up(opens: Opens, event: e.ImpressionsShown) -> tuple[list[Outcome], Opens]:
    """Adds the impressions of an event, newest first. Returns the outcomes of those pushed out, as passed over, and the open ones."""
    at_s = event.occurred_at // 1000
    digest = crc32(event.ranking_id.encode()) if event.ranking_id else 0
    fresh = {
        i.title_id: Open(
            i.title_id,
            at_s,
            event.surface,
            digest,
            picture=crc32(i.artwork_id.encode()) if i.artwork_id else 0,
        )
        for i in event.items
    }
    both = (*fresh.values(), *opens)
    return [passed_over(o) for o in both[KEPT:]], both[:KEPT]


def passed_over(impression: Open) -> Outcome:
    """The outcome of an impression without a click, or without a play after its click."""
    return _left(impression, PASSED_OVER)


def _left(impression: Open, end: End) -> Outcome:
    labels = {"start": 0} if impression.clicked else {"click": 0, "start": 0}
    return _outcome(impression, labels, end)


def _meet(opens: Opens, event: e.TitleEvent) -> Settled:
    met = _find(opens, event)
    if met is None:
        return Settled([], opens)
    remaining = tuple(o for o in opens if o is not met)
    if isinstance(event, e.PlaybackSkipped):
        return Settled([_left(met, End(event.watched_s or 0.0))], remaining)
    if isinstance(event, e.TitleClicked):
        if met.clicked:
            return Settled([], opens)
        clicked = replace(met, clicked=True)
        return Settled([_outcome(met, {"click": 1})], tuple(clicked if o is met else o for o in opens))
    labels = {"start": 1} if met.clicked else {"click": 1, "start": 1}
    return Settled([_outcome(met, labels)], remaining, met)


def _find(opens: Opens, event: e.TitleEvent) -> Open | None:
    """The impression that an event belongs to: the one in the ranking that it names, else the newest of its title."""
    of_title = [o for o in opens if o.title_id == event.title_id]
    if event.attribution is not None and event.attribution.ranking_id:
        digest = crc32(event.attribution.ranking_id.encode())
        of_title.sort(key=lambda o: o.digest != digest)
    return of_title[0] if of_title else None


def _outcome(impression: Open, labels: dict[str, int], end: End | None = None) -> Outcome:
    return Outcome(
        impression.title_id,
        impression.at_s,
        impression.surface,
        labels,
        end,
        True,
        impression.clicked,
        impression.picture,
    )
