"""A page is filled as long as the catalogue has titles that pass every filter; compared with a slow, obvious reference."""

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.stage import Stage
from tests.timeline import START_MS

from playhead.candidates.backfill import RAN_DRY
from playhead.domain.fields import MATURITY
from playhead.recipe import RECIPE

MARKETS, KINDS = ("BR", "DE"), ("adult", "teen", "kids")
GENRES, SERIES, WORKS = ("Drama", "Comedy", "Horror"), ("s0", "s1"), ("w0", "w1")
DAY_MS = 86_400_000


def title(draw: random.Random, number: int) -> dict[str, Any]:
    """A title with any limits: maturity, markets, window, series, work."""
    entry: dict[str, Any] = {"title_id": f"t{number}", "genres": draw.sample(GENRES, 2), "duration_s": 100}
    limits: dict[str, list[Any]] = {
        "markets": [["BR"], ["DE"], ["BR", "DE"]],
        "maturity": [0, 7, 13, 18],
        "available_from": [START_MS - DAY_MS, START_MS + DAY_MS],
        "available_until": [START_MS - 1, START_MS + DAY_MS],
        "repeatable": [True],
        "series_id": [*SERIES],
        "episode": [1, 2, 3],
        "work_id": [*WORKS],
        "added_at": [START_MS - DAY_MS, START_MS],
    }
    for name, values in limits.items():
        if draw.random() < 0.25:
            entry[name] = draw.choice(values)
    return entry if "series_id" not in entry else {k: v for k, v in entry.items() if k != "work_id"}


class Reference:
    """A reference implementation of eligibility, title by title."""

    def __init__(self, catalogue: list[dict[str, Any]], market: str, kind: str) -> None:
        self.catalogue, self.market, self.kind = catalogue, market, kind
        self.over: set[str] = set()
        self.hidden: set[str] = set()
        self.named: set[str] = set()

    def fold(self, type_: str, entry: dict[str, Any], scope: str) -> None:
        """Updates the finished and hidden titles by an event."""
        if type_ == "playback_completed":
            self.over.add(entry["title_id"])
        elif scope == "genre":
            self.named.add(entry["genres"][0])
            self.hidden.add(entry["title_id"])
        elif scope == "series":
            self.named.add(entry.get("series_id", entry["title_id"]))
            self.hidden.add(entry["title_id"])
        else:
            self.hidden.add(entry["title_id"])

    def passes(self, title: dict[str, Any]) -> bool:
        """Whether no filter removes a title."""
        limit = MATURITY.get(self.kind)
        names = {title["title_id"], title.get("series_id"), *title["genres"]}
        return (
            (limit is None or title.get("maturity", 99) <= limit)
            and ("markets" not in title or self.market in title["markets"])
            and title.get("available_from", 0) <= START_MS + DAY_MS // 2 < title.get("available_until", 2**60)
            and (title["title_id"] not in self.over or title.get("repeatable", False))
            and not {title["title_id"], *versions_of(title, self.catalogue)} & self.hidden
            and not names & self.named
        )

    def cards(self) -> dict[str, set[str]]:
        """The titles that may stand on each card, by series, work or title."""
        groups: dict[str, set[str]] = {}
        for title in self.catalogue:
            if self.passes(title):
                groups.setdefault(card(title), set()).add(title["title_id"])
        seen = {
            title.get("work_id")
            for title in self.catalogue
            if title["title_id"] in self.over and not title.get("repeatable")
        }
        return {name: titles for name, titles in groups.items() if name not in seen}


def versions_of(title: dict[str, Any], catalogue: list[dict[str, Any]]) -> set[str]:
    """The titles of the same work, which are hidden together."""
    work = title.get("work_id")
    return {other["title_id"] for other in catalogue if work is not None and other.get("work_id") == work}


def card(title: dict[str, Any]) -> str:
    """The key of the card that a title belongs to: its series, its work, or itself."""
    return str(title.get("series_id") or title.get("work_id") or title["title_id"])


@tried(12)
@given(seed=st.integers(0, 2**32), market=st.sampled_from(MARKETS), kind=st.sampled_from(KINDS))
def test_a_page_is_never_shorter_than_it_must_be(seed: int, market: str, kind: str) -> None:
    draw = random.Random(seed)
    catalogue = [title(draw, n) for n in range(draw.choice([1, 8, 70, 130]))]
    stage, reference = Stage(catalogue), Reference(catalogue, market, kind)
    for n in range(draw.choice([0, 0, 0, 130])):
        stage.send("title_clicked", profile=f"b{n % 7}", title_id=f"stray-{n}", market=draw.choice(MARKETS))
    for _ in range(draw.choice([0, 3, len(catalogue)])):
        entry, scope = draw.choice(catalogue), draw.choice(["title", "title", "series", "genre"])
        type_ = draw.choice(["playback_completed"] * 4 + ["not_interested"])
        fields = {"watched_s": 100, "duration_s": 100} if type_ == "playback_completed" else {"scope": scope}
        if scope == "genre" and draw.random() < 0.8:
            continue
        stage.send(type_, title_id=entry["title_id"], market=market, kind=kind, **fields)
        reference.fold(type_, entry, scope)
    stage.minutes = 720
    stage.send("page_viewed", market=market, kind=kind, surface=draw.choice(["home", "never used"]))
    shown = [item["title_id"] for item in stage.last["items"]]
    cards = reference.cards()
    assert set(shown) <= set().union(*cards.values(), set())
    by_id = {title["title_id"]: title for title in catalogue}
    assert (
        len({card(by_id[title_id]) for title_id in shown})
        == len(shown)
        == min(RECIPE.pipeline.rank_size, len(cards))
    )
    assert all(row["title_ids"] for row in stage.last["rows"])


def test_where_sources_run_dry_the_catalogue_gives_what_is_like_what_was_liked_and_says_so() -> None:
    genres = {"d": "Drama", "c": "Comedy"}
    stage = Stage(
        [
            {"title_id": f"{name}{n:03}", "genres": [genre]}
            for name, genre in genres.items()
            for n in range(200)
        ]
    )
    for n in range(150):  # there are popular titles, so that the fixed order of the beginning is gone
        stage.send("playback_completed", title_id=f"d{n:03}", profile=f"b{n % 5}", watched_s=9, duration_s=9)
    for n in range(150):
        stage.send("playback_completed", title_id=f"d{n:03}", watched_s=9, duration_s=9)
    shown = stage.titles()
    assert len(shown) == RECIPE.pipeline.rank_size
    assert {f"d{n:03}" for n in range(150, 200)} & set(shown)
    assert stage.decision["removed"][RAN_DRY] > 0
    stage.send("page_viewed", profile="new")
    assert RAN_DRY not in stage.decision["removed"]


def test_a_row_without_a_title_is_not_sent() -> None:
    stage = Stage([{"title_id": "a"}])
    stage.send("playback_completed", title_id="a", watched_s=9, duration_s=9)
    assert stage.titles() == []
    assert stage.last["rows"] == []
