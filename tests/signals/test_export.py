"""Finished titles are recognised from a service's history export: sessions with bookmarks or with durations."""

import json
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import pytest
from tests.timeline import happened

from playhead.arrays.hashing import digest
from playhead.domain.records import Incoming, Source
from playhead.domain.topics import EVENTS, TITLES
from playhead.features.request import request_of
from playhead.personalize.core import Personalizer
from playhead.recipe import RECIPE
from playhead.signals.record import decode

FILMS = {f"f{n}": 3_000 + 37 * n for n in range(120)}
SOURCE = Source(1, 0)
Told = Callable[[dict[str, Any], int, int, int], list[dict[str, Any]]]
"""The row of an export for one session: title, begin and end positions, and start time."""


def bookmarks(about: dict[str, Any], begin: int, end: int, at_s: int) -> list[dict[str, Any]]:
    """Seconds and a bookmark, as in a viewing history; only the catalogue has the length."""
    return [happened("playback_stopped", at_s=at_s, **about, watched_s=end - begin, position_s=end)]


def positions(about: dict[str, Any], begin: int, end: int, at_s: int) -> list[dict[str, Any]]:
    """Positions alone, as a player's server keeps them."""
    beats = [
        happened("playback_progress", at_s=at_s + here - begin, **about, position_s=here)
        for here in range(begin + 300, end, 300)
    ]
    start = happened("playback_started", at_s=at_s, **about, position_s=begin)
    return [start, *beats, happened("playback_stopped", at_s=at_s + end - begin, **about, position_s=end)]


def durations(about: dict[str, Any], begin: int, end: int, at_s: int) -> list[dict[str, Any]]:
    """Seconds and the length, without positions."""
    length = FILMS[about["title_id"]]
    return [happened("playback_stopped", at_s=at_s, **about, watched_s=end - begin, duration_s=length)]


def evenings(rng: Random, profile: str, viewings: Told) -> Iterator[tuple[str, bool, list[dict[str, Any]]]]:
    """Films with whether they were finished, in one to four sittings, days apart; 70 % are watched to the credits."""
    for n, (title_id, length) in enumerate(rng.sample(sorted(FILMS.items()), 25)):
        finished = rng.random() < 0.7
        last = round(length * (rng.uniform(0.93, 1.0) if finished else rng.uniform(0.05, 0.8)))
        ends = [*sorted(rng.sample(range(60, last - 60), rng.randrange(4))), last]
        begin, events = 0, []
        for day, end in enumerate(ends):
            about = {"title_id": title_id, "profile": profile}
            events += viewings(about, begin, end, 86_400 * (40 * n // 10 + day) + n)
            begin = max(end - rng.choice([0, 0, 5, 15]), 0) if viewings is not durations else end
        yield title_id, finished, events


@pytest.mark.parametrize("viewings", [bookmarks, positions, durations])
def test_what_viewers_finished_is_known(viewings: Told) -> None:
    core, stored = Personalizer(RECIPE), dict[bytes, bytes]()
    for title_id, length in FILMS.items():
        film = {"title_id": title_id, "name": title_id, "duration_s": length}
        core.follow(TITLES, title_id.encode(), json.dumps(film).encode())

    def read(keys: Sequence[bytes]) -> list[bytes | None]:
        return [stored.get(key) for key in keys]

    unknown = wrong = all_finished = all_left = offset = 0
    for viewer in range(12):
        lived = list(evenings(Random(viewer), f"v{viewer}", viewings))
        events = sorted(
            (happened for _, _, some in lived for happened in some),
            key=lambda happened: happened["occurred_at"],
        )
        batch = [
            Incoming(EVENTS, 0, offset + n, 0, f"v{viewer}".encode(), json.dumps(event).encode())
            for n, event in enumerate(events)
        ]
        offset += len(batch)
        stored.update(core.step(batch, read, SOURCE, 0, ranked=False).state)
        digests = request_of(b"v", decode(stored[f"v{viewer}".encode()])[2]).finished()
        known = {int.from_bytes(digests[at : at + 4], "little") for at in range(0, len(digests), 4)}
        for title_id, finished, _ in lived:
            unknown += finished and digest(title_id) not in known
            wrong += not finished and digest(title_id) in known
            all_finished, all_left = all_finished + finished, all_left + (not finished)
    assert all_finished > 150
    assert unknown < 0.02 * all_finished
    assert wrong < 0.02 * all_left
