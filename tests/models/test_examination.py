"""Position bias is learned from impressions, travels in a shard's manifest, and determines the worth of rows."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stage import Stage

from playhead.arrays.vocabulary import Vocabulary
from playhead.catalogue.catalogue import Catalogue
from playhead.domain.examples import LookedAt
from playhead.domain.topics import EXAMPLES
from playhead.models.examination import HALF_LIFE_MS, Examination
from playhead.models.shard import Models
from playhead.models.snapshots.rows import RowPlace, decode_row, encode_row
from playhead.page.kinds import SLOTS, WIDTH
from playhead.page.layout import _laid, _Limits
from playhead.recipe import PAGE

FURTHER = PAGE.further
FILMS: list[dict[str, Any]] = [{"title_id": f"t{n}", "duration_s": 5_400, "maturity": 0} for n in range(60)]


def looking(depth: int, rows: int, pages: int = 60, **identity: Any) -> Stage:
    """Viewers who look at so many rows of a page, and so many places of each."""
    stage = Stage(FILMS)
    for n in range(40):
        stage.send("playback_completed", profile=f"fan{n % 8}", title_id=f"t{n}", **identity)
    for page in range(pages):
        who = f"fan{page % 8}"
        stage.send("page_viewed", profile=who, **identity)
        items = [
            {"title_id": title, "row_id": row["row_id"], "rank": rank, "visible_ms": 2_000}
            for row in stage.last["rows"][:rows]
            for rank, title in enumerate(row["title_ids"][:depth])
        ]
        stage.send("impressions_shown", profile=who, items=items, **identity)
    return stage


def known(stage: Stage) -> dict[str, Examination]:
    shards = stage.core.personalizer.followed.shards.values()
    return {audience: look for shard in shards for audience, look in shard.looks.items()}


def test_an_audience_that_looks_further_moves_the_weights_of_places() -> None:
    curves = {}
    for depth in (2, 8):
        [looks] = known(looking(depth, rows=2)).values()
        curves[depth] = looks.places(looks.now_ms, FURTHER)
        assert looks.pages(looks.now_ms) == pytest.approx(52, abs=0.1), "the last page of each is still open"
    prior = Examination().places(0.0, FURTHER)
    assert curves[2][1] > prior[1]
    assert curves[8][7] > prior[7]
    assert curves[2][2] < prior[2] < curves[8][2]
    assert curves[8][8] < prior[8], "whoever looks at eight does not look at nine"


def test_rows_that_are_not_come_to_count_less() -> None:
    [few], [many] = (known(looking(3, rows)).values() for rows in (1, 4))
    near, far = (looks.rows(looks.now_ms, FURTHER) for looks in (few, many))
    assert near[1] < FURTHER < far[1]


def test_who_looks_at_two_places_gets_the_row_whose_first_two_are_best() -> None:
    # Of three tastes one is liked a little more; a page for who looks far has the broad row first, for the others the sharp one.
    sharp, broad = 5, 6
    titles, probabilities = np.full((1, len(SLOTS), WIDTH), -1), np.zeros((1, len(SLOTS), WIDTH))
    for slot, first, probability in ((sharp, 0, (0.3, 0.3, *(0.01,) * 18)), (broad, 20, (0.13,) * 20)):
        titles[0, slot], probabilities[0, slot] = np.arange(first, first + WIDTH), probability
    ones = np.ones(len(SLOTS), dtype=np.int64)
    limits = _Limits(ones, WIDTH * ones, ones)
    foremost = {}
    for depth in (2, 12):
        looks = Examination()
        for _ in range(500):
            looks.learn(LookedAt((depth,)), 1)
        order, _ = _laid(
            titles, probabilities, np.ones((1, len(SLOTS))), limits, np.array([[4, 6]]), looks.places(1.0, FURTHER)[None], (8, 5),
            0.1, 1.0, np.zeros(len(SLOTS)), np.zeros((60, 64), dtype=np.float32),
        )  # fmt: skip
        foremost[depth] = int(order[0, 0])
    assert foremost == {2: sharp, 12: broad}


def test_where_nobody_says_what_was_looked_at_pages_stay_as_they_are() -> None:
    stage = Stage(FILMS)
    for n in range(5):
        stage.send("page_viewed")
        stage.send("impressions_shown", items=[{"title_id": f"t{n}", "rank": 0}])
    stage.send("page_viewed")
    assert not known(stage)
    view = stage.core.personalizer._views.of("ZZ")
    assert view.looked_at(FURTHER).tolist() == pytest.approx((FURTHER ** np.arange(20)).tolist())


def test_children_do_not_say_how_adults_look() -> None:
    assert [name.rpartition("-")[2] for name in known(looking(3, 2, 16, kind="kids"))] == ["kids"]


def test_a_row_that_keeps_viewers_is_believed_to() -> None:
    usual, keeps, loses = 0.03, Examination(), Examination()
    for _ in range(300):
        keeps.learn(LookedAt((6,), rescue=6, taken=True), 1)
        loses.learn(LookedAt((6,), rescue=6), 1)
    assert keeps.taken(1.0, usual) > 2 * usual > usual > 2 * loses.taken(1.0, usual)


def test_totals_travel_with_a_shard_to_the_last_bit() -> None:
    stage = looking(5, 3, 24)
    sender = next(shard for shard in stage.core.personalizer.followed.shards.values() if shard.looks)
    row = encode_row(sender.manifest(0, 0, {}))
    receiver = Models(sender.shard, Catalogue(Vocabulary()), learns=False)
    receiver.follow(decode_row(RowPlace("manifest", sender.shard, ""), row))  # type: ignore[arg-type]
    assert receiver.looks.keys() == sender.looks.keys()
    for audience, look in sender.looks.items():
        there = receiver.looks[audience]
        assert (there.totals.tobytes(), there.now_ms) == (look.totals.tobytes(), look.now_ms)
        # And goes on from there as if it had never stopped.
        later_ms = int(look.now_ms) + 10**9
        for each in (look, there):
            each.learn(LookedAt((4, 2)), later_ms)
        assert there.totals.tobytes() == look.totals.tobytes()


def test_a_page_is_an_example_once() -> None:
    stage = Stage(FILMS)
    stage.send("page_viewed")
    stage.send("impressions_shown", items=[{"title_id": "t1", "row_id": "popular", "rank": 0}])
    stage.send("title_rated", title_id="t1", value=1.0)
    pages = []
    for n in range(2):
        effects = stage.take(
            {
                "event_id": f"p{n}",
                "type": "page_viewed",
                "occurred_at": 1_767_226_000_000 + n,
                "profile_id": "ada",
            }
        )
        pages += [
            record
            for record in effects.first
            if record.topic == EXAMPLES and b'"page"' in (record.value or b"")
        ]
    assert len(pages) == 1
    assert b'"looked":[[1],0,false]' in (pages[0].value or b"")


@given(
    st.lists(st.tuples(st.integers(0, 10**12), st.lists(st.integers(0, 25), max_size=10)), max_size=20),
    st.floats(0.05, 1.0),
)
def test_a_chance_never_rises_further_on_and_fades_to_what_is_usual(
    pages: list[tuple[int, list[int]]], further: float
) -> None:
    looks = Examination()
    for at_ms, places in pages:
        looks.learn(LookedAt(tuple(places)), at_ms)
    for probabilities in (looks.rows(looks.now_ms, further), looks.places(looks.now_ms, further)):
        assert (np.diff(probabilities) <= 1e-12).all()
        assert probabilities.min() >= 0.0
        assert probabilities.max() <= 1.0 + 1e-12
    late = looks.now_ms + 60 * HALF_LIFE_MS
    assert looks.places(late, further) == pytest.approx(Examination().places(0.0, further))
