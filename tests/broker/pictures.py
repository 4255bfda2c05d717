"""Films of several pictures each, and viewers who look at all of their page and take what they like of it."""

import json
import time
from collections.abc import Callable, Iterable
from typing import Any

from tests.broker.world import Tail, World

from playhead.domain.topics import EVENTS, TITLES

Page = dict[str, Any]
Likes = Callable[[str, str], bool]
"""Whether a viewer clicks on what is shown by this picture; by profile and picture."""


def films(count: int, moods: Iterable[str]) -> list[dict[str, Any]]:
    """A catalogue of films that differ in nothing, each with a picture in each mood."""
    moods = list(moods)
    return [
        {
            "title_id": f"t{n}",
            "name": f"Film {n}",
            "genres": ["Drama"],
            "artworks": [{"artwork_id": f"t{n}-{mood}", "attributes": {"mood": mood}} for mood in moods],
        }
        for n in range(count)
    ]


def offer(world: World, catalogue: Iterable[dict[str, Any]]) -> None:
    """Put a catalogue on its topic."""
    world.produce(TITLES, [(film["title_id"].encode(), json.dumps(film).encode()) for film in catalogue])


def opened(world: World, rankings: Tail, viewers: list[str]) -> list[Page]:
    """The rankings of viewers who open the page."""
    name = f"view-{time.time_ns()}"
    world.produce(EVENTS, [event(viewer, f"{name}-{viewer}", "page_viewed") for viewer in viewers])
    pages: dict[str, Page] = {}
    until_s = time.monotonic() + 120
    while len(pages) < len(viewers):
        assert time.monotonic() < until_s, f"{len(pages)} of {len(viewers)} rankings came"
        for record in rankings.some(0.1):
            ranking = json.loads(record.value or b"{}")
            if ranking["caused_by"]["event_id"].startswith(name):
                pages[ranking["profile_id"]] = ranking
    return list(pages.values())


def dark(pages: Iterable[Page]) -> float:
    """The share of dark pictures."""
    shown: list[str] = [item["artwork_id"] for page in pages for item in page["items"]]
    return sum(picture.endswith("dark") for picture in shown) / len(shown)


def looked_at(page: Page, likes: Likes) -> list[tuple[bytes, bytes]]:
    """All of a page is seen, and what is liked is clicked."""
    viewer, seen = page["profile_id"], page["ranking_id"]
    items = [{"title_id": item["title_id"], "artwork_id": item["artwork_id"]} for item in page["items"]]
    clicked = [item["title_id"] for item in items if likes(viewer, item["artwork_id"])]
    return [
        event(viewer, f"seen-{seen}", "impressions_shown", ranking_id=seen, items=items),
        *(
            event(
                viewer,
                f"click-{seen}-{title}",
                "title_clicked",
                title_id=title,
                attribution={"ranking_id": seen},
            )
            for title in clicked
        ),
        # What was passed over is known to be when it is shown again.
        event(viewer, f"again-{seen}", "impressions_shown", ranking_id=seen, items=items),
    ]


def event(profile: str, name: str, kind: str, **fields: Any) -> tuple[bytes, bytes]:
    """An event of now, with its key."""
    fields_of_event = {
        "event_id": name,
        "type": kind,
        "profile_id": profile,
        "occurred_at": time.time_ns() // 1_000_000,
    }
    return profile.encode(), json.dumps(fields_of_event | fields).encode()
