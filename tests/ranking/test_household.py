"""Two people under one profile: each gets titles for the person who seems to be present, not for the last one."""

from random import Random
from typing import Any

import numpy as np
import pytest
from tests.stage import Stage
from tests.timeline import happened

from playhead.features.household import ABOUT, ELSEWHERE, HOUR, attend
from playhead.recipe import RECIPE

FILMS: list[dict[str, Any]] = [
    {"title_id": f"t{n}", "duration_s": 1_800, "genres": ["Drama" if n % 2 else "Animation"]}
    for n in range(160)
]
CARTOONS, DRAMAS = 0, 1
HOUSEHOLDS, DAYS, JUDGED_FROM = 12, 20, 10
TEN = 10


def cartoons_shown(stage: Stage) -> dict[int, float]:
    """The share of cartoons in the first ten of the first page of a sitting, by who sits there.

    Half of the households live the other way round, so that what all do at an hour or on a device says nothing: cartoons in the morning
    on one device and dramas in the evening on another, or dramas in the morning and cartoons in the evening. Who was there last says
    nothing either: every other sitting is left out, at random.
    """
    rng = Random(1)
    shown: dict[int, list[float]] = {CARTOONS: [], DRAMAS: []}
    for day in range(DAYS):
        for hour, device in ((7, "tablet"), (20, "tv")):
            for number in range(HOUSEHOLDS):
                if rng.random() < 0.5:
                    continue
                who = CARTOONS if (hour < 12) == (number % 2 == 0) else DRAMAS
                at_s = 86_400 * day + 3_600 * hour + 60 * number
                here = {"profile": f"home{number}", "device": device}
                stage.take(happened("page_viewed", at_s=at_s, **here))
                ten = [int(item["title_id"][1:]) % 2 for item in stage.last["items"][:TEN]]
                if day >= JUDGED_FROM:
                    shown[who].append(ten.count(CARTOONS) / len(ten))
                for n in range(2):
                    title = f"t{2 * rng.randrange(len(FILMS) // 2) + who}"
                    stage.take(
                        happened("playback_completed", at_s=at_s + 1_500 * (n + 1), title_id=title, **here)
                    )
    return {who: sum(shares) / len(shares) for who, shares in shown.items()}


def test_the_evening_is_not_all_cartoons_after_a_morning_of_them() -> None:
    mixture, plain = cartoons_shown(Stage(FILMS)), cartoons_shown(Stage(FILMS, RECIPE.without("household")))
    assert mixture[CARTOONS] > 0.6
    assert mixture[DRAMAS] < 0.4
    # Without it whoever was there last is who is served.
    assert mixture[CARTOONS] - mixture[DRAMAS] > plain[CARTOONS] - plain[DRAMAS] + 0.3


def attended(device: int, since_s: list[int], devices: list[int], titles: list[int]) -> list[float]:
    """The attention weight of each title of a history; titles of one kind have equal content."""
    facts = np.zeros((len(titles), 10), dtype=np.int64)
    facts[:, 9] = devices
    embedding = np.zeros((2, 64), dtype=np.float32)
    embedding[[0, 1], [0, 1]] = 1.0
    weights, past, vector = attend(
        np.array([0, len(titles)]),
        facts,
        np.array([device]),
        np.array([titles], dtype=np.int32),
        np.array([since_s]),
        embedding,
    )
    assert past.tolist() == weights[0].tolist()
    assert float((vector**2).sum()) == pytest.approx(1.0)
    counts: list[float] = weights[0].tolist()
    return counts


def test_the_sitting_that_is_on_counts_whole_and_others_as_they_are_like_it() -> None:
    day = 86_400
    counts = attended(1, [60, 600, day, day + 600, 2 * day], [1, 1, 1, 1, 1], [0, 0, 0, 0, 1])
    assert counts[:2] == [1.0, 1.0]
    assert counts[2] == counts[3] == pytest.approx(1.0), "the same hour, the same device, the same kind"
    assert counts[4] == pytest.approx(np.exp(-ABOUT)), "another kind"


def test_before_a_sitting_has_begun_hour_and_device_tell() -> None:
    half = 43_200
    counts = attended(1, [half, 2 * half, 4 * half], [1, 2, 0], [0, 1, 1])
    assert counts[0] == pytest.approx(np.exp(-2.0 * HOUR))
    assert counts[1] == pytest.approx(np.exp(-ELSEWHERE))
    assert counts[2] == pytest.approx(1.0), "of an unknown device nothing is known"
