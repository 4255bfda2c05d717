"""A binge is a label of a series: three episodes within a day, labelled once; fewer are none once the day is over."""

import json
from typing import Any

from tests.stage import Stage
from tests.timeline import happened

from playhead.domain.topics import EXAMPLES

HOUR_S, DAY_S = 3_600, 86_400
SHOW: list[dict[str, Any]] = [
    {"title_id": f"e{n}", "series_id": "s", "episode": n, "duration_s": 100, "genres": ["Drama"]}
    for n in range(1, 7)
] + [{"title_id": "film", "duration_s": 100}]


def binges(*plays: tuple[str, float]) -> list[tuple[str, int]]:
    """The binge labels of whole plays of titles at given times, in order; two days later a page is viewed.

    A label that corrects or confirms a provisional one has ``final`` behind the title.
    """
    stage, labelled = Stage(SHOW), []
    events = []
    for title, at_s in plays:
        events.append(happened("playback_started", at_s=at_s, title_id=title, duration_s=100))
        events.append(happened("playback_completed", at_s=at_s + 100, title_id=title, watched_s=100))
    last_s = plays[-1][1] + 2 * DAY_S
    for event in [*events, happened("page_viewed", at_s=last_s), happened("page_viewed", at_s=last_s + 1)]:
        examples = [
            json.loads(record.value or b"") for record in stage.take(event).first if record.topic == EXAMPLES
        ]
        labelled += [
            (example["title_id"] + " final" * ("corrects" in example), example["labels"]["binge"])
            for example in examples
            if "binge" in example.get("labels", {})
        ]
    return labelled


def test_the_third_episode_of_a_day_makes_a_binge_of_the_series_and_further_ones_no_other() -> None:
    assert binges(("e1", 0), ("e2", 200), ("e3", 400), ("e4", 600)) == [("s", 1)]
    assert binges(("e1", 0), ("e2", 4 * HOUR_S), ("film", 5 * HOUR_S), ("e3", 12 * HOUR_S)) == [
        ("film", 0),
        ("s", 1),
    ]


def test_fewer_are_none_and_that_is_known_a_day_later() -> None:
    assert binges(("e1", 0), ("e2", 200)) == [("s", 0)]
    assert binges(("e1", 0), ("e1", 300), ("e2", 600)) == [("s", 0)]
    assert binges(("e1", 0), ("e2", 2 * DAY_S), ("e3", 4 * DAY_S)) == [("s", 0)] * 3


def test_of_films_it_is_as_it_was() -> None:
    assert binges(("film", 0), ("e1", 200)) == [("film", 1), ("s", 0)]


def test_a_binge_within_a_week_corrects_what_was_said_of_the_series_before() -> None:
    # e1 ── a day ▶ 0 ── on the fourth day e2, e3, e4 ▶ 1, and that of e1 is taken back; e5, e6, e1 correct nothing more
    taken_up = ("e2", 4 * DAY_S), ("e3", 4 * DAY_S + 200), ("e4", 4 * DAY_S + 400)
    assert binges(("e1", 0), *taken_up) == [("s", 0), ("s", 1), ("s final", 1)]
    again = ("e5", 6 * DAY_S), ("e6", 6 * DAY_S + 200), ("e1", 6 * DAY_S + 400)
    assert binges(("e1", 0), *taken_up, *again) == [("s", 0), ("s", 1), ("s final", 1), ("s", 1)]


def test_what_comes_after_a_week_corrects_nothing_and_confirms_what_was_said() -> None:
    late = ("e2", 8 * DAY_S), ("e3", 8 * DAY_S + 200), ("e4", 8 * DAY_S + 400)
    assert binges(("e1", 0), *late) == [("s", 0), ("s final", 0), ("s", 1)]
