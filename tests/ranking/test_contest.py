"""Exploring places without a new title are contested by the titles of which the click head is least certain, with exact propensities."""

import json
from typing import Any

import numpy as np
import pytest
from tests.stage import Stage
from tests.timeline import START_MS, happened

from playhead.arrays.types import Floats
from playhead.domain.topics import RANKINGS
from playhead.models.bayesian_logistic import BayesianLogistic, learn
from playhead.models.head_drift import HALF_LIFE, NEVER, WIDEST, HeadDrift
from playhead.models.heads import as_row
from playhead.ranking import contest
from playhead.ranking.contest import CHALLENGERS, contest_parts
from playhead.ranking.draws import PARTS, SUPPORT, drawn, seed_of
from playhead.recipe import RECIPE

DAY_MS = 86_400_000
MOST = RECIPE.pipeline.explore.most_unsure
SLOTS = RECIPE.pipeline.explore.slots


def stage(drift: int = NEVER) -> Stage:
    """A catalogue of old titles, each with impressions and some clicks; ``drift``: impressions since a drift of the head."""
    films: list[dict[str, Any]] = [
        {"title_id": f"o{n}", "genres": [("Comedy", "Drama")[n % 2]], "added_at": START_MS - 400 * DAY_MS}
        for n in range(90)
    ]
    made = Stage(films)
    for n in range(180):
        viewer, title = f"p{n % 14}", f"o{n % 90}"
        made.send("impressions_shown", profile=viewer, items=[{"title_id": title}])
        made.send(("title_clicked", "playback_completed")[n % 2], profile=viewer, title_id=title)
    made.send("playback_completed", title_id="o60")
    for models in made.core.personalizer.followed.shards.values():
        models.heads.drift.since = drift
    return made


def lists(made: Stage, count: int) -> tuple[list[list[str]], list[list[float]]]:
    """The lists of so many page views, each drawn anew, and the propensities of their titles."""
    listed: list[list[str]] = []
    propensities: list[list[float]] = []
    for n in range(count):
        page = happened("page_viewed", at_s=60 * 2_000, event_id=f"page-{n}")
        then = made.core.imagine(json.dumps(page).encode(), made.core.stored[b"ada"]).then
        items = next(json.loads(record.value or b"") for record in then if record.topic == RANKINGS)["items"]
        listed.append([item["title_id"] for item in items])
        propensities.append([item["propensity"] for item in items])
    return listed, propensities


def test_some_places_behind_the_first_ten_are_contested_within_their_bounds() -> None:
    listed, propensities = lists(stage(), 60)
    drawn_at = [[place for place, propensity in enumerate(each) if propensity < 1.0] for each in propensities]
    assert {place for places in drawn_at for place in places} <= {19, 29}
    assert all(1 <= len(places) <= SLOTS for places in drawn_at)
    for titles, each, places in zip(listed, propensities, drawn_at, strict=True):
        assert len({*titles}) == len(titles) == 50
        for place in places:
            assert SUPPORT <= each[place] <= MOST + 1e-9 or each[place] >= 1.0 - MOST - 1e-9
    kept = [[title for place, title in enumerate(titles) if place not in (19, 29)] for titles in listed]
    assert all(titles == kept[0] for titles in kept)


def test_propensities_are_those_of_the_draws() -> None:
    """100,000 draws by the seeds of events, each within three standard errors."""
    rng = np.random.default_rng(5)
    mean, deviation = rng.normal(size=(4, 1 + CHALLENGERS)), 0.2 + rng.random((4, 1 + CHALLENGERS))
    for parts in contest_parts(mean, deviation, MOST):
        seeds = np.array([seed_of("ada", f"event-{n}", n) for n in range(25_000)])
        draws = drawn(np.tile(parts, (len(seeds), 1)), seeds, np.full(len(seeds), 19))
        shares = np.bincount(draws, minlength=1 + CHALLENGERS) / len(draws)
        probabilities = parts / PARTS
        assert parts.sum() == PARTS
        assert (
            np.abs(shares - probabilities)
            <= 3.0 * np.sqrt(probabilities * (1.0 - probabilities) / len(draws))
        ).all()


