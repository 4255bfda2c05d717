"""Pages about a search, or about the title that has just ended; and the page of a viewer who is about to give up."""

from typing import Any

from tests.page.test_rows import FILMS, kind_of, lived
from tests.stage import Stage
from tests.timeline import happened

from playhead.signals.session_intent import RISK_S

SERIES: list[dict[str, Any]] = [
    {
        "title_id": f"s1e{n}",
        "series_id": "s1",
        "season": 1,
        "episode": n,
        "name": f"Karst, Episode {n}",
        "genres": ["Crime"],
        "duration_s": 2_400,
    }
    for n in range(1, 5)
]


def searched(stage: Stage, query: str, results: tuple[str, ...] = (), profile: str = "ada") -> list[str]:
    """The titles of the row of search results, after a search on the search surface."""
    stage.send("page_viewed", profile=profile, surface="search")
    stage.send("search_performed", profile=profile, query=query, results=list(results))
    rows = {kind_of(row): row for row in stage.last["rows"]}
    if "search_results" not in rows:
        return []
    assert kind_of(stage.last["rows"][0]) == "search_results"
    assert query in rows["search_results"]["name"]
    title_ids: list[str] = rows["search_results"]["title_ids"]
    return title_ids


def items(stage: Stage) -> list[str]:
    return [item["title_id"] for item in stage.last["items"]]


def test_results_of_a_search_come_first_in_the_order_of_the_viewer() -> None:
    stage = Stage(FILMS)
    lived(stage)
    asked = ("t20", "t22", "t27", "t23")
    title_ids = searched(stage, "film", asked)
    assert set(title_ids) == set(asked)
    assert items(stage)[:4] == title_ids
    scores = [item["score"] for item in stage.last["items"]]
    assert scores[:4] == sorted(scores[:4], reverse=True)
    assert max(scores) < 100.0  # their scores are those of anywhere else


def test_two_viewers_see_the_same_results_in_another_order() -> None:
    stage = Stage(FILMS)
    for n in range(0, 18, 3):
        stage.send("playback_completed", profile="ada", title_id=f"t{n}")
        stage.send("playback_completed", profile="bob", title_id=f"t{n + 1}")
    asked = ("t27", "t28")
    assert searched(stage, "x", asked) == ["t27", "t28"]
    assert searched(stage, "x", asked, profile="bob") == ["t28", "t27"]


def test_where_the_search_names_no_titles_names_genres_and_tags_that_begin_with_its_words_are_found() -> None:
    tagged = [{**film, "tags": ["heist"] if n % 10 == 0 else []} for n, film in enumerate(FILMS)]
    stage = Stage(
        [*tagged, {"title_id": "amelie", "name": "Le fabuleux destin d'Amélie", "genres": ["Comedy"]}]
    )
    assert searched(stage, "amelie") == ["amelie"]
    assert set(searched(stage, "heis")) == {f"t{n}" for n in range(0, 60, 10)}
    assert set(searched(stage, "Comedy heist")) == {"t0", "t30"}
    assert searched(stage, "zebra") == []
    assert searched(stage, "?!") == []


def test_who_searches_for_a_title_finds_it_also_when_it_was_finished_but_not_on_the_list() -> None:
    stage = Stage(FILMS)
    stage.send("playback_completed", title_id="t3")
    assert searched(stage, "x", ("t3", "t5")) == ["t5", "t3"]
    assert "t3" not in items(stage)


def test_a_search_shows_nobody_what_they_may_not_see() -> None:
    stage = Stage([{**film, "maturity": 16 if n % 2 else 0} for n, film in enumerate(FILMS)])
    stage.send("page_viewed", kind="kids")
    assert searched(stage, "x", ("t3", "t4")) == ["t4"]
    assert set(searched(stage, "film")) <= {f"t{n}" for n in range(0, 60, 2)}


def test_an_episode_that_is_found_is_the_card_of_its_series() -> None:
    stage = Stage([*FILMS, *SERIES])
    stage.send("playback_completed", title_id="s1e1")
    assert searched(stage, "karst") == ["s1e2"]
    assert searched(stage, "x", ("s1e1", "s1e3")) == ["s1e2"]


