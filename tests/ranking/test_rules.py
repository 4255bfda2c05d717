"""Rules are obeyed where they hold, and never against maturity; a bad one is refused and changes nothing."""

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.stage import Stage
from tests.timeline import START_MS, histories

from playhead.catalogue.rules import conflicts
from playhead.domain.decoding import decode_rule
from playhead.domain.errors import Rejected
from playhead.domain.rankings import Ranking
from playhead.domain.rules import Rule
from playhead.domain.titles import Title
from playhead.domain.topics import RULES
from playhead.ranking.explore import Exploration
from playhead.recipe import RECIPE
from playhead.stories.stories import stories

DAY_MS = 86_400_000
FILMS: list[dict[str, Any]] = [
    {
        "title_id": f"t{n}",
        "genres": ["Drama" if n % 2 else "Comedy"],
        "duration_s": 5_400,
        "maturity": n % 3 * 8,
        "kind": "movie",
    }
    for n in range(12)
]
ALL = {f"t{n}" for n in range(12)}


def stage_with(*rules: dict[str, Any]) -> Stage:
    stage = Stage(FILMS)
    for number, rule in enumerate(rules):
        put(stage, {"rule_id": f"r{number}", **rule})
    return stage


def put(stage: Stage, rule: dict[str, Any]) -> None:
    stage.core.put_rule(json.dumps(rule).encode())


def everywhere(stage: Stage) -> set[str]:
    rows = {title_id for row in stage.last["rows"] for title_id in row["title_ids"]}
    return rows | {item["title_id"] for item in stage.last["items"]}


def test_what_is_excluded_is_on_no_page_and_counted() -> None:
    stage = stage_with({"action": "exclude", "tags": ["comedy"]})
    stage.send("watchlist_added", title_id="t0")
    assert {int(title[1:]) % 2 for title in stage.titles()} == {1}
    assert {int(title[1:]) % 2 for title in everywhere(stage)} == {1}
    assert stage.decision["removed"]["rule"] == 6


def test_a_rule_holds_where_it_says() -> None:
    where = {"markets": ["BR"], "surfaces": ["home"], "devices": ["tv"], "profile_kinds": ["adult"]}
    stage = stage_with(
        {
            "action": "exclude",
            "title_ids": ["t1"],
            **where,
            "ends_at": START_MS + 600_000,
            "title_kinds": ["movie"],
        }
    )
    for market, surface, device, gone in (
        ("BR", "home", "tv", True),
        ("US", "home", "tv", False),
        ("BR", "title", "tv", False),
        ("BR", "home", "web", False),
    ):
        stage.send("page_viewed", market=market, surface=surface, device=device)
        assert ("t1" not in everywhere(stage)) == gone
    stage.minutes += 10
    stage.send("page_viewed", market="BR", surface="home", device="tv")
    assert "t1" in everywhere(stage)


def test_a_boost_raises_and_lowers() -> None:
    last = stage_with().titles()[-1]
    assert stage_with({"action": "boost", "title_ids": [last], "by": 9.0}).titles()[0] == last
    first = stage_with().titles()[0]
    assert stage_with({"action": "boost", "title_ids": [first], "by": -9.0}).titles()[-1] == first


def test_a_pin_stands_in_its_place_of_the_list_and_of_the_first_row() -> None:
    last = stage_with().titles()[-1]
    stage = stage_with({"action": "pin", "title_ids": [last], "slot": 2})
    assert stage.titles()[1] == last
    [picks] = [row for row in stage.last["rows"] if row["row_id"] == "top_picks"]
    assert picks["title_ids"][1] == last
    assert sorted(stage.titles()) == sorted(ALL)


def test_of_two_pins_of_one_place_the_first_has_it() -> None:
    rules = [{"action": "pin", "title_ids": [title], "slot": 1} for title in ("t7", "t5")]
    assert stage_with(*rules).titles()[:2] == ["t7", "t5"]


def test_a_cap_holds_in_every_beginning_of_the_list() -> None:
    titles = stage_with({"action": "cap", "tags": ["Drama"], "share": 0.25}).titles()
    dramas = [int(title[1:]) % 2 for title in titles]
    assert dramas == [0, 0, 0, 1, 0, 0, 0, 1]
    assert [title for title in titles if int(title[1:]) % 2] == [
        title for title in stage_with().titles() if int(title[1:]) % 2
    ][:2]


def test_what_is_included_is_on_the_list_whatever_its_score() -> None:
    films = [{"title_id": f"f{n}", "genres": ["Crime"], "duration_s": 5_400} for n in range(80)]
    stage = Stage(films)
    for n in range(60):
        stage.send("playback_completed", profile=f"p{n % 7}", title_id=f"f{n}")
    before = stage.titles()
    out = next(f"f{n}" for n in range(80) if f"f{n}" not in before)
    put(stage, {"rule_id": "must", "action": "include", "title_ids": [out]})
    after = stage.titles()
    assert after == [*before[:-1], out]


def test_a_rule_is_replaced_and_removed() -> None:
    stage = stage_with({"action": "exclude", "title_ids": ["t1"]})
    put(stage, {"rule_id": "r0", "action": "exclude", "title_ids": ["t2"]})
    assert ALL - set(stage.titles()) == {"t2"}
    stage.core.personalizer.follow(RULES, b"r0", None)
    assert set(stage.titles()) == ALL


