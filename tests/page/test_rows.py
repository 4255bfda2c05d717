"""Pages are laid out for the viewer, without a title twice above the fold."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from tests.effort import tried
from tests.stage import Stage
from tests.timeline import START_MS, histories

from playhead.catalogue.tags.seasons import SEASONS
from playhead.page.headings import HEADINGS, PARTS
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
    """The rows of a viewer's page, by kind, after a year with some comedies; other viewers have watched all titles."""
    for n in range(0, 60, 2):
        for fan in range(2):
            stage.send("playback_completed", profile=f"fan{fan}", title_id=f"t{n}")
    for n in range(0, 18, 3):
        stage.send("playback_completed", profile=profile, title_id=f"t{n}")
    stage.minutes += 30 * 1_440
    stage.send("playback_completed", profile=profile, title_id="t18")
    stage.send("watchlist_added", profile=profile, title_id="t55")
    stage.send("playback_started", profile=profile, title_id="t1", duration_s=5_400)
    stage.send("playback_stopped", profile=profile, title_id="t1", position_s=1_800, watched_s=1_800)
    stage.send("page_viewed", profile=profile)
    return {kind_of(row): row for row in stage.last["rows"]}


def test_a_viewer_with_a_past_has_rows_of_its_own() -> None:
    rows = lived(Stage(FILMS))
    assert rows["continue_watching"]["title_ids"] == ["t1"]
    assert rows["continue_watching"]["positions_s"] == [1_800]
    assert "t55" in rows["my_list"]["title_ids"]
    assert rows["because"]["name"] in {f"Because you watched Film {n}" for n in range(60)}
    assert rows["genre"]["name"] == "Comedies"
    assert {int(title_id[1:]) % 3 for title_id in rows["genre"]["title_ids"]} == {0}


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
    assert {int(title_id[1:]) >= 40 for title_id in rows["new_for_you"]["title_ids"]} == {True}
    assert {30 <= int(title_id[1:]) < 40 for title_id in rows["leaving_soon"]["title_ids"]} == {True}


def test_a_genre_and_what_ones_own_titles_of_it_share_are_a_row_in_words() -> None:
    stage = Stage(
        [
            {**film, "tags": [], "attributes": {"valence": 0.9 if n % 6 == 0 else -0.9}}
            for n, film in enumerate(tagged())
        ]
    )
    for n in range(0, 18, 6):
        stage.send("playback_completed", title_id=f"t{n}")
    stage.send("page_viewed")
    [row] = [row for row in stage.last["rows"] if row["row_id"] == "micro_genre_Comedy_feel-good"]
    assert row["name"] == "Feel-good comedies"
    assert {int(title_id[1:]) % 6 for title_id in row["title_ids"]} == {0}
    stage.send("page_viewed", language="de")
    assert "Comedy · zum Wohlfühlen" in {row["name"] for row in stage.last["rows"]}


def tagged() -> list[dict[str, Any]]:
    """Films of which every third comedy is about a heist, and every fifth film of all about Christmas."""
    tags = [["heist" if n % 9 == 0 else "office", "santa" if n % 5 == 0 else "summer"] for n in range(360)]
    return [
        {**FILMS[n % 60], "title_id": f"t{n}", "tags": tags[n], "available_until": None} for n in range(360)
    ]


def test_what_the_season_is_for_has_its_row_on_those_days() -> None:
    stage = Stage(tagged())
    stage.send("page_viewed")
    assert "season" not in {row["row_id"] for row in stage.last["rows"]}
    advent_ms = 1_797_638_400_000  # 2026-12-19
    stage.minutes += (advent_ms - START_MS) // 60_000
    stage.send("page_viewed", language="fr")
    [row] = [row for row in stage.last["rows"] if row["row_id"] == "season"]
    assert row["name"] == "Pour Noël"
    assert {int(title_id[1:]) % 5 for title_id in row["title_ids"]} == {0}


def test_what_is_chosen_more_than_it_was_is_trending_and_what_always_is_is_not() -> None:
    stage = Stage(FILMS)
    for day in range(20):
        stage.minutes += 1_440
        for fan in range(16):
            stage.send("playback_completed", profile=f"fan{day}-{fan}", title_id=f"t{fan % 4}")
    stage.minutes += 1_440
    late = range(5, 25)
    for n in late:
        for fan in range(3):
            stage.send("playback_completed", profile=f"late{n}-{fan}", title_id=f"t{n}")
    stage.send("page_viewed")
    rows = {kind_of(row): row["title_ids"] for row in stage.last["rows"]}
    assert set(rows["trending"]) <= {f"t{n}" for n in late}


