"""Indirect evidence of a title: its makers' earlier titles, and the same week of last year."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.stage import Stage
from tests.timeline import START_MS, happened

from playhead.lab.simulate.years import BEGIN_MS, DAY_MS, OF_SEASON, SEASONS, YEAR_DAYS, write_years
from playhead.recipe import RECIPE

DAY_S, DAYS = 86_400, 10


def opened(*left_out: str) -> dict[str, float]:
    """Scores for a cold-start user of the newest titles of a maker with twice the usual choices and of one with half.

    Each day both bring out a title; the first's has eight plays within hours, the other's two. Words and genres carry no information.
    """
    stage = Stage([], RECIPE.without(*left_out))
    for day in range(DAYS + 1):
        for maker in ("loud", "quiet"):
            added_at = START_MS + day * DAY_S * 1_000
            stage.put(
                {"title_id": f"{maker}-{day}", "genres": ["Film"], "credits": [maker], "added_at": added_at}
            )
    stage.put(
        {
            "title_id": "other",
            "genres": ["Film"],
            "credits": ["nobody"],
            "added_at": START_MS + DAYS * DAY_S * 1_000,
        }
    )
    for day in range(DAYS):
        for n in range(10):
            title_id = f"{'quiet' if n % 5 == 4 else 'loud'}-{day}"
            at_s = day * DAY_S + 600 * (n + 1)
            stage.take(happened("playback_completed", at_s=at_s, profile=f"{day}-{n}", title_id=title_id))
    stage.take(happened("page_viewed", at_s=DAYS * DAY_S + 60, profile="stranger"))
    return {item["title_id"]: item["score"] for item in stage.last["items"]}


def test_a_new_title_of_makers_who_drew_more_stands_above_one_of_makers_who_drew_less() -> None:
    scores = opened()
    assert scores[f"loud-{DAYS}"] > scores["other"] + 0.05
    assert scores["other"] > scores[f"quiet-{DAYS}"] + 0.05


def test_without_makers_nothing_tells_new_titles_apart() -> None:
    scores = opened("makers")
    assert scores[f"loud-{DAYS}"] == pytest.approx(scores["other"], abs=0.01)
    assert scores[f"quiet-{DAYS}"] == pytest.approx(scores["other"], abs=0.01)


LAST_SEASON_DAY = YEAR_DAYS + 334.6


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("planted")
    write_years(folder, seed=1, days=int(LAST_SEASON_DAY), choices=3.0)
    return folder


def places(planted: Path, *left_out: str) -> dict[str, float]:
    """The mean place of the films of the last season as it begins for the second time, before anyone watches them again.

    In a list of all titles, for a cold-start user and for the profile of the last event.
    """
    recipe = RECIPE.without(*left_out)
    stage = Stage([], replace(recipe, pipeline=replace(recipe.pipeline, rank_size=400)))
    for line in (planted / "titles.jsonl").read_bytes().splitlines():
        stage.core.put_title(line)
    lines = (planted / "events.jsonl").read_bytes().splitlines()
    for line in lines:
        stage.core.take(line, ranked=False)
    warm = json.loads(lines[-1])["profile_id"]
    at_s = (BEGIN_MS + LAST_SEASON_DAY * DAY_MS - START_MS) / 1_000
    stage.take(happened("playback_completed", at_s=at_s, profile="clock", title_id="always-3"))
    places = {}
    for profile in ("stranger", warm):
        stage.take(happened("page_viewed", at_s=at_s + 60, profile=profile))
        listed = [item["title_id"] for item in stage.last["items"]]
        of_season = [
            f"season-{SEASONS - 1}-{n}" for n in range(SEASONS * OF_SEASON) if n % SEASONS == SEASONS - 1
        ]
        places["cold" if profile == "stranger" else "warm"] = sum(
            listed.index(title_id) if title_id in listed else len(listed) for title_id in of_season
        ) / len(of_season)
    return places


def test_films_of_a_season_come_back_with_it_before_anyone_watches_them(planted: Path) -> None:
    with_it, without_it = places(planted), places(planted, "season")
    assert with_it["cold"] < 0.8 * without_it["cold"], (with_it, without_it)
    assert with_it["warm"] < 0.9 * without_it["warm"], (with_it, without_it)
