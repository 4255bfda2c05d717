"""Simulated viewers who react to the rankings they are shown, as events of the wire.

Pure: no clock, no I/O. The same seed, times and rankings give the same events.

Two clocks run here. Viewers live in simulated seconds, which decide who acts next: a film of 90 minutes takes
5,400 of them. ``occurred_at`` is the caller's ``now_ms``. So a demonstration at 200 events a second watches a
film in seconds, dashboards see events of now, and lengths inside the events (``watched_s``, ``position_s``)
are those of real viewing. Daily habits therefore decide who is there, but can't be read off ``occurred_at``.
"""

from collections.abc import Iterator, Sequence
from heapq import heapify, heapreplace
from random import Random

from playhead.domain.events import Event
from playhead.domain.rankings import Ranking
from playhead.domain.titles import Title
from playhead.lab.demo.sessions import live
from playhead.lab.demo.viewer import Pause, Viewer, ViewerAction, make_viewer

PATIENCE = 4
"""Turns without an event, for each event asked for and each viewer, after which ``act`` returns what it has."""


class Audience:
    """``viewers`` people in front of a catalogue; ``act`` asks what they do next, ``see`` shows them a ranking."""

    def __init__(self, seed: int, viewers: int, titles: Sequence[Title]) -> None:
        by_id = {title.title_id: title for title in titles}
        genres = sorted({genre for title in titles for genre in title.genres})
        tags = sorted({tag for title in titles for tag in title.tags})
        people = [make_viewer(seed, number, genres, tags) for number in range(viewers)]
        self._rng = Random(f"audience-{seed}")  # noqa: S311  a simulation, not a secret
        self._viewers = {viewer.profile_id: viewer for viewer in people}
        self._lives: list[Iterator[ViewerAction | Pause]] = [live(viewer, by_id) for viewer in people]
        self._due: list[tuple[float, int, Viewer]] = [(0.0, i, viewer) for i, viewer in enumerate(people)]
        heapify(self._due)
        self._origin_s: float | None = None

    def act(self, now_ms: int, n: int) -> list[Event]:
        """The next ``n`` events or so: fewer when everybody waits for a page, one more when an app is opened."""
        events: list[Event] = []
        for _ in range(PATIENCE * n + len(self._due)):
            if len(events) >= n or not self._due:
                break
            events.extend(self._turn(now_ms))
        return events

    def see(self, ranking: Ranking) -> None:
        """Puts a ranking on its viewer's screen; the viewer sees it when they next look at the page."""
        if viewer := self._viewers.get(ranking.profile_id):
            viewer.page = ranking

    def viewer(self, profile_id: str) -> Viewer | None:
        """The viewer who has that profile, None if there is none."""
        return self._viewers.get(profile_id)

    def _turn(self, now_ms: int) -> Iterator[Event]:
        """Advances the viewer who is due first to their next action."""
        due_s, number, viewer = self._due[0]
        if self._origin_s is None:
            self._origin_s = now_ms / 1_000.0
        viewer.clock_s = self._origin_s + due_s
        viewer.now_ms = max(now_ms, viewer.now_ms)
        action = next(self._lives[number])
        events = []
        while isinstance(action, ViewerAction):
            events.append(self._event(viewer, action))
            if action.then_s > 0.0:
                break
            action = next(self._lives[number])
        heapreplace(self._due, (due_s + action.then_s, number, viewer))
        return iter(events)

    def _event(self, viewer: Viewer, action: ViewerAction) -> Event:
        occurred_at = viewer.now_ms
        # A viewer's events stay in order even when several are asked for at one time.
        viewer.now_ms += 1
        return action.kind(
            event_id=event_id(occurred_at, self._rng),
            occurred_at=occurred_at,
            profile_id=viewer.profile_id,
            session_id=viewer.session_id,
            market=viewer.market,
            language=viewer.language,
            device=viewer.device,
            utc_offset_min=viewer.utc_offset_min,
            kind=viewer.kind,
            **action.fields,
        )


def event_id(at_ms: int, rng: Random) -> str:
    """A UUIDv7 (RFC 9562) whose random part comes from ``rng``: other runs at other times have other ids.

    >>> event_id(1_767_225_600_123, Random(1))[:15]
    '019b76da-a87b-7'
    """
    random = rng.getrandbits(74)
    digits = f"{at_ms:012x}7{random >> 62:03x}{0x8 | random >> 60 & 0x3:x}{random & (1 << 60) - 1:015x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
