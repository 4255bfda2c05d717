"""A series is one card, which continues at the viewer's episode; a work is one card, in the version that suits the device."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.stage import Stage
from tests.timeline import START_MS


def episode(number: int, **fields: Any) -> dict[str, Any]:
    """The next episode of a series."""
    entry = {"title_id": f"e{number}", "series_id": "s", "genres": ["Drama"], "duration_s": 100}
    return entry | {"episode": number} | fields


FILMS: list[dict[str, Any]] = [
    {"title_id": f"f{n}", "genres": ["Comedy"], "duration_s": 100} for n in range(6)
]
SHOW = [{"title_id": "s", "kind": "series", "genres": ["Drama"]}, *map(episode, range(1, 6))]


def watch(stage: Stage, title_id: str, seconds: float = 100, **fields: Any) -> None:
    """Plays a title for some of its hundred seconds."""
    stage.send("playback_started", title_id=title_id, duration_s=100, position_s=0, **fields)
    end: dict[str, Any] = {"watched_s": seconds, "duration_s": 100}
    end |= {name: value for name, value in fields.items() if name == "profile"}
    if seconds >= 100:
        stage.send("playback_completed", title_id=title_id, **end)
    else:
        stage.send("playback_stopped", title_id=title_id, position_s=seconds, **end)


def shown(stage: Stage) -> list[str]:
    """The titles of the show that are on the page."""
    return [title for title in stage.titles() if title[0] in "se"]


def test_a_stranger_is_shown_the_first_and_a_viewer_the_next_and_first_of_all() -> None:
    stage = Stage([*SHOW, *FILMS])
    assert shown(stage) == ["e1"]
    watch(stage, "e1")
    watch(stage, "e2")
    assert stage.titles()[0] == "e3"
    assert shown(stage) == ["e3"]
    reasons = {reason["code"]: reason for reason in stage.last["items"][0]["reasons"]}
    assert reasons["because_you_watched"]["title_id"] == "e2"


def test_the_one_that_was_begun_stands_for_the_series_and_in_the_row() -> None:
    stage = Stage([*SHOW, *FILMS])
    watch(stage, "e2", seconds=40)
    assert shown(stage) == ["e2"]
    assert stage.last["rows"][0]["title_ids"] == ["e2"]
    watch(stage, "e4")
    assert shown(stage) == ["e5"]
    assert "continue_watching" not in {row["row_id"] for row in stage.last["rows"]}


def test_while_one_is_on_the_screen_the_next_one_stands_there() -> None:
    stage = Stage([*SHOW, *FILMS])
    stage.send("playback_started", title_id="e2", duration_s=100)
    assert shown(stage) == ["e3"]


def test_a_series_that_was_finished_is_gone_and_comes_back_with_what_is_new() -> None:
    stage = Stage([*SHOW, *FILMS])
    for n in range(1, 6):
        watch(stage, f"e{n}")
    assert shown(stage) == []
    stage.put(episode(6))
    assert shown(stage) == ["e6"]


DAY_S = 86_400


def test_a_season_that_comes_a_year_later_stands_first_at_once_for_who_had_seen_the_last() -> None:
    """follower   S1 all ········ a year of films ········ S2E1 comes ── first
    dropout    S1E1, S1E2 ···· a year of films ········ S2E1 comes ── where S1E3 stood
    """
    first = [episode(n, season=1, added_at=START_MS - 1_000 * DAY_S) for n in range(1, 5)]
    films = [{"title_id": f"f{n}", "genres": ["Comedy"], "duration_s": 100} for n in range(30)]
    stage = Stage([SHOW[0], *first, *films])
    for title in ("e1", "e2", "e3", "e4"):
        watch(stage, title, profile="follower")
    for title in ("e1", "e2"):
        watch(stage, title, profile="dropout")
    stage.minutes += 365 * 24 * 60
    for n in range(8):
        for viewer in ("follower", "dropout", "a", "b", "c"):
            watch(stage, f"f{n}", profile=viewer)
    before = _place(stage, "dropout", "e3")
    stage.put(episode(5, season=2, added_at=START_MS + 60_000 * stage.minutes))
    assert _place(stage, "follower", "e5") == 0
    assert _place(stage, "dropout", "e3") == before > 0


def _place(stage: Stage, viewer: str, title_id: str) -> int:
    stage.send("page_viewed", profile=viewer)
    return [item["title_id"] for item in stage.last["items"]].index(title_id)


def test_a_season_that_comes_a_year_later_goes_on_before_what_one_is_in_the_midst_of() -> None:
    """S1 whole ······ half of another show ······ a year ······ S2E1 comes: before the other show

    Who stopped in the midst of S1 goes on no sooner because of it.
    """
    old: dict[str, Any] = {"duration_s": 100, "added_at": START_MS - 1_000 * DAY_S * 1_000}
    first = [episode(n, season=1, **old) for n in range(1, 5)]
    other = [
        {"title_id": f"d{n}", "series_id": "d", "episode": n, "genres": ["Drama"], **old} for n in (1, 2)
    ]
    stage = Stage([SHOW[0], *first, *other, *FILMS])
    for viewer, seen in (("follower", 4), ("dropout", 2)):
        for n in range(1, seen + 1):
            watch(stage, f"e{n}", profile=viewer)
    stage.minutes += 200 * 24 * 60
    for viewer in ("follower", "dropout"):
        watch(stage, "d1", profile=viewer)
    stage.minutes += 165 * 24 * 60
    assert _next_episodes(stage, "follower") == ["d2"]
    assert _next_episodes(stage, "dropout") == ["d2", "e3"]
    stage.put(episode(5, season=2, **old | {"added_at": START_MS + 60_000 * stage.minutes}))
    assert _next_episodes(stage, "follower") == ["e5", "d2"]
    assert _next_episodes(stage, "dropout") == ["d2", "e3"]
    assert _listed(stage, "follower").index("e5") < _listed(stage, "follower").index("d2")


def _listed(stage: Stage, viewer: str) -> list[str]:
    stage.send("page_viewed", profile=viewer)
    return [item["title_id"] for item in stage.last["items"]]


def _next_episodes(stage: Stage, viewer: str) -> list[str]:
    stage.send("page_viewed", profile=viewer)
    [row] = [row for row in stage.last["rows"] if row["row_id"].startswith("next_episodes")]
    titles: list[str] = row["title_ids"]
    return titles


def test_what_was_passed_over_comes_when_nothing_is_left_behind() -> None:
    stage = Stage([*SHOW, *FILMS])
    watch(stage, "e4")
    watch(stage, "e5")
    assert shown(stage) == ["e1"]


def test_an_episode_that_may_not_be_shown_is_passed_over() -> None:
    stage = Stage([*SHOW[:2], episode(2, markets=["BR"]), *SHOW[3:], *FILMS])
    watch(stage, "e1", market="DE")
    assert shown(stage) == ["e3"]


@pytest.mark.parametrize(
    "names",
    [
        ("Show S01E01", "Show S01E02", "Show S02E01", "Show S10E01"),
        ("Show: Episode 1", "Show: Episode 2", "Show: Episode 10", "Show: Episode 11"),
        ("Season 1, Episode 9", "Season 1, Episode 10", "Season 2, Episode 1", "Season 2 - Ep. 2"),
        ("Show 1x01", "Show 1x02", "Show 1x10", "Show 2x01"),
        ("Pilot", "Sequel", "Another", "Last"),
    ],
)
def test_names_order_a_series_without_numbers_and_then_listing_does(names: tuple[str, ...]) -> None:
    entries = [
        {"title_id": f"e{n}", "name": name, "series_id": "s", "duration_s": 100}
        for n, name in enumerate(names)
    ]
    in_order = entries if names[0] == "Pilot" else entries[::-1]
    stage = Stage([*in_order, *FILMS])
    seen = []
    for _ in names:
        [next_one] = shown(stage)
        seen.append(next_one)
        watch(stage, next_one)
    assert seen == ["e0", "e1", "e2", "e3"]


@tried(25)
@given(seed=st.integers(0, 2**32))
def test_any_way_through_a_series(seed: int) -> None:
    draw = random.Random(seed)
    order = list(range(draw.choice([1, 2, 5])))
    entries = [episode(n, season=1 + n // 2, episode=n % 2, repeatable=draw.random() < 0.1) for n in order]
    stage = Stage([*draw.sample(entries, len(entries)), *FILMS])
    last, in_progress, over, met = -1, None, set[int](), set[int]()
    for _ in range(draw.choice([0, 2, 6, 12])):
        n = draw.choice(order)
        how = draw.choice(["finish", "finish", "begin", "glance"])
        if how == "glance":
            if n not in met:
                watch(stage, f"e{n}", seconds=1)
            continue
        met.add(n)
        last, in_progress = n, None
        if how == "begin" and n not in over:
            watch(stage, f"e{n}", seconds=50)
            in_progress = n
        else:
            watch(stage, f"e{n}")
            over.add(n)
    behind = [*order[last + 1 :], *order[: last + 1]]
    left = [n for n in behind if n not in over or entries[n]["repeatable"]]
    want = [f"e{in_progress}"] if in_progress is not None else [f"e{n}" for n in left[:1]]
    assert shown(stage) == want


def test_an_episode_of_a_series_with_one_title_does_not_finish_the_series() -> None:
    stage = Stage([{"title_id": "s", "kind": "series", "duration_s": 100}, *FILMS])
    for n in range(3):
        watch(stage, "s", episode_id=f"e{n}")
        assert shown(stage) == ["s"]


def test_an_episode_may_be_told_by_the_series_title() -> None:
    stage = Stage([*SHOW, *FILMS])
    watch(stage, "s", episode_id="e1")
    watch(stage, "s", episode_id="e2")
    assert shown(stage) == ["e3"]
    for n in (3, 4, 5):
        watch(stage, "s", episode_id=f"e{n}")
    assert shown(stage) == []


def version(name: str, **attributes: Any) -> dict[str, Any]:
    """Another version of the same film."""
    return {"title_id": name, "work_id": "w", "duration_s": 100, "attributes": attributes}


def test_a_work_is_one_card_in_the_version_that_suits_the_device() -> None:
    stage = Stage([version("small", device="mobile", height=480), version("large", height=2160), *FILMS])
    for device, best in (("mobile", "small"), ("tv", "large")):
        stage.send("page_viewed", device=device)
        ids = {item["title_id"] for item in stage.last["items"]}
        assert ids & {"small", "large"} == {best}
    watch(stage, "large")
    assert not set(stage.titles()) & {"small", "large"}


def test_a_film_that_was_begun_in_one_version_goes_on_in_the_one_for_this_device() -> None:
    stage = Stage([version("small", device="mobile"), version("large", device="tv"), *FILMS])
    watch(stage, "large", seconds=40, device="tv")
    stage.send("page_viewed", device="mobile")
    assert stage.last["rows"][0]["title_ids"] == ["small"]