def test_elsewhere_and_later_the_page_is_about_no_search() -> None:
    stage = Stage(FILMS)
    searched(stage, "x", ("t20",))
    stage.send("page_viewed", surface="home")
    assert "search_results" not in {kind_of(row) for row in stage.last["rows"]}
    stage.minutes += 45
    stage.send("page_viewed", surface="search")
    assert "search_results" not in {kind_of(row) for row in stage.last["rows"]}


def test_after_an_episode_comes_the_next_one() -> None:
    stage = Stage([*FILMS, *SERIES])
    stage.send("playback_completed", title_id="s1e1")
    stage.send("page_viewed", surface="post_play")
    assert kind_of(stage.last["rows"][0]) == "next_episodes"
    assert stage.last["rows"][0]["title_ids"] == ["s1e2"]
    assert stage.last["surface"] == "post_play"


def test_after_the_last_episode_and_after_a_film_comes_what_is_like_it() -> None:
    stage = Stage([*FILMS, *SERIES])
    lived(stage)
    stage.send("playback_completed", title_id="t20")
    stage.send("page_viewed", surface="post_play")
    rows = [kind_of(row) for row in stage.last["rows"]]
    assert "next_episodes" not in rows
    assert stage.last["rows"][0]["name"] == "More like Film 20"
    for sery in SERIES:
        stage.send("playback_completed", title_id=sery["title_id"])
    stage.send("page_viewed", surface="post_play")
    shown = {title_id for row in stage.last["rows"] for title_id in row["title_ids"]}
    assert not shown & {sery["title_id"] for sery in SERIES}
    assert len(stage.last["rows"]) >= 2


def at(stage: Stage, second: float, type_: str, **fields: Any) -> bool:
    """An event so many seconds into a session. Returns whether a ranking was made."""
    stage.take(happened(type_, at_s=60 * stage.minutes + second, **fields))
    return stage.answered


def looked(stage: Stage) -> list[str]:
    """Opens the app, and sees the first screen of the page."""
    stage.minutes += 600
    at(stage, 0, "session_started")
    at(stage, 1, "page_viewed", surface="home")
    rows = [row["title_ids"][:6] for row in stage.last["rows"][:4]]
    seen = [title_id for row in rows for title_id in row]
    at(stage, 10, "impressions_shown", items=[{"title_id": title_id} for title_id in seen])
    return seen


def test_who_finds_nothing_for_long_sees_something_else_first() -> None:
    stage = Stage(FILMS)
    lived(stage)
    seen = looked(stage)
    assert not at(stage, 30, "row_scrolled", row_id="popular")
    assert not at(stage, RISK_S + 1, "impressions_shown", items=[{"title_id": "t59"}])
    assert at(stage, RISK_S + 1, "row_scrolled", row_id="popular")
    first = stage.last["rows"][0]
    assert (kind_of(first), first["name"]) == ("rescue", "Something else?")
    assert not set(first["title_ids"]) & set(seen)
    assert not at(stage, RISK_S + 5, "row_scrolled", row_id="popular")  # once is enough


def test_who_scrolls_faster_than_usual_is_helped_sooner() -> None:
    stage = Stage(FILMS)
    lived(stage)
    for _ in range(10):
        stage.send("row_scrolled", row_id="r", velocity=1.0)
    looked(stage)
    assert not at(stage, 25, "row_scrolled", row_id="r", velocity=3.0)
    assert at(stage, 32, "row_scrolled", row_id="r", velocity=3.0)


def test_who_has_chosen_is_not_disturbed() -> None:
    stage = Stage(FILMS)
    lived(stage)
    looked(stage)
    at(stage, 30, "title_clicked", title_id="t20")
    at(stage, 34, "playback_started", title_id="t20", duration_s=5_400)
    assert not at(stage, 90, "row_scrolled", row_id="popular")
    at(stage, 91, "page_viewed", surface="home")
    assert "rescue" not in {kind_of(row) for row in stage.last["rows"]}


def test_who_left_the_screen_on_is_not_looking() -> None:
    stage = Stage(FILMS)
    lived(stage)
    looked(stage)
    at(stage, 900, "page_viewed", surface="home")
    assert "rescue" not in {kind_of(row) for row in stage.last["rows"]}
