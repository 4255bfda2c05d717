"""The choice of pictures: logged propensities are those of the draws, and each picture has a propensity above 0."""

from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried

from playhead.arrays.types import Floats
from playhead.catalogue.artworks import ArtworkColumns
from playhead.domain.examples import Picture
from playhead.domain.titles import Artwork, Title
from playhead.models.artwork import MEAN, SHOWN, VARIANCE, ArtworkPosterior
from playhead.ranking.artwork import FIRST_PICTURE, ArtworkPolicy, ChosenPictures, best_of_normals, choose

MARK = np.array([7], dtype=np.uint32)
AS_EVER = ArtworkPolicy()


def pictures(*attributes: dict[str, Any]) -> ArtworkColumns:
    columns = ArtworkColumns()
    artworks = tuple(
        Artwork(artwork_id=f"a{n}", attributes=attribute) for n, attribute in enumerate(attributes)
    )
    columns.put(0, Title(title_id="t", name="T", artworks=artworks))
    return columns


def drawn(
    columns: ArtworkColumns,
    known: Floats,
    policy: ArtworkPolicy = AS_EVER,
    count: int = 1,
    taste: tuple[int, ...] = (0,),
    first: int = 0,
) -> ChosenPictures:
    """Pictures of title 0 for so many viewers, each with its own draw."""
    zeros = np.zeros(count, dtype=np.int64)
    return choose(
        policy,
        columns,
        known,
        np.arange(count),
        zeros,
        np.repeat(MARK, count),
        np.tile(np.array(taste, dtype=np.int64), (count, 1)),
        np.arange(first, first + count, dtype=np.int64) * 2_654_435_761,
    )


def posterior(columns: ArtworkColumns, means: list[float], shown: float = 1_000.0) -> Floats:
    """A posterior in which the pictures' own weights have these values."""
    model = ArtworkPosterior()
    for number, mean in enumerate(means):
        own = columns.slots[number, 0]
        model.known[own, [MEAN, VARIANCE, SHOWN]] = mean, 0.01, shown
    return model.known


def test_a_picture_is_drawn_as_often_as_is_said() -> None:
    columns = pictures({}, {}, {}, {})
    known = posterior(columns, [0.0, 0.05, 0.1, -0.2])
    draws = drawn(columns, known, count=100_000)
    propensity_of = {picture: draws.propensity[draws.picture == picture][0] for picture in range(4)}
    assert sum(propensity_of.values()) == pytest.approx(1.0, abs=1e-12)
    for picture, probability in propensity_of.items():
        share = float((draws.picture == picture).mean())
        assert abs(share - probability) <= 3.0 * (probability * (1.0 - probability) / 100_000) ** 0.5
    assert min(propensity_of.values()) >= 0.02
    assert propensity_of[3] < propensity_of[0] < propensity_of[1] < propensity_of[2]


@tried(200)
@given(
    st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 2)), min_size=2, max_size=2),
)
def test_of_two_the_chance_to_be_the_best_is_exact(normals: list[tuple[float, float]]) -> None:
    mean, deviation = np.array(normals).T
    probabilities = best_of_normals(mean.copy(), deviation.copy())
    z = (mean[0] - mean[1]) / np.hypot(*deviation)
    assert probabilities[0] == pytest.approx(NormalDist().cdf(z), abs=1e-12)


def test_of_several_it_is_near_the_shares_of_draws() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        mean, deviation = rng.normal(0.0, 0.5, 5), 0.2 + rng.random(5)
        best = (mean + deviation * rng.standard_normal((20_000, 5))).argmax(axis=1)
        shares = np.bincount(best, minlength=5) / 20_000
        assert np.abs(best_of_normals(mean, deviation) - shares).max() < 0.06


def test_new_pictures_share_what_they_may_have_where_others_are_known() -> None:
    columns = pictures({}, {}, {})
    model = ArtworkPosterior()
    own = columns.slots[:3, 0]
    model.known[own[0], [MEAN, VARIANCE, SHOWN]] = -1.0, 0.001, 5_000.0
    policy = ArtworkPolicy(most_new=0.1)
    draws = drawn(columns, model.known, policy, count=20_000)
    # However much better they may be: a tenth of the draws, together.
    assert draws.propensity[draws.picture == 0][0] == pytest.approx(0.9, abs=1e-6)
    # A picture whose attributes are known is not new, though it was never shown.
    columns = pictures({"mood": "dark"}, {"mood": "dark"})
    for own in columns.slots[0, :2]:
        model.known[own, [MEAN, VARIANCE]] = 0.0, 0.001
    assert drawn(columns, model.known, policy).propensity[0] > 0.4
    # Where nothing is known there is nothing to hold them to.
    fresh = drawn(pictures({}, {}, {}), ArtworkPosterior().known, policy, count=2_000)
    assert fresh.propensity == pytest.approx(1 / 3, abs=1e-3)


def test_the_picture_follows_the_taste_of_its_viewer() -> None:
    columns = pictures({"mood": "dark"}, {"mood": "bright"})
    model, horror, family = ArtworkPosterior(), 11, 12
    for _ in range(400):
        for number in range(2):
            for taste in (horror, family):
                took = int((number == 0) == (taste == horror))
                there = columns.slots[number] != 0
                shown = Picture(
                    f"a{number}",
                    tuple(columns.slots[number][there].tolist()),
                    tuple(columns.values[number][there].tolist()),
                    (taste,),
                )
                model.learn([shown], [took], [0.5])
    for taste, liked in ((horror, 0), (family, 1)):
        draws = drawn(columns, model.known, count=1_000, taste=(taste,))
        assert (draws.picture == liked).mean() > 0.95


def test_the_first_picture_is_shown_where_none_is_chosen() -> None:
    columns = pictures({}, {}, {})
    draws = drawn(columns, posterior(columns, [0.0, 2.0, 4.0]), FIRST_PICTURE, count=50)
    assert (draws.picture == 0).all()
    assert (draws.propensity == 1.0).all()
    greedy = drawn(columns, posterior(columns, [0.0, 2.0, 4.0]), ArtworkPolicy(spread=0.0), count=5_000)
    assert [round((greedy.picture == n).mean(), 2) for n in range(3)] == [0.02, 0.02, 0.96]


def test_titles_have_the_pictures_of_their_newest_version() -> None:
    columns = pictures({"faces": 2.0}, {"mood": "dark"})
    assert columns.of[0, :3].tolist() == [0, 1, -1]
    newer = Title(title_id="t", name="T", artworks=(Artwork(artwork_id="a1"), Artwork(artwork_id="new")))
    columns.put(0, newer)
    assert columns.of[0, :3].tolist() == [1, 2, -1]
    assert columns.find(0, int(columns.digests[2])) == 2
    assert columns.find(0, int(columns.digests[0])) == -1
    columns.drop(0)
    assert (columns.of[0] == -1).all()
    other = Title(title_id="u", name="U", artworks=(Artwork(artwork_id="a1"),))
    columns.put(5_000, other)
    # Two titles may call different pictures alike.
    assert columns.slots[int(columns.of[5_000, 0]), 0] != columns.slots[1, 0]


def test_a_draw_is_the_same_in_any_batch() -> None:
    columns = pictures({}, {}, {})
    known = posterior(columns, [0.0, 0.05, 0.1])
    whole = drawn(columns, known, count=64)
    for first, last in pairwise((0, 1, 17, 64)):
        part = drawn(columns, known, count=last - first, first=first)
        assert part.picture.tolist() == whole.picture[first:last].tolist()
        assert part.propensity.tolist() == whole.propensity[first:last].tolist()
