"""A history_removed event undoes events as if they had not happened; the exceptions are listed here and in docs/producers.md."""

import json
from typing import Any

from hypothesis import given
from tests.effort import tried
from tests.timeline import START_MS, TITLE_IDS, happened, histories

from playhead.arrays.hashing import digest
from playhead.domain.decoding import decode_event
from playhead.signals.exposure import EXPOSURE
from playhead.signals.finished import FINISHED
from playhead.signals.hidden import HIDDEN, Hidden
from playhead.signals.history import HISTORY
from playhead.signals.opinions import OPINIONS
from playhead.signals.pending import PENDING
from playhead.signals.playback import PLAYBACK
from playhead.signals.record import Profile, fold
from playhead.signals.registry import SIGNALS
from playhead.signals.tracks import KEPT

GONE = TITLE_IDS[0]
Wire = dict[str, Any]
UNDONE = {HISTORY, FINISHED, EXPOSURE, OPINIONS, PENDING, PLAYBACK}
"""Signals that know a title by its id and let go of it. The others keep what they hold: counts by hour and kind of
act, who is watching, and wishes not to see a title, which are no history."""


def folded(events: list[Wire]) -> Any:
    profile = Profile()
    for wire in events:
        fold(profile, decode_event(b"ada", json.dumps(wire).encode()))
    return profile


def retraction(events: list[Wire], **what: Any) -> Wire:
    at = max(wire["occurred_at"] for wire in events)
    return {"type": "history_removed", "event_id": "r", "profile_id": "ada", "occurred_at": at, **what}


def without(events: list[Wire]) -> list[Wire]:
    """The same without what was about the title, also as one of those in a list."""
    kept = [wire for wire in events if wire.get("title_id") != GONE]
    return [
        {**wire, "items": [item for item in wire["items"] if item["title_id"] != GONE]}
        if "items" in wire
        else wire
        for wire in kept
    ]


def of_few(events: list[Wire]) -> list[Wire]:
    """The same about as many titles as positions are kept of: what one more pushes out does not come back with its removal."""
    few = {title_id: TITLE_IDS[n % KEPT] for n, title_id in enumerate(TITLE_IDS)}

    def renamed(wire: Wire) -> Wire:
        items = {"items": [renamed(item) for item in wire["items"]]} if "items" in wire else {}
        named = {"title_id": few[wire["title_id"]]} if "title_id" in wire else {}
        return wire | named | items

    return [renamed(wire) for wire in events]


def remembered(profile: Any) -> tuple[Any, ...]:
    """The state that must be as if the title had never occurred. Its own events may have ended other open outcomes."""
    opinions, pending = OPINIONS.of(profile), PENDING.of(profile)
    return (
        HISTORY.of(profile),
        FINISHED.of(profile),
        EXPOSURE.of(profile),
        (opinions.ratings, opinions.watchlist),
        pending.opens,
    )


@tried(150)
@given(events=histories(most=40))
def test_a_title_is_taken_back(events: list[Wire]) -> None:
    # An event that is late settles what is open at other times.
    events = sorted(of_few(events), key=lambda wire: wire["occurred_at"])
    gone = retraction(events, title_id=GONE)
    left, wanted = folded([*events, gone]), folded([*without(events), gone])
    assert remembered(left) == remembered(wanted)
    assert PLAYBACK.of(left).title_id != GONE
    assert GONE not in {PENDING.of(left).playing.title_id, PENDING.of(left).afterglow.title_id}


@tried(150)
@given(events=histories(most=40))
def test_the_events_of_a_title_are_taken_back(events: list[Wire]) -> None:
    events = of_few(events)
    ids = [
        wire["event_id"]
        for wire in events
        if wire.get("title_id") == GONE and wire["type"] != "history_removed"
    ]
    gone = retraction(events, event_ids=ids or ["none"])
    left, wanted = folded([*events, gone]), folded([*without(events), gone])
    assert HISTORY.of(left) == HISTORY.of(wanted)
    assert FINISHED.of(left) == FINISHED.of(wanted)
    if any(watched.title_id == GONE for watched in HISTORY.of(folded(events))):
        assert PLAYBACK.of(left).title_id != GONE
        assert PENDING.of(left).playing.title_id != GONE


def test_the_title_is_nowhere_in_the_record_but_where_it_was_asked_not_to_be_seen() -> None:
    body: dict[str, Wire] = {
        "impressions_shown": {"items": [{"title_id": "x"}]},
        "not_interested": {},
        "title_rated": {"value": 1},
        "watchlist_added": {},
        "playback_started": {"duration_s": 9},
        "playback_completed": {},
    }
    events = [
        happened(type_, at_s=n, event_id=type_, title_id="x", **more)
        for n, (type_, more) in enumerate(body.items())
    ]
    wish = {**events[1], "event_id": "again", "occurred_at": START_MS + 9_000}
    profile = folded([*events, wish, retraction([*events, wish], title_id="x")])
    assert HIDDEN.of(profile) == Hidden(titles=digest("x").to_bytes(4, "little"))
    holding = {signal.name for signal in SIGNALS if "'x'" in repr(signal.of(profile))}
    assert not holding


def test_every_signal_is_undone_or_said_not_to_be() -> None:
    kept = {signal.name for signal in SIGNALS if signal not in UNDONE}
    # docs/producers.md
    assert kept == {
        *("identity", "hidden", "rhythm", "browsing", "pace", "usage"),
        *("search", "session_intent", "looks"),
    }
