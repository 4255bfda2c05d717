"""Pictures through a real Kafka: what viewers take by one picture moves which picture others are shown."""

import json
import time
from contextlib import closing
from typing import Any

from tests.broker.world import Tail, World

from playhead.domain.topics import DECISIONS, EVENTS, RANKINGS, TITLES

FILMS = 10
CATALOGUE: list[dict[str, Any]] = [
    {
        "title_id": f"t{n}",
        "name": f"Film {n}",
        "genres": ["Drama"],
        "artworks": [
            {"artwork_id": f"t{n}-{mood}", "attributes": {"mood": mood}} for mood in ("bright", "dark")
        ],
    }
    for n in range(FILMS)
]


def event(profile: str, name: str, kind: str, **fields: Any) -> tuple[bytes, bytes]:
    fields_of_event = {
        "event_id": name,
        "type": kind,
        "profile_id": profile,
        "occurred_at": time.time_ns() // 1_000_000,
    }
    return profile.encode(), json.dumps(fields_of_event | fields).encode()


def opened(world: World, rankings: Tail, viewers: list[str]) -> list[dict[str, Any]]:
    """The rankings of viewers who open the page."""
    name = f"view-{time.time_ns()}"
    world.produce(EVENTS, [event(viewer, f"{name}-{viewer}", "page_viewed") for viewer in viewers])
    found: dict[str, dict[str, Any]] = {}
    until_s = time.monotonic() + 120
    while len(found) < len(viewers):
        assert time.monotonic() < until_s, f"{len(found)} of {len(viewers)} rankings came"
        for record in rankings.some(0.1):
            ranking = json.loads(record.value or b"{}")
            if ranking["caused_by"]["event_id"].startswith(name):
                found[ranking["profile_id"]] = ranking
    return list(found.values())


def dark(pages: list[dict[str, Any]]) -> float:
    shown: list[str] = [item["artwork_id"] for page in pages for item in page["items"]]
    return sum(one.endswith("dark") for one in shown) / len(shown)


def looked_at(page: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    """All of a page is seen, and what is shown by a dark picture is clicked."""
    viewer, seen = page["profile_id"], page["ranking_id"]
    items = [{"title_id": one["title_id"], "artwork_id": one["artwork_id"]} for one in page["items"]]
    clicked = [item["title_id"] for item in items if item["artwork_id"].endswith("dark")]
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


def test_what_is_taken_by_one_picture_moves_what_others_are_shown(world: World) -> None:
    world.produce(TITLES, [(one["title_id"].encode(), json.dumps(one).encode()) for one in CATALOGUE])
    world.start("learn")
    world.start("personalize")
    with closing(Tail(world.settings, RANKINGS)) as rankings:
        first = opened(world, rankings, [f"early-{n}" for n in range(40)])
        assert 0.35 < dark(first) < 0.65
        world.produce(EVENTS, [one for page in first for one in looked_at(page)])
        until_s = time.monotonic() + 60
        share, rounds = 0.0, 0
        while share < 0.9:
            assert time.monotonic() < until_s, f"{share:.0%} dark pictures"
            time.sleep(0.5)
            rounds += 1
            share = dark(opened(world, rankings, [f"late-{rounds}-{n}" for n in range(10)]))
    decisions = [json.loads(one.value or b"{}") for one in world.read(DECISIONS)]
    assert all(len(decision["artwork_ids"]) == len(decision["title_ids"]) == FILMS for decision in decisions)
    # Each picture has its chance for ever: what is known of it may be wrong.
    assert all(
        0.02 <= probability <= 0.98
        for decision in decisions
        for probability in decision["artwork_propensities"]
    )
