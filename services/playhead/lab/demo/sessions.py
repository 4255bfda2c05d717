"""The life of a simulated viewer: sessions, and what happens from opening the app to closing it."""

from collections.abc import Generator, Iterator

from playhead.domain import events as ev
from playhead.domain.titles import Title
from playhead.lab.demo.browsing import Choice, Titles, browse
from playhead.lab.demo.viewer import Pause, Viewer, ViewerAction
from playhead.lab.demo.watching import watch

NEXT_EPISODE_CHANCE = 0.65
FIRST_SESSIONS_WITHIN_S = 4 * 3_600.0


def live(viewer: Viewer, titles: Titles) -> Iterator[ViewerAction | Pause]:
    """Everything the viewer does, without end: sessions with gaps between them, tastes drifting as time passes."""
    yield Pause(viewer.rng.uniform(0.0, FIRST_SESSIONS_WITHIN_S))
    while True:
        yield from session(viewer, titles)
        yield Pause(viewer.next_session_s())
        viewer.tastes.drift()


def session(viewer: Viewer, titles: Titles) -> Iterator[ViewerAction | Pause]:
    """One session, from opening the app to closing it: browse, watch, browse again, until the viewer has had enough."""
    viewer.session_id = f"{viewer.profile_id}-{viewer.now_ms:x}"
    viewer.device = viewer.rng.choice(viewer.devices)
    # No time passes to the first page: opening the app shows it.
    yield ViewerAction(ev.SessionStarted, {}, 0.0)
    for _ in range(viewer.rng.randint(1, 4)):
        choice = yield from browse(viewer, titles)
        if choice is None:
            yield ViewerAction(ev.SessionEnded, {"reason": "gave_up"}, 1.0)
            return
        yield from _act_on(viewer, choice, titles)
    yield ViewerAction(ev.SessionEnded, {"reason": "closed"}, 1.0)


def _act_on(viewer: Viewer, choice: Choice, titles: Titles) -> Generator[ViewerAction, None, None]:
    title, attribution = choice
    about = {"title_id": title.title_id}
    yield ViewerAction(ev.TitleClicked, about | {"attribution": attribution}, 4.0)
    luck = viewer.rng.random()
    if luck < 0.08:
        yield ViewerAction(ev.TrailerStarted, about, 40.0)
        yield ViewerAction(ev.TrailerStopped, about | {"watched_s": round(viewer.rng.uniform(5, 60), 1)}, 4.0)
    if luck < 0.05:
        yield ViewerAction(ev.WatchlistAdded, about, 2.0)
        return
    yield from watch(viewer, title, attribution)
    yield from _binge(viewer, title, titles)
    if luck > 0.98:
        yield ViewerAction(ev.WatchlistRemoved, about, 2.0)


def _binge(viewer: Viewer, title: Title, titles: Titles) -> Iterator[ViewerAction]:
    """The following episodes, as long as each is finished and the viewer has not had enough."""
    episodes = [other for other in titles.values() if other.series_id and other.series_id == title.series_id]
    for after in episodes[episodes.index(title) + 1 :] if title in episodes else ():
        if title.title_id not in viewer.finished or viewer.rng.random() > NEXT_EPISODE_CHANCE:
            return
        title = after
        yield from watch(viewer, title, None, trigger="autoplay")
