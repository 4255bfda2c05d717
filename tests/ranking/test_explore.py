"""New titles are at one place in ten, drawn with the logged propensity, and by the event alone."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from tests.stage import Stage
from tests.timeline import START_MS, happened

from playhead.domain.records import Incoming, Source
from playhead.domain.topics import EVENTS, RANKINGS
from playhead.experiments.bandit import best_probabilities
from playhead.lab.evaluate.engines import listed
from playhead.ranking.draws import PARTS, best_of, drawn, seed_of, thompson_parts
from playhead.ranking.explore import Exploration

DAY_MS = 86_400_000
OLD, NEW, SLOTS = 70, 24, (9, 19, 29, 39, 49)


def films(**new: Any) -> Iterator[dict[str, Any]]:
    for n in range(OLD):
        genre = "Drama" if n % 2 else "Comedy"
        yield {"title_id": f"o{n}", "genres": [genre], "added_at": START_MS - 400 * DAY_MS, "maturity": 0}
    for n in range(NEW):
        genre = "Drama" if n % 2 else "Comedy"
        added = {"title_id": f"n{n}", "genres": [genre], "added_at": START_MS - DAY_MS, "maturity": 0}
        yield added | new


def stage(**new: Any) -> Stage:
    """Viewers who each watch all old films of one genre; ada watches comedies."""
    made = Stage(list(films(**new)))
    for n in range(140):
        made.send("playback_completed", profile=f"p{n % 14}", title_id=f"o{n % OLD}")
    for n in (60, 62, 64):
        made.send("playback_completed", title_id=f"o{n}")
    return made


def new_places(listed: list[str]) -> list[int]:
    return [place for place, title_id in enumerate(listed) if title_id.startswith("n")]


def test_new_titles_of_a_liked_kind_stand_at_one_place_in_ten_with_their_propensities() -> None:
    made = stage()
    for _ in range(20):
        if new_places(made.titles())[0] == 9:
            break
        assert made.last["items"][9]["propensity"] == 0.5, "the title of the list has half of its place"
    assert new_places([item["title_id"] for item in made.last["items"]])[:2] == [9, 19]
    items, decision = made.last["items"], made.decision
    assert [item["propensity"] for item in items] == decision["propensities"]
    assert all(item["propensity"] == 1.0 for place, item in enumerate(items) if place not in SLOTS)
    for item, most in ((items[9], 0.5), (items[19], 1.0)):
        assert 0.02 <= item["propensity"] < most
        assert int(item["title_id"][1:]) % 2 == 0, "a comedy"


def test_the_same_events_draw_the_same_and_other_events_others() -> None:
    first, second = stage(), stage()
    assert first.titles() == second.titles()
    seen = {tuple(first.titles()[place] for place in SLOTS) for _ in range(8)}
    assert len(seen) > 3


def test_a_title_of_the_first_ten_keeps_its_place_in_half_of_the_lists() -> None:
    made = stage()
    tens = [made.titles()[9] for _ in range(60)]
    kept = [title_id for title_id in tens if title_id.startswith("o")]
    assert len(set(kept)) == 1
    assert 15 <= len(kept) <= 45


def test_only_the_draws_differ() -> None:
    made = stage()
    stored = made.core.stored[b"ada"]
    pages = [happened("page_viewed", at_s=60 * 200, event_id=f"page-{n}") for n in range(20)]
    lists = [listed(made.core.imagine(json.dumps(page).encode(), stored)) for page in pages]
    kept = [place for place in range(50) if place not in SLOTS]
    assert len({tuple(titles[place] for place in kept) for titles in lists}) == 1
    assert len({titles[9] for titles in lists}) > 1


@pytest.mark.parametrize(
    "new", [{"added_at": START_MS - 40 * DAY_MS}, {"added_at": START_MS + DAY_MS}, {"added_at": None}]
)
def test_what_is_not_new_is_not_explored_in_the_first_ten(new: dict[str, Any]) -> None:
    made = stage(**new)
    for _ in range(5):
        assert not [place for place in new_places(made.titles()) if place < 10]


def test_what_nobody_has_chosen_gets_a_place_behind_the_first_ten_however_old_it_is() -> None:
    made = stage(added_at=START_MS - 4_000 * DAY_MS)
    seen = {title for _ in range(8) for title in made.titles() if title.startswith("n")}
    assert len(seen) >= 4
    assert all(int(title[1:]) % 2 == 0 for title in seen), "comedies"


def test_what_is_to_come_is_not_explored() -> None:
    made = stage(added_at=START_MS + DAY_MS)
    made.send("page_viewed")
    # Places 20 and 30 are contested by what is old.
    assert {place for place, propensity in enumerate(made.decision["propensities"]) if propensity < 1.0} <= {
        19,
        29,
    }


def test_rankings_that_are_made_together_explore_as_each_does_alone() -> None:
    made = stage()
    core, stored = made.core.personalizer, made.core.stored
    source = Source(0, 0, 1)
    views = [happened("page_viewed", at_s=90_000, profile=f"p{n}") for n in range(14)]
    records = [
        Incoming(
            EVENTS,
            0,
            100_000 + n,
            view["occurred_at"],
            view["profile_id"].encode(),
            json.dumps(view).encode(),
        )
        for n, view in enumerate(views)
    ]

    def sent(batch: list[Incoming]) -> list[bytes | None]:
        then = core.step(batch, lambda keys: [stored.get(key) for key in keys], source, START_MS).then
        return [record.value for record in then if record.topic == RANKINGS]

    together = sent(records)
    assert together == [ranking for record in records for ranking in sent([record])]
    propensities = [
        item["propensity"] for ranking in together for item in json.loads(ranking or b"")["items"]
    ]
    assert min(propensities) < 1.0


def test_where_most_of_a_catalogue_is_new_nothing_is_explored() -> None:
    made = Stage([film | {"added_at": START_MS - DAY_MS} for film in films()])
    made.send("playback_completed", title_id="o60")
    made.send("page_viewed")
    assert all(item["propensity"] == 1.0 for item in made.last["items"])


def test_a_child_is_shown_no_new_title_that_is_not_for_children() -> None:
    made = stage(maturity=16)
    for _ in range(5):
        made.send("page_viewed", profile="kid", kind="kids")
        assert new_places([item["title_id"] for item in made.last["items"]]) == []


def test_a_title_that_is_known_or_shown_enough_or_has_failed_is_not_explored() -> None:
    made = stage()
    for n in range(12):
        made.send("playback_completed", profile=f"q{n}", title_id="n0")
    # Forty impressions without a click, in a market where what is shown is often chosen.
    for n in range(40):
        made.send("impressions_shown", profile=f"q{n}", items=[{"title_id": "n2"}])
    made.minutes += 1_440
    for n in range(40):
        made.send("session_started", profile=f"q{n}")
    explored = {title for _ in range(15) for place, title in enumerate(made.titles()) if place in SLOTS}
    assert "n2" not in explored
    assert "n0" not in explored
    assert len(explored & {f"n{n}" for n in range(4, NEW, 2)}) > 3


def test_the_share_is_a_matter_of_the_surface() -> None:
    how = Exploration(share=0.1, by_surface=(("kids", 0.0), ("new", 0.2)))
    assert [how.step(surface) for surface in ("home", "kids", "new")] == [10, 0, 5]


def test_propensities_are_those_of_a_hundred_thousand_draws() -> None:
    mean, deviation = np.array([[0.3, 0.0, -0.4, -3.0]]), np.array([[0.5, 0.8, 0.6, 0.2]])
    parts = thompson_parts(mean, deviation, np.array([PARTS]))[0]
    assert parts.sum() == PARTS
    seeds = np.array([seed_of("ada", f"event-{n}", n % 7) for n in range(100_000)])
    draws = drawn(np.tile(parts, (len(seeds), 1)), seeds, np.full(len(seeds), 9))
    share, propensities = np.bincount(draws, minlength=4) / len(draws), parts / PARTS
    assert (
        np.abs(share - propensities) < 4.0 * np.sqrt(propensities * (1.0 - propensities) / len(draws))
    ).all()


def test_a_title_is_drawn_as_often_as_it_may_be_the_best() -> None:
    mean, deviation = np.array([0.3, 0.0, -0.4]), np.array([0.5, 0.8, 0.6])
    assert best_of(mean, deviation) == pytest.approx(best_probabilities(mean, deviation), abs=1e-4)
    values = np.random.default_rng(1).normal(mean, deviation, (100_000, 3))
    won = np.bincount(values.argmax(axis=1), minlength=3) / len(values)
    assert best_of(mean, deviation) == pytest.approx(won, abs=0.006)
