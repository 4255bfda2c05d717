"""References: laws over the registry, and each against its definition worked out the long way."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried

from playhead.lab.evaluate.baselines.backoff import BackedOff
from playhead.lab.evaluate.baselines.baseline import DAY_MS, HOUR_MS, Baseline, Query
from playhead.lab.evaluate.baselines.decayed import HALF_LIVES, Decayed
from playhead.lab.evaluate.baselines.ease import PENALTY, RECENCY, Ease
from playhead.lab.evaluate.baselines.factors import Factors
from playhead.lab.evaluate.baselines.ials import PENALTY as IALS_PENALTY
from playhead.lab.evaluate.baselines.ials import UNCHOSEN, Ials
from playhead.lab.evaluate.baselines.neighbours import ItemKnn
from playhead.lab.evaluate.baselines.popularity import PSEUDO, BySurface, Recent
from playhead.lab.evaluate.baselines.registry import MOST_TITLES, baselines, left_out
from playhead.lab.evaluate.baselines.river_mf import Mirror
from playhead.lab.evaluate.baselines.sessions import SessionKnn
from playhead.lab.evaluate.baselines.squares import inverse
from playhead.lab.evaluate.baselines.transitions import FADES, Transitions
from playhead.lab.evaluate.targets import Consumption

TITLES = 9
START_MS = 1_767_225_600_000
choices = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, TITLES - 1), st.integers(0, 10**9), st.sampled_from("hk")),
    max_size=30,
)


def timed(drawn: list[tuple[int, int, int, str]]) -> list[Consumption]:
    """Choices in order of time."""
    at_ms, made = START_MS, []
    for profile, title, gap_ms, surface in drawn:
        at_ms += gap_ms
        made.append(Consumption(profile, title, at_ms, surface))
    return made


def spread(*chosen: tuple[int, int], gap_ms: float = 60_000) -> list[Consumption]:
    """(profile, title) pairs, a minute apart."""
    return [Consumption(p, t, START_MS + round(n * gap_ms), "home") for n, (p, t) in enumerate(chosen)]


def query(made: list[Consumption], profile: int = 0, *, surface: str = "home", later_ms: int = 0) -> Query:
    """What is asked after these choices."""
    at_ms = (made[-1].at_ms if made else START_MS) + later_ms
    recent = [choice for choice in reversed(made) if choice.profile == profile]
    return Query(profile, at_ms, surface, TITLES, recent)


def taught(baseline: Baseline, made: list[Consumption]) -> Baseline:
    """The baseline after these choices."""
    for choice in made:
        baseline.learn_one(choice)
    return baseline


@pytest.mark.parametrize("place", range(len(baselines(16, TITLES))))
@tried(15)
@given(choices)
def test_every_reference_scores_all_titles_the_same_each_time(
    place: int, drawn: list[tuple[int, int, int, str]]
) -> None:
    made = timed(drawn)
    first, other = (taught(baselines(64, TITLES)[place], made) for _ in range(2))
    for profile in (0, 99):
        asked = query(made, profile)
        scores = first.scores(asked)
        assert scores.shape == (len(first.settings), TITLES)
        assert np.isfinite(scores).all()
        kept = scores.copy()
        scores[:] = -np.inf  # the caller's to change
        assert np.array_equal(kept, first.scores(asked))
        assert np.array_equal(kept, other.scores(asked))
    assert len(set(first.settings)) == len(first.settings)


def test_references_over_all_pairs_are_left_out_of_huge_catalogues_with_a_reason() -> None:
    assert len(baselines(10, MOST_TITLES)) > len(baselines(10, MOST_TITLES + 1))
    assert left_out(MOST_TITLES) == ""
    assert "12,001 titles" in left_out(MOST_TITLES + 1)


@given(choices)
def test_faded_counts_are_the_sum_of_what_is_left_of_each_choice(
    drawn: list[tuple[int, int, int, str]],
) -> None:
    counts = Decayed()
    made = timed(drawn)
    for choice in made:
        counts.add(choice.title, choice.at_ms)
    now_ms = (made[-1].at_ms if made else START_MS) + 1_000
    expected = np.zeros((len(HALF_LIVES), TITLES))
    for choice in made:
        expected[:, choice.title] += 0.5 ** ((now_ms - choice.at_ms) / counts.half_lives_ms)
    np.testing.assert_allclose(counts.at(TITLES, now_ms), expected, rtol=1e-9, atol=1e-12)


def test_the_half_life_decides_between_often_and_lately() -> None:
    """Title 1 three times, a day before title 2 once."""
    made = [Consumption(0, 1, START_MS, "home")] * 3 + [Consumption(0, 2, START_MS + round(DAY_MS), "home")]
    recent = taught(Recent(), made)
    scores = dict(zip(recent.settings, recent.scores(query(made)), strict=True))
    assert scores["12 h"][2] > scores["12 h"][1]
    assert scores["2 d"][2] < scores["2 d"][1]


def test_a_surface_with_few_choices_leans_on_all() -> None:
    """On "kids" title 2 once; everywhere else title 1 nine times."""
    made = [Consumption(0, 1, START_MS, "home")] * 9 + [Consumption(0, 2, START_MS, "kids")]
    reference = taught(BySurface(), made)
    kids = reference.scores(query(made, surface="kids"))
    other = reference.scores(query(made, surface="search"))
    np.testing.assert_allclose(kids[:, 1:3], np.tile([PSEUDO * 0.9, PSEUDO * 0.1 + 1], (len(HALF_LIVES), 1)))
    np.testing.assert_allclose(other[:, 1:3], np.tile([PSEUDO * 0.9, PSEUDO * 0.1], (len(HALF_LIVES), 1)))


def test_transitions_by_hand() -> None:
    """0 → 1 → 2 by profile 0, 0 → 2 by profile 1; profile 2 has chosen 0 and asks an hour after the last."""
    made = spread((0, 0), (1, 0), (0, 1), (0, 2), (1, 2), (2, 0), gap_ms=0)
    reference = taught(Transitions(1), made)
    scores = reference.scores(query(made, 2, later_ms=round(HOUR_MS)))
    by_setting = dict(zip(reference.settings, scores, strict=True))
    share = {0: 3 / 6, 1: 1 / 6, 2: 2 / 6}  # all at one time: every half-life agrees
    fresh = by_setting["c 20, transitions fade no, back-off 1 d".replace("1 d", "2 d")]
    assert [fresh[t] for t in range(3)] == pytest.approx(
        [20 * share[0], 1 + 20 * share[1], 1 + 20 * share[2]]
    )
    faded = by_setting["c 20, transitions fade 1 h, back-off 2 d"]
    assert faded[1] == pytest.approx(0.5 + 20 * share[1])
    assert list(FADES) == ["1 h", "1 d", "14 d", "no"]


def test_more_lags_count_less() -> None:
    """Profile 0: 0, 1, 2. Profile 1 has chosen 0, then 1: 2 followed both."""
    made = spread((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), gap_ms=0)
    reference = taught(Transitions(5), made)
    by_setting = dict(zip(reference.settings, reference.scores(query(made, 1)), strict=True))
    scores = by_setting["c 1, transitions fade no, back-off 1 y"]
    assert scores[2] == pytest.approx(1 + 0.85 + 1 / 5)


def test_neighbours_by_hand() -> None:
    """Profile 0: 0, 1, 2. Profile 1: 1, 2. Pairs: 0-1 1, 1-2 1 + 1, 0-2 .9; counts 1, 2, 2."""
    made = spread((0, 0), (0, 1), (0, 2), (1, 1), (1, 2))
    [score, *_] = taught(ItemKnn(), made).scores(query([*made, Consumption(2, 0, START_MS, "home")], 2))
    assert score[:3] == pytest.approx([0, 1 / np.sqrt(2), 0.9 / np.sqrt(2)])
    [score, *_] = taught(ItemKnn(), made).scores(query(made, 1))
    assert score[0] == pytest.approx(0.9 / np.sqrt(2) + 0.85 * 1 / np.sqrt(2))


def test_shrinkage_takes_from_what_was_chosen_once() -> None:
    """0 with 1 once each; 0 with 2 in two of three histories that hold 2."""
    made = spread((0, 0), (0, 1), (1, 0), (1, 2), (2, 0), (2, 2), (3, 2))
    reference = taught(ItemKnn(), made)
    scores = reference.scores(query([*made, Consumption(4, 0, START_MS, "home")], 4))
    by_setting = dict(zip(reference.settings, scores, strict=True))
    assert by_setting["history 0.85, shrinkage 10"][2] == pytest.approx(2 / 13)
    assert by_setting["history 0.85, shrinkage 10"][1] == pytest.approx(1 / np.sqrt(13 * 11))


def test_ties_fall_back_to_popularity_and_nothing_else_moves() -> None:
    """Profile 2 has chosen 0, which leads to 1; 3 is popular."""
    made = spread((0, 0), (0, 1), (1, 3), (5, 3), (6, 4), (2, 0))
    backed = taught(BackedOff(ItemKnn()), made)
    for scores in backed.scores(query(made, 2)):
        assert np.argsort(-scores, kind="stable")[:4].tolist() == [1, 0, 3, 4]
    for scores in backed.scores(query(made, 99)):
        assert set(np.argsort(-scores, kind="stable")[:2].tolist()) == {0, 3}


@tried(20)
@given(choices)
def test_ease_is_its_closed_form(drawn: list[tuple[int, int, int, str]]) -> None:
    made = timed([*drawn, (0, 1, 0, "h"), (0, 2, 0, "h")])
    model = taught(Ease(len(made)), made)
    matrix = np.zeros((4, TITLES))
    for choice in made:
        matrix[choice.profile, choice.title] = 1.0
    seen = np.flatnonzero(matrix.any(axis=0))
    inverse = np.linalg.inv(matrix[:, seen].T @ matrix[:, seen] + PENALTY * np.eye(len(seen)))
    weights = np.eye(len(seen)) - inverse / np.diag(inverse)
    asked = query(made)
    place = {title: at for at, title in enumerate(seen.tolist())}
    expected = sum(
        RECENCY[1] ** lag * weights[place[choice.title]] for lag, choice in enumerate(asked.recent)
    )
    np.testing.assert_allclose(model.scores(asked)[1][seen], expected, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("least", [1, 3, 100])
def test_the_inverse_by_halves_is_the_inverse(least: int) -> None:
    drawn = np.random.default_rng(5).normal(size=(9, 9))
    matrix = (drawn @ drawn.T + np.eye(9)).astype(np.float32)
    np.testing.assert_allclose(inverse(matrix, least) @ matrix, np.eye(9), atol=1e-4)


def test_ials_vectors_leave_no_gradient() -> None:
    """A folded-in profile minimises Σ_chosen (1 - s)² + u Σ_all s² + λ (n + u N) |p|²."""
    made = spread(*((profile, (profile * step) % 7) for profile in range(12) for step in (1, 2, 3)))
    model = taught(Ials(len(made)), made)
    assert isinstance(model, Ials)
    titles = model._titles[:7].astype(np.float64)
    vector = model._fold_in([1, 3], np.ones(2, dtype=np.float32)).astype(np.float64)
    scores = titles @ vector
    chosen = np.isin(np.arange(7), [1, 3])
    penalty = IALS_PENALTY * (2 + UNCHOSEN * 7)
    gradient = titles.T @ (UNCHOSEN * scores) - titles[chosen].T @ (1 - scores[chosen]) + penalty * vector
    assert np.abs(gradient).max() < 1e-5
    assert model.scores(query(made, 3))[0].argmax() in {
        choice.title for choice in made if choice.profile == 3
    }


def test_a_session_like_this_one_tells_what_comes_next() -> None:
    """Profile 0: 1, 2 in one sitting; profile 1: 3, and 4 a day later; profile 2 has just chosen 1."""
    made = [
        *spread((0, 1), (0, 2), (1, 3)),
        Consumption(1, 4, START_MS + round(DAY_MS), "home"),
        Consumption(2, 1, START_MS + round(DAY_MS) + 1, "home"),
    ]
    [scores] = taught(SessionKnn(), made).scores(query(made, 2))
    assert scores[2] > 0.0
    assert scores[[3, 4]].tolist() == [0.0, 0.0]
    [scores] = taught(SessionKnn(), made).scores(query([*made, Consumption(2, 3, made[-1].at_ms, "home")], 2))
    assert scores[4] == 0.0  # not in the sitting of 3


def test_incremental_factors_come_nearer_to_what_was_chosen() -> None:
    factors = Factors(0.1, 1)
    before = [abs(1 - factors.scores(0, TITLES)[2])]
    for _ in range(30):
        factors.learn_one(0, 2)
        before.append(abs(1 - factors.scores(0, TITLES)[2]))
    assert all(after < earlier for earlier, after in pairwise(before[1:]))


def test_the_mirror_says_what_river_says() -> None:
    mirror = Mirror(0.05)
    for n in range(40):
        mirror.teach(n % 3, n % 5, float(n % 2))
    model = mirror._model
    theirs = np.array([model.predict_one(1, title) for title in range(5)])
    ours = mirror.scores(1, 5)
    np.testing.assert_allclose(theirs - theirs[0], ours - ours[0], atol=1e-12)