@pytest.mark.parametrize(
    ("rule", "repair"),
    [
        ({"action": "ban", "title_ids": ["t1"]}, "action"),
        ({"action": "boost", "title_ids": ["t1"]}, "Add by"),
        ({"action": "exclude"}, "Add title_ids"),
        ({"action": "exclude", "tags": ["x"], "slot": 3}, "Leave out slot"),
        ({"action": "pin", "title_ids": ["t1", "t2"], "slot": 1}, "one title"),
        ({"action": "pin", "title_ids": ["t1"], "slot": 0}, "slot"),
        ({"action": "cap", "tags": ["x"], "share": 1.5}, "share"),
        ({"action": "exclude", "tags": ["x"], "starts_at": 20, "ends_at": 10}, "after starts_at"),
    ],
)
def test_a_bad_rule_is_refused_with_its_repair_and_changes_nothing(rule: dict[str, Any], repair: str) -> None:
    stage = stage_with({"action": "exclude", "title_ids": ["t3"]})
    with pytest.raises(Rejected) as refused:
        put(stage, {"rule_id": "r0", **rule})
    assert repair in refused.value.repair
    assert ALL - set(stage.titles()) == {"t3"}


def test_the_key_is_the_rule_id() -> None:
    with pytest.raises(Rejected, match="key"):
        decode_rule(b"other", b'{"rule_id": "r", "action": "exclude", "title_ids": ["t"]}')


def test_conflicts_are_said() -> None:
    pins = [Rule(rule_id=f"p{n}", action="pin", title_ids=(f"t{n}",), slot=1) for n in range(2)]
    out = Rule(rule_id="x", action="exclude", title_ids=("t1",))
    apart = Rule(rule_id="y", action="pin", title_ids=("t2",), slot=1, markets=("BR",), ends_at=5)
    later = Rule(rule_id="z", action="pin", title_ids=("t3",), slot=1, markets=("US",))
    assert len(conflicts([pins[0], pins[1]])) == 1
    assert conflicts([pins[1], out]) == ["p1 and x: t1 is excluded, and that wins."]
    assert conflicts([apart, later]) == []


_ids = st.lists(st.sampled_from([f"t{n}" for n in range(12)]), min_size=1, max_size=4)


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    """Any valid rule."""
    action = draw(st.sampled_from(["include", "exclude", "boost", "pin", "cap"]))
    ids = draw(_ids)
    extras: dict[str, dict[str, Any]] = {
        "boost": {"by": draw(st.floats(-20, 20))},
        "pin": {"slot": draw(st.integers(1, 50))},
        "cap": {"share": draw(st.floats(0, 1))},
    }
    places: list[dict[str, Any]] = [{}, {"surfaces": ["kids"]}, {"profile_kinds": ["kids"]}]
    where, extra = draw(st.sampled_from(places)), extras.get(action, {})
    return {"action": action, "title_ids": ids[:1] if action == "pin" else ids, **extra, **where}


@st.composite
def catalogues(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Titles of any maturity, many unrated, some episodes of series, some versions of a work."""
    rated = st.sampled_from([None, 0, 6, 7, 8, 12, 13, 16, 18, 21])
    films = []
    for n in range(12):
        maturity = draw(rated)
        film: dict[str, Any] = {"title_id": f"t{n}", "genres": ["Comedy"], "duration_s": 600}
        if maturity is not None:
            film["maturity"] = maturity
        if draw(st.booleans()):
            film |= {"series_id": f"s{n % 3}", "season": 1, "episode": n}
        if draw(st.booleans()):
            film["work_id"] = f"w{n % 4}"
        film["repeatable"] = draw(st.booleans())
        film["added_at"] = START_MS - draw(st.sampled_from([1, 300])) * DAY_MS
        film["tags"] = draw(st.lists(st.sampled_from(["heist", "santa"]), max_size=2))
        film["credits"] = ["Bo"]
        films.append(film)
    return films


def test_a_page_for_children_is_one_whoever_looks() -> None:
    stage = Stage([{**film, "maturity": 18 if n % 2 else 0} for n, film in enumerate(FILMS)])
    assert set(stage.titles()) == ALL
    stage.send("page_viewed", surface="kids")
    assert everywhere(stage) == {f"t{n}" for n in range(0, 12, 2)}
    stage.send("page_viewed", surface="home")
    assert everywhere(stage) == ALL


LIMITS = {"kids": 7, "teen": 13}


@tried(250)
@given(
    catalogues(),
    st.lists(rules(), max_size=5),
    histories(profiles=("ada", "bob")),
    st.sampled_from([*LIMITS]),
    st.sampled_from([0.0, 0.1, 0.5, 1.0]),
)
def test_no_child_ever_meets_a_title_above_its_age_or_of_none(
    films: list[dict[str, Any]],
    some: list[dict[str, Any]],
    events: list[dict[str, Any]],
    kind: str,
    explored: float,
) -> None:
    explore = replace(RECIPE.pipeline, explore=Exploration(share=explored, most_new=1.0))
    stage = Stage(films, replace(RECIPE, pipeline=explore))
    entries = {film["title_id"]: msgspec.convert({**film, "name": film["title_id"]}, Title) for film in films}
    for number, rule in enumerate(some):
        put(stage, {"rule_id": f"r{number}", **rule})
    suits = {film["title_id"] for film in films if film.get("maturity", 99) <= LIMITS[kind]}
    for event in events:
        stage.take({**event, "kind": kind})
        if stage.answered:
            ranked = {item["title_id"] for item in stage.last["items"]}
            rows = {title_id for row in stage.last["rows"] for title_id in row["title_ids"]}
            reasons = [reason for item in stage.last["items"] for reason in item["reasons"]]
            named = {reason["title_id"] for reason in reasons if "title_id" in reason}
            assert ranked | rows | named <= suits
            names = {row["name"] for row in stage.last["rows"]}
            assert not {name for name in names for t in ALL - suits if name.endswith(f" {t}")}
            why = stories("en", msgspec.convert(stage.last, Ranking), entries)
            assert set(why) <= suits
            assert not {text for text in why.values() for t in ALL - suits if f"“{t}”" in text}
