"""How a simulated viewer looks at the page it was given, and chooses: position bias, taste, novelty, patience."""

from collections.abc import Generator, Iterator, Mapping
from random import Random

from playhead.domain import events as ev
from playhead.domain.rankings import RankedItem, Ranking
from playhead.domain.titles import Title
from playhead.lab.demo.viewer import Pause, Viewer, ViewerAction

Titles = Mapping[str, Title]
Choice = tuple[Title, ev.Attribution | None]
SCREEN = 8
"""Titles that are on screen at once."""
SCREENS = 4
"""Screens after which the most patient viewer stops scrolling."""
EXAMINED_AT_TOP = 0.95
EXAMINED_DECAY = 0.94
"""Chance to be looked at, a place: the bias towards the top that click models describe (Craswell et al. 2008)."""
PAGE_WAIT_MS = 1_500
"""A viewer who has opened the page waits this long for its fresh ranking, then makes do with the last one."""


def browse(viewer: Viewer, titles: Titles) -> Generator[ViewerAction | Pause, None, Choice | None]:
    """Opens the page and looks at it, screen by screen; returns what was chosen, or None if nothing was."""
    viewer.asked_ms = viewer.now_ms
    yield ViewerAction(ev.PageViewed, {}, 2.0)
    yield from _page_arrives(viewer)
    if viewer.page is None or not viewer.page.items:
        return (yield from search(viewer, titles))
    for screen in range(SCREENS):
        chosen = yield from _look(viewer, viewer.page, screen * SCREEN, titles)
        if chosen:
            return chosen
        yield from _fidget(viewer, titles, screen)
        if viewer.rng.random() < 0.25:
            break
    return (yield from search(viewer, titles)) if viewer.rng.random() < 0.5 else None


def search(viewer: Viewer, titles: Titles) -> Generator[ViewerAction | Pause, None, Choice | None]:
    """The viewer types what they are in the mood for, and picks from what that finds."""
    matches = [title for title in draw(viewer.rng, titles, 30) if viewer.appetite(title) > 0.0]
    if not matches:
        return None
    best = max(matches, key=viewer.appetite)
    query = viewer.rng.choice(best.genres + best.tags or (best.name,))
    results = tuple(title.title_id for title in matches if query in title.genres + title.tags + (title.name,))
    yield ViewerAction(ev.SearchPerformed, {"query": query.lower(), "results": results}, 6.0)
    return (best, None) if viewer.rng.random() < 0.8 else None


def draw(rng: Random, titles: Titles, count: int) -> list[Title]:
    """Draws up to ``count`` titles, each at most once."""
    ids = list(titles) if len(titles) <= count else rng.sample(tuple(titles), count)
    return [titles[title_id] for title_id in ids]


def _page_arrives(viewer: Viewer) -> Iterator[Pause]:
    while viewer.now_ms - viewer.asked_ms < PAGE_WAIT_MS:
        if viewer.page is not None and viewer.page.caused_by.occurred_at >= viewer.asked_ms:
            return
        yield Pause(3.0)


def _look(
    viewer: Viewer, page: Ranking, first: int, titles: Titles
) -> Generator[ViewerAction, None, Choice | None]:
    items = page.items[first : first + SCREEN]
    if not items:
        return None
    shown = tuple(
        ev.Impression(
            title_id=item.title_id,
            rank=rank,
            artwork_id=item.artwork_id,
            visible_ms=viewer.rng.randint(400, 4_000),
            propensity=item.propensity,
        )
        for rank, item in enumerate(items, first)
    )
    yield ViewerAction(ev.ImpressionsShown, {"items": shown, "ranking_id": page.ranking_id}, 6.0)
    chosen = _choose(viewer, page, first, items, titles)
    viewer.shown.update(item.title_id for item in items)
    return chosen


def _choose(
    viewer: Viewer, page: Ranking, first: int, items: tuple[RankedItem, ...], titles: Titles
) -> Choice | None:
    for rank, item in enumerate(items, first):
        title = titles.get(item.title_id)
        examined = viewer.rng.random() < EXAMINED_AT_TOP * EXAMINED_DECAY**rank
        if title and examined and viewer.rng.random() < viewer.appetite(title, item.artwork_id):
            return title, ev.Attribution(
                ranking_id=page.ranking_id, rank=rank, artwork_id=item.artwork_id, propensity=item.propensity
            )
    return None


def _fidget(viewer: Viewer, titles: Titles, screen: int) -> Iterator[ViewerAction]:
    """What a viewer does when nothing on the screen is chosen: hover, scroll, dismiss a title."""
    luck = viewer.rng.random()
    items = viewer.page.items[screen * SCREEN : (screen + 1) * SCREEN] if viewer.page else ()
    on_screen = [titles[item.title_id] for item in items if item.title_id in titles]
    if not on_screen:
        return
    if luck < 0.15:
        best = max(on_screen, key=viewer.appetite)
        dwell_ms = viewer.rng.randint(800, 6_000)
        yield ViewerAction(ev.TitleHovered, {"title_id": best.title_id, "dwell_ms": dwell_ms}, 4.0)
    elif luck < 0.40:
        yield ViewerAction(ev.RowScrolled, {"row_id": f"row-{screen + 1}", "velocity": 1.0 + screen}, 2.0)
    elif luck < 0.45:
        worst = min(on_screen, key=viewer.tastes.liking)
        yield ViewerAction(ev.NotInterested, {"title_id": worst.title_id}, 3.0)
