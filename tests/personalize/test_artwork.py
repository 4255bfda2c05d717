"""Viewers' choices change the pictures that they are shown, through the core that serves."""

from typing import Any

import msgspec

from playhead.domain.topics import DECISIONS, RANKINGS
from playhead.recipe import RECIPE
from playhead.replay.core import Replay

START_MS = 1_767_225_600_000
TITLES = [
    {
        "title_id": f"t{n}",
        "name": f"Film {n}",
        "genres": ["Drama" if n % 2 else "Comedy"],
        "duration_s": 3_600,
        "artworks": [
            {"artwork_id": f"t{n}-dark", "attributes": {"mood": "dark", "faces": 1}},
            {"artwork_id": f"t{n}-bright", "attributes": {"mood": "bright", "faces": 0}},
        ],
    }
    for n in range(8)
]


class Audience:
    """Viewers who open the page, and click titles shown with a dark picture."""

    def __init__(self) -> None:
        self.core = Replay(RECIPE)
        for title in TITLES:
            self.core.put_title(msgspec.json.encode(title))
        self.events = 0
        self.decisions: list[dict[str, Any]] = []

    def event(self, viewer: str, kind: str, **fields: Any) -> dict[str, Any] | None:
        self.events += 1
        fields_of_event = {
            "event_id": f"e{self.events}",
            "type": kind,
            "profile_id": viewer,
            "occurred_at": START_MS + 1_000 * self.events,
        } | fields
        for outgoing in self.core.take(msgspec.json.encode(fields_of_event)).then:
            if outgoing.topic == DECISIONS:
                self.decisions.append(msgspec.json.decode(outgoing.value or b""))
            elif outgoing.topic == RANKINGS:
                ranking: dict[str, Any] = msgspec.json.decode(outgoing.value or b"")
        return ranking if kind == "page_viewed" else None

    def visit(self, viewer: str) -> dict[str, Any]:
        page = self.event(viewer, "page_viewed")
        assert page is not None
        shown = [
            {"title_id": item["title_id"], "artwork_id": item["artwork_id"], "rank": rank}
            for rank, item in enumerate(page["items"])
        ]
        self.event(viewer, "impressions_shown", ranking_id=page["ranking_id"], items=shown)
        for item in shown:
            if item["artwork_id"].endswith("dark"):
                self.event(
                    viewer,
                    "title_clicked",
                    title_id=item["title_id"],
                    attribution={"ranking_id": page["ranking_id"]},
                )
        self.event(viewer, "page_viewed", occurred_at=START_MS + 1_000 * self.events + 3_600_000)
        return page


def dark(pages: list[dict[str, Any]]) -> float:
    shown: list[str] = [item["artwork_id"] for page in pages for item in page["items"]]
    return sum(artwork_id.endswith("dark") for artwork_id in shown) / len(shown)


def test_plays_of_one_picture_move_what_is_shown() -> None:
    audience = Audience()
    audience.visit("first")
    assert audience.decisions[0]["artwork_propensities"] == [0.5] * len(TITLES)
    for n in range(30):
        audience.visit(f"v{n}")
    assert dark([audience.visit(f"late-{n}") for n in range(10)]) > 0.9


def test_a_title_has_one_picture_wherever_it_stands_on_a_page_and_the_decision_says_with_which_chance() -> (
    None
):
    audience = Audience()
    page = audience.visit("ada")
    decision = next(
        decision for decision in audience.decisions if decision["ranking_id"] == page["ranking_id"]
    )
    pictures = {item["title_id"]: item["artwork_id"] for item in page["items"]}
    assert dict(zip(decision["title_ids"], decision["artwork_ids"], strict=True)) == pictures
    assert all(0.02 <= probability <= 0.98 for probability in decision["artwork_propensities"])
    cards = [pair for row in page["rows"] for pair in zip(row["title_ids"], row["artwork_ids"], strict=True)]
    assert cards
    assert all(pictures.get(title_id, artwork_id) == artwork_id for title_id, artwork_id in cards)


def test_a_repeated_event_shows_the_same_pictures() -> None:
    first, second = Audience(), Audience()
    assert first.visit("ada") == second.visit("ada")
