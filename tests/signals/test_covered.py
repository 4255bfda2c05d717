"""Watched parts of a title, compared with a second-by-second reference."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.signals.folded import folded
from tests.timeline import START_MS, event

from playhead.domain.events import AnyEvent, PlaybackProgress
from playhead.signals.covered import MOST, cover, seconds
from playhead.signals.history import HISTORY
from playhead.signals.rows import Watched

LENGTH_S, WITHIN_S = 20_000, 6_000
"""Length of the title, and bound of the positions played, as watching after the end would be another viewing."""
SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=MOST)


@tried(200)
@given(SPANS)
def test_few_spans_are_the_seconds_in_them(spans: list[tuple[int, int]]) -> None:
    covered: tuple[int, ...] = ()
    for begin, end in spans:
        covered = cover(covered, begin, end)
    assert covered == tuple(sorted(covered))
    assert len(set(covered)) == len(covered)
    wanted = {second for begin, end in spans for second in range(begin, end)}
    pairs = zip(covered[::2], covered[1::2], strict=True)
    assert {second for begin, end in pairs for second in range(begin, end)} == wanted
    assert seconds(covered) == len(wanted)


def test_of_many_spans_the_smaller_untruth_is_told() -> None:
    pieces = [0, 100, 110, 200, 1_000, 1_100, 2_000, 2_100, 3_000, 3_100]  # a gap of 10 s
    covered: tuple[int, ...] = ()
    for begin, end in zip(pieces[::2], pieces[1::2], strict=True):
        covered = cover(covered, begin, end)
    assert covered == (0, 200, 1_000, 1_100, 2_000, 2_100, 3_000, 3_100)
    assert cover(covered, 5_000, 5_005) == covered  # five seconds in the middle of nowhere


class Player:
    """A device that plays one title, second by second; ``seen``: the seconds that it played, ``events``: those that it reports."""

    def __init__(self, play: str, at_s: int, seen: set[int]) -> None:
        self.play, self.at_s, self.seen = play, at_s, seen
        self.position = 0
        self.events: list[AnyEvent] = []

    def send(self, type_: str, **fields: Any) -> None:
        name = f"{self.play}-{len(self.events)}"
        about: dict[str, Any] = {"title_id": "a", "playback_id": self.play, "event_id": name}
        self.events.append(event(type_, at_s=self.at_s, **about, **fields))

    def start(self, position: int) -> None:
        self.position = position
        self.send("playback_started", position_s=position, duration_s=LENGTH_S)

    def watch(self, length: int, beat: int, *, with_seconds: bool) -> None:
        while length > 0 and self.position < LENGTH_S:
            step = min(beat, length, LENGTH_S - self.position)
            self.seen.update(range(self.position, self.position + step))
            self.position, self.at_s, length = self.position + step, self.at_s + step, length - step
            fields = {"watched_s": step} if with_seconds else {}
            self.send("playback_progress", position_s=self.position, **fields)

    def pause(self, length: int) -> None:
        self.send("playback_paused", position_s=self.position)
        self.at_s += length
        self.send("playback_resumed", position_s=self.position)

    def seek(self, target: int) -> None:
        self.send("playback_seeked", from_s=self.position, to_s=target)
        self.position = target

    def stop(self) -> None:
        self.send("playback_stopped", position_s=self.position, duration_s=LENGTH_S)


def lived(rng: Random, *, seeks: int, with_seconds: bool) -> tuple[list[AnyEvent], set[int], int]:
    """Two devices, one after the other or at once: their events by time, the seconds seen, where the later one left."""
    seen: set[int] = set()
    both = []
    for play, at_s in (("tv", 0), ("phone", rng.choice([5, 40_000]))):
        player = Player(play, at_s, seen)
        player.start(rng.randrange(0, 3_000))
        for _ in range(rng.randrange(1, 4)):
            player.watch(rng.randrange(1, 1_500), rng.choice([10, 30, 60]), with_seconds=with_seconds)
            if rng.random() < 0.5:
                player.pause(rng.choice([1, 600, 32_400]))
        for _ in range(seeks):
            player.seek(rng.randrange(0, WITHIN_S))
            player.watch(rng.randrange(1, 600), 10, with_seconds=with_seconds)
        player.stop()
        both.append(player)
    last = max(both, key=lambda player: player.at_s)
    events = sorted(
        (event for player in both for event in player.events), key=lambda happened: happened.occurred_at
    )
    return events, seen, last.position


def watched(events: list[AnyEvent]) -> Watched:
    [title] = folded(HISTORY, *events)
    return title


@tried(150)
@given(st.integers(0, 10**9), st.booleans())
def test_two_devices_cover_what_was_seen(seed: int, with_seconds: bool) -> None:
    events, seen, position = lived(Random(seed), seeks=1, with_seconds=with_seconds)
    row = watched(events)
    assert row.watched_s == len(seen)
    if len({event.occurred_at for event in events[-3:]}) == 3:
        assert row.position_s == position


@tried(100)
@given(st.integers(0, 10**9), st.booleans())
def test_lost_heartbeats_lose_little_and_add_nothing(seed: int, with_seconds: bool) -> None:
    rng = Random(seed)
    events, seen, _ = lived(rng, seeks=0, with_seconds=with_seconds)
    kept = [event for event in events if not isinstance(event, PlaybackProgress) or rng.random() < 0.7]
    watched_s = watched(kept).watched_s
    assert watched_s <= len(seen) + 1
    assert watched_s >= 0.9 * len(seen) - 60 * 4


@tried(100)
@given(st.integers(0, 10**9))
def test_doubled_events_and_a_batch_that_comes_again_change_nothing(seed: int) -> None:
    rng = Random(seed)
    events, _, _ = lived(rng, seeks=1, with_seconds=rng.random() < 0.5)
    doubled = [event for event in events for _ in range(rng.choice([1, 1, 2]))]
    once = folded(HISTORY, *events)
    assert folded(HISTORY, *doubled) == once
    assert folded(HISTORY, *events, *events) == once
    assert folded(HISTORY, *events, *events).tracks == once.tracks


@tried(100)
@given(st.integers(0, 10**9))
def test_heartbeats_that_come_late_are_counted_by_their_positions(seed: int) -> None:
    """One in ten comes up to five places later than it happened."""
    rng = Random(seed)
    events, seen, _ = lived(rng, seeks=0, with_seconds=True)
    order = sorted(
        range(len(events)),
        key=lambda n: n + (5.5 if isinstance(events[n], PlaybackProgress) and rng.random() < 0.1 else 0),
    )
    assert watched([events[n] for n in order]).watched_s == len(seen)


def beats(**fields: Any) -> list[AnyEvent]:
    return [
        event("playback_progress", title_id="a", at_s=at_s, **{k: v(at_s) for k, v in fields.items()})
        for at_s in range(10, 1_010, 10)
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"watched_s": lambda _: 10},
        {"position_s": lambda at_s: at_s},
        {"watched_s": lambda _: 10, "position_s": lambda at_s: at_s},
    ],
    ids=["seconds", "positions", "both"],
)
def test_who_knows_one_of_the_two_is_understood_as_well(fields: dict[str, Any]) -> None:
    start = event("playback_started", title_id="a", duration_s=LENGTH_S)
    row = watched([start, *beats(**fields), *beats(**fields)])
    assert (row.watched_s, row.position_s, row.plays) == (1_000, 1_000, 1)


def test_a_seek_to_the_end_is_no_watching() -> None:
    start = event("playback_started", title_id="a", duration_s=6_000, position_s=0)
    end = event("playback_stopped", title_id="a", at_s=20, watched_s=5_950, position_s=5_950)
    row = watched([start, end])
    assert row.watched_s <= 40
    assert row.position_s == 5_950
    assert not row.completed


def test_a_film_that_was_finished_and_begun_again_is_not_over() -> None:
    day = 86_400
    done = event("playback_completed", title_id="a", watched_s=6_000, duration_s=6_000)
    start = event("playback_started", title_id="a", at_s=day, duration_s=6_000, position_s=0)
    beat = event("playback_progress", title_id="a", at_s=day + 1_500, position_s=1_500)
    row = watched([done, start, beat])
    assert (row.watched_s, row.position_s, row.completed, row.plays) == (1_500, 1_500, True, 2)
    assert row.at_s == START_MS // 1_000 + day + 1_500
