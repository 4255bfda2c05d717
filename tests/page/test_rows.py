"""Pages are laid out for the viewer: by what is known of it, without titles that stand twice above the fold."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from tests.effort import tried
from tests.stage import Stage
from tests.timeline import START_MS, histories

from playhead.page.headings import HEADINGS
from playhead.page.kinds import KINDS
from playhead.recipe import PAGE

DAY_MS = 86_400_000
GENRES = ("Comedy", "Drama", "Crime")
FILMS: list[dict[str, Any]] = [
    {
        "title_id": f"t{n}",
        "name": f"Film {n}",
        "genres": [GENRES[n % 3]],
        "duration_s": 5_400,
        "added_at": START_MS - (3 if n >= 40 else 300) * DAY_MS,
        **({"available_until": START_MS + 9 * DAY_MS} if 30 <= n < 40 else {}),
    }
    for n in range(60)
]
Row = dict[str, Any]


def kind_of(row: Row) -> str:
    return max((kind for kind in KINDS if row["row_id"].startswith(kind)), key=len)


def above_the_fold(rows: list[Row], device: str = "tv") -> Iterator[str]:
    screen = PAGE.screen(device)
    for row in rows[: screen.rows]:
        yield from row["title_ids"][: screen.places]


def lived(stage: Stage, profile: str = "ada") -> dict[str, Row]:
    """The rows of a viewer's page, by kind, after a year with some comedies; the crowd has seen all of it."""
    for n in range(0, 60, 2):
        for fan in range(2):
            stage.tell("playback_completed", profile=f"fan{fan}", title_id=f"t{n}")
    for n in range(0, 18, 3):
        stage.tell("playback_completed", profile=profile, title_id=f"t{n}")
    stage.minutes += 30 * 1_440
    stage.tell("playback_completed", profile=profile, title_id="t18")
    stage.tell("watchlist_added", profile=profile, title_id="t55")
    stage.tell("playback_started", profile=profile, title_id="t1", duration_s=5_400)
    stage.tell("playback_stopped", profile=profile, title_id="t1", position_s=1_800, watched_s=1_800)
    stage.tell("page_viewed", profile=profile)
    return {kind_of(row): row for row in stage.last["rows"]}


def test_a_viewer_with_a_past_has_rows_of_its_own() -> None:
    rows = lived(Stage(FILMS))
    assert rows["continue_watching"]["title_ids"] == ["t1"]
    assert rows["continue_watching"]["positions_s"] == [1_800]
    assert "t55" in rows["my_list"]["title_ids"]
    assert rows["because"]["name"] in {f"Because you watched Film {n}" for n in range(60)}
    assert rows["genre"]["name"] == "Comedies"
    assert {int(one[1:]) % 3 for one in rows["genre"]["title_ids"]} == {0}


def test_what_was_begun_stands_first_and_what_was_put_away_long_ago_may_be_seen_again() -> None:
    stage = Stage(FILMS)
    rows = lived(stage)
    assert stage.last["rows"][0]["row_id"] == "continue_watching"
    listed = {item["title_id"] for item in stage.last["items"]}
    assert set(rows["watch_again"]["title_ids"]) <= {f"t{n}" for n in range(0, 18, 3)}
    assert not set(rows["watch_again"]["title_ids"]) & listed


def test_what_is_new_and_what_leaves_has_its_row() -> None:
    stage = Stage(FILMS)
    stage.titles()
    rows = {kind_of(row): row for row in stage.last["rows"]}
    assert {int(one[1:]) >= 40 for one in rows["new_for_you"]["title_ids"]} == {True}
    assert {30 <= int(one[1:]) < 40 for one in rows["leaving_soon"]["title_ids"]} == {True}


def test_no_title_stands_twice_above_the_fold_of_a_phone() -> None:
    stage = Stage(FILMS)
    lived(stage)
    stage.tell("page_viewed", device="mobile")
    assert set(Counter(above_the_fold(stage.last["rows"], "mobile")).values()) == {1}


def test_the_page_of_a_title_begins_with_what_is_like_it() -> None:
    stage = Stage(FILMS)
    lived(stage)
    stage.tell("title_clicked", title_id="t20")
    stage.tell("page_viewed", surface="title")
    assert stage.last["rows"][0]["name"] == "More like Film 20"


def test_headings_are_in_the_language_of_the_viewer() -> None:
    stage = Stage(FILMS)
    lived(stage)
    stage.tell("page_viewed", language="ja-JP", market="JP")
    names = {kind_of(row): row["name"] for row in stage.last["rows"]}
    assert names["continue_watching"] == "視聴を続ける"
    assert names["genre"] == "Comedy"
    assert names["trending"] == "人気上昇中: JP"


def test_every_language_has_every_heading() -> None:
    assert {tuple(sorted(texts)) for texts in HEADINGS.values()} == {
        tuple(sorted({*KINDS, "trending_anywhere"}))
    }
    for texts in HEADINGS.values():
        assert {kind for kind, text in texts.items() if "{}" in text} == {
            *("because", "more_like_this", "trending", "genre")
        }


def test_a_page_stays_as_it_is_while_nobody_acts() -> None:
    stage = Stage(FILMS)
    lived(stage)
    before = stage.last["rows"]
    stage.tell("page_viewed")
    assert stage.last["rows"] == before


@tried(30)
@given(histories())
def test_every_page_is_well_formed(events: list[dict[str, Any]]) -> None:
    stage, device = Stage(FILMS), "tv"
    for event in events:
        stage.take(event)
        device = event.get("device", device)
        if not stage.answered:
            continue
        rows = stage.last.get("rows", [])
        assert all(row["title_ids"] for row in rows)
        assert len({row["row_id"] for row in rows}) == len(rows)
        assert set(Counter(above_the_fold(rows, device)).values()) <= {1}
        kinds = Counter(map(kind_of, rows[: PAGE.once]))
        assert set(kinds.values()) <= {1}
        assert all(len(set(row["title_ids"])) == len(row["title_ids"]) for row in rows)


def test_the_own_list_is_on_the_page_also_where_its_titles_are_seen_above() -> None:
    stage = Stage(FILMS)
    for number in range(12):
        stage.tell("watchlist_added", title_id=stage.titles()[number])
    stage.tell("page_viewed")
    rows = {kind_of(row): row["title_ids"] for row in stage.last["rows"]}
    assert len(rows["my_list"]) == 12
