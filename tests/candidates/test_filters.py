"""Titles that may not be shown are not shown, whatever the models predict."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.stage import Stage
from tests.timeline import START_MS, happened, histories

from playhead.replay.core import Replay


def test_what_was_finished_is_not_ranked_unless_it_is_repeatable() -> None:
    stage = Stage([{"title_id": "film"}, {"title_id": "song", "repeatable": True}, {"title_id": "other"}])
    for title in ("film", "song"):
        stage.send("playback_completed", title_id=title)
    assert set(stage.titles()) == {"song", "other"}


def test_finished_by_the_catalogues_duration() -> None:
    stage = Stage([{"title_id": "film", "duration_s": 100}, {"title_id": "other"}])
    stage.send("playback_stopped", title_id="film", watched_s=80)
    assert "film" in stage.titles()
    stage.send("playback_stopped", title_id="film", watched_s=95)
    assert "film" not in stage.titles()


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ({"markets": ["BR"]}, False),
        ({"markets": ["DE", "BR"]}, True),
        ({"markets": []}, False),
        ({}, True),
        ({"available_from": START_MS + 10**9}, False),
        ({"available_until": START_MS}, False),
        ({"available_from": START_MS - 1, "available_until": START_MS + 10**9}, True),
    ],
)
def test_market_and_window(title: dict[str, Any], shown: bool) -> None:
    stage = Stage([{"title_id": "it", **title}, {"title_id": "other"}])
    stage.send("page_viewed", market="DE")
    assert ("it" in stage.titles()) == shown


@pytest.mark.parametrize(
    ("kind", "allowed"), [("kids", {0, 7}), ("teen", {0, 7, 13}), ("adult", {None, 0, 7, 13, 16, 18})]
)
def test_children_see_only_what_is_rated_for_them(kind: str, allowed: set[int | None]) -> None:
    ratings = (None, 0, 7, 13, 16, 18)
    stage = Stage([{"title_id": f"m{m}", **({} if m is None else {"maturity": m})} for m in ratings])
    stage.send("page_viewed", kind=kind)
    assert set(stage.titles()) == {f"m{m}" for m in allowed}


def test_a_child_never_gets_a_title_known_from_an_event_alone() -> None:
    stage = Stage([{"title_id": "rated", "maturity": 0}])
    stage.send("playback_completed", profile="adult", title_id="unheard")
    stage.send("page_viewed", kind="kids")
    assert stage.titles() == ["rated"]
    stage.send("playback_started", title_id="unheard")
    stage.send("playback_stopped", title_id="unheard", watched_s=50, duration_s=100)
    assert all("unheard" not in row["title_ids"] for row in stage.last["rows"])


@pytest.mark.parametrize(
    ("scope", "left"),
    [("title", {"b", "c", "d"}), ("series", {"c", "d"}), ("genre", {"b", "d"}), ("person", {"b", "c"})],
)
def test_not_interested_takes_the_kin_along(scope: str, left: set[str]) -> None:
    stage = Stage(
        [
            {"title_id": "a", "series_id": "s", "genres": ["Horror"], "credits": ["Kim"]},
            {"title_id": "b", "series_id": "s", "genres": ["Drama"]},
            {"title_id": "c", "genres": ["Horror"]},
            {"title_id": "d", "genres": ["Comedy"], "credits": ["Kim"]},
        ]
    )
    stage.send("not_interested", title_id="a", scope=scope)
    assert set(stage.titles()) == left


def test_a_withdrawn_title_is_gone_and_what_filters_removed_is_told() -> None:
    stage = Stage([{"title_id": "a"}, {"title_id": "b"}])
    stage.send("playback_completed", title_id="b", profile="bob")
    stage.withdraw("a")
    stage.send("page_viewed", profile="bob")
    assert stage.last["items"] == []
    assert stage.decision["removed"] == {"available": 1, "finished": 1}


@tried(40)
@given(
    events=histories(profiles=("ada", "bob"), most=40),
    matures=st.lists(st.sampled_from([None, 0, 7, 18]), min_size=12, max_size=12),
)
def test_no_history_gets_a_child_above_its_age(
    events: list[dict[str, Any]], matures: list[int | None]
) -> None:
    stage = Stage(
        [{"title_id": f"t{n}", **({} if m is None else {"maturity": m})} for n, m in enumerate(matures)]
    )
    suitable = {f"t{n}" for n, m in enumerate(matures) if m in {0, 7}}
    for event in [*events, happened("page_viewed", at_s=10**7, kind="kids", event_id="last")]:
        stage.take(event)
        if event.get("kind") == "kids" and stage.answered:
            shown = {item["title_id"] for item in stage.last["items"]}
            assert shown | {t for row in stage.last["rows"] for t in row["title_ids"]} <= suitable


def test_replay_needs_no_catalogue() -> None:
    core = Replay()
    assert core.tally.titles == 0
    stage = Stage([])
    stage.send("playback_completed", profile="bob", title_id="x")
    stage.send("page_viewed")
    assert stage.titles() == ["x"]


def test_wishes_hold_for_what_comes_and_when_their_title_is_gone() -> None:
    stage = Stage(
        [{"title_id": "e1", "series_id": "s"}, {"title_id": "x", "genres": ["Horror"]}, {"title_id": "b"}]
    )
    stage.send("not_interested", title_id="e1", scope="series")
    stage.send("not_interested", title_id="x", scope="genre")
    stage.send("not_interested", title_id="b", scope="person", name="Kim")
    stage.withdraw("e1")
    stage.withdraw("x")
    new: list[dict[str, Any]] = [
        {"title_id": "e2", "series_id": "s"},
        {"title_id": "y", "genres": ["Drama", "Horror"]},
        {"title_id": "k", "credits": ["Lee", "Kim"]},
    ]
    for title in new:
        stage.core.put_title(json.dumps({"name": "n", **title}).encode())
    assert stage.titles() == []
    stage.send("not_interested", title_id="x", scope="genre", name="Horror", undo=True)
    assert stage.titles() == ["y"]
    stage.send("not_interested", title_id="e1", scope="series", undo=True)
    assert set(stage.titles()) == {"y", "e2"}
    # A newer version no longer is of the genre that is hidden again.
    stage.send("not_interested", title_id="x", scope="genre", name="Drama")
    assert stage.titles() == ["e2"]
    stage.core.put_title(b'{"title_id": "y", "name": "n", "genres": ["Comedy"]}')
    assert set(stage.titles()) == {"y", "e2"}


def test_a_wish_said_before_its_title_was_listed_holds_too() -> None:
    stage = Stage([{"title_id": "b"}])
    stage.send("not_interested", title_id="e1", scope="series")
    for title in ("e1", "e2"):
        stage.core.put_title(json.dumps({"title_id": title, "name": "n", "series_id": "s"}).encode())
    assert stage.titles() == ["b"]