def test_bounds_hold_and_what_is_sure_is_not_contested() -> None:
    rng = np.random.default_rng(6)
    mean, deviation = rng.normal(size=(300, 4)), 10.0 ** rng.uniform(-3, 1, (300, 4))
    mean[::7, 2] = -np.inf
    parts = contest_parts(mean, deviation, MOST)
    assert (parts.sum(axis=1) == PARTS).all()
    assert (parts[:, 1:].sum(axis=1) <= MOST * PARTS + CHALLENGERS).all()
    assert ((parts == 0) | (parts >= SUPPORT * PARTS - 1)).all()
    assert (parts[::7, 2] == 0).all()
    sure = contest_parts(np.array([[1.0, 0.5, 0.4, 0.3]]), np.full((1, 4), 0.05), MOST)
    assert sure.tolist() == [[PARTS, 0, 0, 0]]
    assert contest_parts(np.zeros((1, 4)), np.ones((1, 4)), 0.0).tolist() == [[PARTS, 0, 0, 0]]


def explored(made: Stage) -> float:
    """The probability that a contested place goes to a challenger, the mean over incumbents."""
    _, propensities = lists(made, 40)
    best: dict[int, list[float]] = {}
    for each in propensities:
        for place, propensity in enumerate(each):
            if place in (19, 29):
                best.setdefault(place, []).append(propensity)
    return float(np.mean([1.0 - max(shares) for shares in best.values()]))


def test_after_a_drift_more_is_explored_and_less_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    known = contest._title_rates

    def surely_known(*of: Any) -> tuple[Any, ...]:
        return *known(*of)[:3], 0.01

    monkeypatch.setattr(contest, "_title_rates", surely_known)
    calm, drifted, later = (explored(stage(drift)) for drift in (NEVER, 0, 12 * HALF_LIFE))
    assert drifted > calm
    assert later == pytest.approx(calm, abs=0.02)


def test_adwin_sees_a_head_that_has_become_wrong_and_forgets_it() -> None:
    rng, drift = np.random.default_rng(7), HeadDrift()
    seen = [drift.learn(0.1, int(rng.random() < 0.1)) for _ in range(4_000)]
    assert (sum(seen), drift.widening()) == (0, 1.0)
    seen = [drift.learn(0.1, int(rng.random() < 0.5)) for _ in range(400)]
    assert sum(seen) >= 1
    assert drift.widening() > 1.0 + (WIDEST - 1.0) / 2.0
    restored = HeadDrift()
    restored.restore(*drift.export(), learns=True)
    assert restored.export() == drift.export()
    for _ in range(10 * HALF_LIFE):
        drift.learn(0.5, int(rng.random() < 0.5))
    assert drift.widening() < 1.1


def test_deviations_of_the_regression_are_those_of_the_truth() -> None:
    """Weights drawn from the prior, labels by them: the truth lies within two deviations as often as it should, 95 % of the time."""
    rng, inside = np.random.default_rng(8), []
    for _ in range(60):
        model = BayesianLogistic(4, np.zeros(1), [0])
        truth = rng.normal(size=5) * np.sqrt(np.diag(model.covariances[0]))
        for _ in range(150):
            x = as_row(rng.normal(size=4))
            probabilities = 1.0 / (1.0 + np.exp(-(x @ model.weights)))
            label = np.array([float(rng.random() < 1.0 / (1.0 + np.exp(-(x @ truth))))])
            learn(
                model.weights,
                model.covariances,
                model.group,
                x,
                np.ones(1),
                label - probabilities,
                probabilities,
            )
        x = as_row(rng.normal(size=4))
        inside.append(_z(x, truth, model) < 2.0)
    assert 0.88 <= np.mean(inside) <= 1.0


def _z(x: Floats, truth: Floats, model: BayesianLogistic) -> float:
    return abs(float(x @ (truth - model.weights[:, 0]))) / float(np.sqrt(x @ model.covariances[0] @ x))