def test_what_goes_with_a_mood_has_its_row_while_it_lasts() -> None:
    stage = Stage(
        [{**film, "attributes": {"valence": -0.8 if n % 2 else 0.8}} for n, film in enumerate(FILMS)]
    )
    stage.send("mood_observed", valence=0.9, arousal=0.0)
    rows = {kind_of(row): row for row in stage.last["rows"]}
    assert rows["tonight"]["name"] == "For your mood"
    assert {int(title_id[1:]) % 2 for title_id in rows["tonight"]["title_ids"]} == {0}


def test_where_no_title_has_a_label_there_are_rows_all_the_same() -> None:
    stage = Stage([{"title_id": f"t{n}", "duration_s": 5_400} for n in range(30)])
    stage.send("playback_completed", title_id="t3")
    stage.send("page_viewed")
    assert stage.last["rows"]


def test_no_title_stands_twice_above_the_fold_of_a_phone() -> None:
    stage = Stage(FILMS)
    lived(stage)
    stage.send("page_viewed", device="mobile")
    assert set(Counter(above_the_fold(stage.last["rows"], "mobile")).values()) == {1}


def test_the_page_of_a_title_begins_with_what_is_like_it() -> None:
    stage = Stage(FILMS)
    lived(stage)
    stage.send("title_clicked", title_id="t20")
    stage.send("page_viewed", surface="title")
    assert stage.last["rows"][0]["name"] == "More like Film 20"


def test_headings_are_in_the_language_of_the_viewer() -> None:
    stage = Stage(FILMS)
    lived(stage)
    stage.send("page_viewed", language="ja-JP", market="JP")
    names = {kind_of(row): row["name"] for row in stage.last["rows"]}
    assert names["continue_watching"] == "視聴を続ける"
    assert names["genre"] == "Comedy"
    assert names["popular"] == "人気: JP"


def test_every_language_has_every_heading() -> None:
    assert {tuple(sorted(texts)) for texts in HEADINGS.values()} == {
        tuple(
            sorted(
                {*KINDS, "trending_anywhere", "popular_anywhere", *PARTS, "mood", *SEASONS}
                - {"tonight", "season"}
            )
        )
    }
    for texts in HEADINGS.values():
        assert {kind for kind, text in texts.items() if "{}" in text} == {
            *("because", "more_like_this", "trending", "popular", "genre", "micro_genre", "search_results")
        }


def test_a_page_stays_as_it_is_while_nobody_acts() -> None:
    stage = Stage(FILMS)
    lived(stage)
    before = stage.last["rows"]
    stage.send("page_viewed")
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
        seen = [kind_of(row) for row in rows[: min(PAGE.once, PAGE.screen(device).rows)]]
        second = next((n for n, kind in enumerate(seen) if kind in seen[:n]), len(seen))
        assert set(seen[second:]) <= set(seen[:second]), "a kind comes twice only where no other is left"
        assert all(len(set(row["title_ids"])) == len(row["title_ids"]) for row in rows)


def test_the_own_list_is_on_the_page_also_where_its_titles_are_seen_above() -> None:
    stage = Stage(FILMS)
    for number in range(12):
        stage.send("watchlist_added", title_id=stage.titles()[number])
    stage.send("page_viewed")
    rows = {kind_of(row): row["title_ids"] for row in stage.last["rows"]}
    assert len(rows["my_list"]) == 12


def test_a_stranger_has_more_than_a_list_and_what_is_popular() -> None:
    stage = Stage(
        [{key: film[key] for key in ("title_id", "name", "genres", "duration_s")} for film in FILMS]
    )
    for n in range(30):
        # The crowd likes comedies most.
        stage.send("playback_completed", profile=f"fan{n % 6}", title_id=f"t{3 * (n % 10)}")
    stage.send("page_viewed", profile="stranger")
    kinds = [kind_of(row) for row in stage.last["rows"]]
    assert kinds[0] == "top_picks"
    assert "popular" in kinds
    assert kinds.count("genre") == 3, "where nothing else is left, there may be several of a kind"
    [first, *_] = [row["name"] for row in stage.last["rows"] if kind_of(row) == "genre"]
    assert first == "Comedies"
