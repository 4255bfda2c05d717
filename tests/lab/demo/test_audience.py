"""The audience: deterministic, valid on the wire, a believable mix, tastes that move."""

from collections import Counter
from itertools import pairwise
from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried

from playhead.domain.decoding import decode_event, decode_title
from playhead.domain.events import Event, PageViewed, PlaybackProgress, SessionStarted, TitleClicked
from playhead.domain.rankings import Cause, RankedItem, Ranking
from playhead.lab.demo.audience import Audience
from playhead.lab.demo.catalogue import catalogue
from playhead.lab.demo.tastes import Tastes
from playhead.lab.demo.words import GENRES

START_MS = 1_767_225_600_000
TICK_MS = 50
TITLES = catalogue(seed=1)


def ranking(event: Event, number: int, rng: Random) -> Ranking:
    """A ranking as an engine without any idea would give it."""
    items = tuple(
        RankedItem(title_id=title.title_id, score=0.5, propensity=1.0, reasons=())
        for title in rng.sample(TITLES, 50)
    )
    cause = Cause(event_id=event.event_id, partition=0, offset=number, occurred_at=event.occurred_at)
    return Ranking(
        ranking_id=f"r{number}",
        profile_id=event.profile_id,
        surface="home",
        version=number,
        computed_at=event.occurred_at,
        market="US",
        caused_by=cause,
        model_versions={},
        experiments={},
        items=items,
        rows=(),
    )


def run(seed: int, ticks: int, viewers: int = 100, *, answered: bool = True) -> list[Event]:
    """What an audience does in ``ticks`` of 50 ms at 200 events a second."""
    audience, rng = Audience(seed, viewers, TITLES), Random(seed)
    events: list[Event] = []
    for tick in range(ticks):
        acts = audience.act(START_MS + tick * TICK_MS, 10)
        for event in acts:
            if answered and isinstance(event, PageViewed | TitleClicked):
                audience.see(ranking(event, len(events), rng))
        events += acts
    return events


def test_same_seed_and_rankings_give_the_same_events() -> None:
    assert run(3, 100) == run(3, 100)
    assert run(3, 20) != run(4, 20)


def test_what_viewers_are_shown_changes_what_they_do() -> None:
    assert run(3, 100) != run(3, 100, answered=False)


@tried(10)
@given(seed=st.integers(0, 1_000_000))
def test_every_event_is_one_of_the_wire(seed: int) -> None:
    for event in run(seed, 40, viewers=20):
        assert decode_event(event.profile_id.encode(), msgspec.json.encode(event)) == event


def test_every_title_is_one_of_the_wire() -> None:
    for title in TITLES:
        assert decode_title(title.title_id.encode(), msgspec.json.encode(title)) == title


def test_about_half_of_the_events_are_heartbeats_and_all_common_types_occur() -> None:
    events = run(1, 1_000, viewers=500)
    mix = Counter(type(event).__name__ for event in events)
    assert 0.4 < mix["PlaybackProgress"] / len(events) < 0.6
    common = ("SessionStarted", "PageViewed", "ImpressionsShown", "TitleClicked", "PlaybackStarted")
    rarer = ("PlaybackPaused", "PlaybackSeeked", "PlaybackStopped", "PlaybackCompleted", "PlaybackSkipped")
    rare = (
        "TitleRated",
        "WatchlistAdded",
        "TitleHovered",
        "TrailerStarted",
        "SearchPerformed",
        "NotInterested",
    )
    assert all(mix[name] > len(events) / 50 for name in common)
    assert all(mix[name] > len(events) / 1_000 for name in rarer)
    assert all(mix[name] > 0 for name in rare)


def test_opening_the_app_opens_the_page_at_once() -> None:
    # session_started, then page_viewed of the same viewer: every active viewer asks for a ranking.
    events = run(2, 200)
    for now, then in pairwise(events):
        if isinstance(now, SessionStarted):
            assert isinstance(then, PageViewed)
            assert then.profile_id == now.profile_id


def test_ids_are_unique_and_each_viewer_is_in_order() -> None:
    events = run(5, 300)
    assert len({event.event_id for event in events}) == len(events)
    latest: dict[str, int] = {}
    for event in events:
        assert event.occurred_at > latest.get(event.profile_id, 0)
        latest[event.profile_id] = event.occurred_at


def test_clicks_say_where_the_title_stood() -> None:
    clicks = [event for event in run(1, 400) if isinstance(event, TitleClicked) and event.attribution]
    ranks = Counter(click.attribution.rank for click in clicks if click.attribution)
    top, below = (sum(ranks[rank] for rank in range(first, first + 8)) for first in (0, 16))
    assert top > 2 * below  # position bias


def test_heartbeats_advance_in_the_title_while_the_clock_hardly_moves() -> None:
    beats = [event for event in run(1, 400) if isinstance(event, PlaybackProgress)]
    assert sum(beat.watched_s or 0.0 for beat in beats) > 100 * 400 * TICK_MS / 1_000


def test_an_audience_that_gets_no_page_goes_on() -> None:
    assert len(run(1, 400, viewers=3, answered=False)) > 100


def test_tastes_drift() -> None:
    tastes = Tastes(Random(1), [genre.name for genre in GENRES], [])
    before = dict(tastes.genres)
    for _ in range(30):
        tastes.drift()
    moved = sum(abs(tastes.genres[name] - weight) for name, weight in before.items()) / len(before)
    assert moved > 0.2
    assert all(-1.0 <= weight <= 2.0 for weight in tastes.genres.values())
