"""The viewer's mood changes the list of that session, and decays."""

import pytest
from tests.stage import Stage
from tests.timeline import happened

FILMS = [
    {
        "title_id": f"t{n}",
        "genres": ["Drama"],
        "attributes": {"valence": 0.9 if n % 2 else -0.9, "arousal": 0.1},
    }
    for n in range(12)
]


def sunny(listed: list[str]) -> int:
    """How many of the first six titles are happy ones."""
    return sum(int(title_id[1:]) % 2 for title_id in listed[:6])


@pytest.mark.parametrize(("valence", "first"), [(1.0, 6), (-1.0, 0)])
def test_the_list_goes_the_way_of_the_mood_and_back(valence: float, first: int) -> None:
    stage = Stage(FILMS)
    before = stage.titles()
    stage.send("mood_observed", valence=valence, arousal=0.0)
    assert sunny([item["title_id"] for item in stage.last["items"]]) == first
    assert sunny(stage.titles()) == first
    stage.take(happened("page_viewed", at_s=13 * 3_600))
    assert [item["title_id"] for item in stage.last["items"]] == before


def test_a_mood_is_of_the_viewer_alone() -> None:
    stage = Stage(FILMS)
    before = stage.titles()
    stage.send("mood_observed", profile="bob", valence=1.0, arousal=0.0)
    assert stage.titles() == before


def test_what_is_heard_or_inferred_counts_less_than_what_the_viewer_says() -> None:
    tilted = {}
    for source in ("self", "voice", "inferred"):
        stage = Stage(FILMS)
        stage.send("mood_observed", valence=1.0, arousal=0.0, source=source)
        scores = {item["title_id"]: item["score"] for item in stage.last["items"]}
        tilted[source] = scores["t1"] - scores["t0"]
    assert tilted["self"] > tilted["voice"] > tilted["inferred"] > 0.0
