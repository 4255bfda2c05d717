"""The rate of watching again is counted over the choices at which it was possible, travels with a shard, and moves the row."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stage import Stage

from playhead.arrays.vocabulary import Vocabulary
from playhead.catalogue.catalogue import Catalogue
from playhead.models.popularity import HALF_LIVES_MS, Popularity
from playhead.models.rewatch import AGAIN, HALF, OFFERED, rate
from playhead.models.shard import Models

DAY = 1_440
"""A day in minutes, the unit of a stage."""
USUAL = 0.01
FILMS: list[dict[str, Any]] = [{"title_id": f"t{n}", "duration_s": 5_400} for n in range(60)]
FANS, RETURNS = 12, 9


def counted(stage: Stage) -> tuple[float, float]:
    """Number of choices of a title watched again, and of all choices at which there was one."""
    total = {AGAIN: 0.0, OFFERED: 0.0}
    for shard in stage.core.personalizer.followed.shards.values():
        for group, tally in shard.tallies.items():
            kind = group.rpartition(".")[2]
            if kind in total:
                total[kind] += float(tally.total[HALF])
    return total[AGAIN], total[OFFERED]


def returned(*, again: bool, kids: bool = False) -> Stage:
    """Viewers who watch nine films, and three weeks later the same nine again, or nine others."""
    stage, kind = Stage(FILMS), {"kind": "kids"} if kids else {}
    for fan in range(FANS):
        for n in range(RETURNS):
            stage.send("playback_completed", profile=f"fan{fan}", title_id=f"t{n}", **kind)
    stage.minutes += 21 * DAY
    for fan in range(FANS):
        for n in range(RETURNS):
            title = f"t{n}" if again else f"t{20 + n}"
            stage.send("playback_completed", profile=f"fan{fan}", title_id=title, **kind)
    return stage


def test_what_is_counted_is_whether_what_could_be_watched_again_was() -> None:
    again, offered = counted(returned(again=True))
    # Who has watched all of it again has nothing left that it could: eight offers more at the ninth.
    assert again == pytest.approx(offered, rel=1e-9)
    assert 0.9 * FANS * RETURNS < again <= FANS * RETURNS
    never, could = counted(returned(again=False))
    assert never == 0.0
    assert could == pytest.approx(again, rel=1e-3)


def test_before_anything_rests_long_enough_nothing_is_counted() -> None:
    stage = Stage(FILMS)
    for _ in range(2):
        stage.minutes += 13 * DAY
        stage.send("playback_completed", title_id="t1")
    assert counted(stage) == (0.0, 0.0)


def test_children_do_not_say_what_adults_watch_again() -> None:
    assert counted(returned(again=True, kids=True)) == (0.0, 0.0)


def test_where_much_is_watched_again_its_row_stands_higher() -> None:
    places = {}
    for again in (True, False):
        stage = returned(again=again)
        for n in range(40, 46):
            stage.send("playback_completed", title_id=f"t{n}")
        stage.minutes += 21 * DAY
        stage.send("page_viewed")
        rows = [row["row_id"] for row in stage.last["rows"]]
        places[again] = rows.index("watch_again") if "watch_again" in rows else len(rows)
    assert places[True] < places[False]


def test_the_totals_travel_with_a_shard() -> None:
    sender, receiver = (Models(0, Catalogue(Vocabulary()), learns=learns) for learns in (True, False))
    for n in range(5):
        sender.learn_again("DE", 1_000 * n, taken=n == 4)
    receiver.follow(sender.manifest(0, 0, {}))
    assert {group: tally.total.tolist() for group, tally in receiver.tallies.items()} == {
        group: tally.total.tolist() for group, tally in sender.tallies.items()
    }
    assert receiver.tallies[f"DE.{OFFERED}"].total[HALF] == pytest.approx(5.0)


@given(st.lists(st.tuples(st.integers(0, 10**11), st.booleans()), max_size=30))
def test_a_rate_is_a_probability_whatever_the_order_and_fades_to_what_is_usual(
    choices: list[tuple[int, bool]],
) -> None:
    again, offered = Popularity(), Popularity()
    for at_ms, taken in choices:
        offered.count(at_ms)
        if taken:
            again.count(at_ms)
    now_ms = float(max((at_ms for at_ms, _ in choices), default=0))
    assert 0.0 <= rate(again, offered, now_ms, USUAL) <= 1.0
    other = Popularity()
    for at_ms, _ in sorted(choices):
        other.count(at_ms)
    assert other.totals(now_ms).tolist() == pytest.approx(offered.totals(now_ms).tolist())
    late = now_ms + 60.0 * HALF_LIVES_MS[HALF]
    assert rate(again, offered, late, USUAL) == pytest.approx(USUAL)


@pytest.mark.parametrize("truth", [0.0, 0.01, 0.15])
def test_what_was_learned_foresees_as_well_as_what_is_usual_and_better_where_that_is_wrong(
    truth: float,
) -> None:
    rng, offered, again = np.random.default_rng(5), Popularity(), Popularity()
    learned: list[float] = []
    usual: list[float] = []
    known: list[float] = []
    for day in range(1_500):
        at_ms, taken = 60_000 * DAY // 10 * day, bool(rng.random() < truth)
        predicted = rate(again, offered, float(at_ms), USUAL)
        probabilities = zip((learned, usual, known), (predicted, USUAL, max(truth, 1e-9)), strict=True)
        for losses, probability in probabilities:
            losses.append(-float(np.log(probability if taken else 1.0 - probability)))
        offered.count(at_ms)
        if taken:
            again.count(at_ms)
    regret, at_worst = np.mean(learned) - np.mean(known), np.mean(usual) - np.mean(known)
    # All of it learned from each choice after it was foreseen.
    assert regret < 0.02
    assert regret < at_worst + 0.001
    if truth != USUAL:
        assert regret < at_worst / 2
