"""Quality statistics of rankings agree with the rankings themselves."""

from collections import Counter
from typing import Any

from tests.stage import Stage
from tests.timeline import happened

from playhead.domain.stats import Stats
from playhead.page.sample_quality import FIRST, SAMPLED, is_sampled
from playhead.personalize.core import Personalizer
from playhead.recipe import RECIPE

FILMS: list[dict[str, Any]] = [
    {"title_id": f"t{n}", "genres": ["Drama" if n % 3 else "Comedy"], "duration_s": 5_400} for n in range(12)
]


def looked_at(stage: Stage, viewings: int = 16 * SAMPLED) -> Stats:
    """Page views until one ranking is sampled."""
    for n in range(viewings):
        stage.minutes += 1
        effects = stage.take(
            happened("page_viewed", at_s=60 * stage.minutes, event_id=f"view-{stage.minutes}-{n}")
        )
        assert effects.stats.rankings == {"ZZ": 1}
        if effects.stats.slates:
            return effects.stats
    raise AssertionError("no ranking was looked at")


def test_one_ranking_in_so_many_is_looked_at() -> None:
    stage = Stage(FILMS)
    looked_at(stage)
    assert is_sampled(stage.last["ranking_id"])
    ids = (f"{n:024x}" for n in range(256))
    assert sum(map(is_sampled, ids)) == 256 // SAMPLED


def test_the_figures_are_those_of_the_ranking() -> None:
    stage = Stage(FILMS)
    stage.send("playback_completed", title_id="t1")
    stats = looked_at(stage)
    [slate] = stats.slates
    first = [item["title_id"] for item in stage.last["items"]][:FIRST]
    assert [stage.core.personalizer.followed.catalogue.titles.name(n) for n in slate.titles] == first
    genres = Counter(FILMS[int(title[1:])]["genres"][0] for title in first)
    alike = sum(n * (n - 1) for n in genres.values()) / (len(first) * (len(first) - 1))
    assert abs(slate.diversity - (1 - alike)) < 1e-9
    assert slate.known == len(FILMS)
    assert slate.repeated == 0
    shared = {source.__name__ for source in RECIPE.pipeline.shared}
    own = {source.__name__ for source in RECIPE.pipeline.own}
    assert set(slate.sources) == shared | own | {"linked", "begun"}
    assert all(0 <= count <= len(first) for count in slate.sources.values())
    assert slate.sources["unchosen"] == len(first)  # one choice so far: the fixed order fills the list
    assert stats.items == len(stage.last["items"])
    assert stats.explored == 0
    assert dict(stats.removed) == stage.decision["removed"] == {"finished": 1}


def test_what_was_on_screen_before_is_a_repeat() -> None:
    stage = Stage(FILMS)
    shown = stage.titles()[:3]
    stage.send("impressions_shown", items=[{"title_id": title} for title in shown])
    [slate] = looked_at(stage).slates
    assert slate.repeated == sum(item["title_id"] in shown for item in stage.last["items"][:FIRST])
    assert slate.repeated > 0


def test_what_everybody_chooses_is_less_novel() -> None:
    def novelty(stage: Stage) -> float:
        return looked_at(stage).slates[0].novelty_bits

    even, skewed = Stage(FILMS), Stage(FILMS)
    for n in range(24):
        even.send("playback_completed", profile=f"p{n}", title_id=f"t{n % 12}")
        skewed.send("playback_completed", profile=f"p{n}", title_id="t0")
    # One title has nearly all choices: the others are never chosen, so a list of ten tells much more.
    assert novelty(skewed) > novelty(even) > 0


def test_stages_are_timed_only_with_a_clock() -> None:
    ticks = iter(range(1_000))
    stage = Stage(FILMS)
    stage.send("page_viewed")
    view = happened("page_viewed", at_s=3_600, event_id="now")
    assert stage.take(view).stats.spent_s == {}
    stage.core.personalizer = Personalizer(RECIPE, clock=lambda: float(next(ticks)))
    spent = stage.take(happened("page_viewed", at_s=7_200, event_id="later")).stats.spent_s
    assert spent == dict.fromkeys(("decode", "read", "fold", "teach", "rank", "encode", "look"), 1.0)
