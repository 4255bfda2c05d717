"""The ranking moves with what its viewer and other viewers do."""

import json
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from tests.effort import tried
from tests.stage import Stage
from tests.timeline import TITLE_IDS, happened, histories, records

from playhead.arrays.ragged import starts
from playhead.candidates.eligibility import REASONS
from playhead.candidates.generate import Candidates
from playhead.candidates.pool import CandidatePool
from playhead.domain.rankings import Ranking
from playhead.domain.records import Source
from playhead.models.blend import Blend
from playhead.models.choice_features import GROUPS, PARTS, PLACES, PRIOR, WIDTH
from playhead.models.neighbours import LINKS
from playhead.page.reasons import shares
from playhead.personalize.core import FoldedBatch
from playhead.ranking import score
from playhead.recipe import RECIPE
from playhead.replay.core import Replay

FILMS = [
    {"title_id": t, "genres": ["Drama" if n % 2 else "Comedy"], "duration_s": 5_400}
    for n, t in enumerate(TITLE_IDS)
]


def crowd(stage: Stage, title: str, viewers: int = 5) -> None:
    for n in range(viewers):
        stage.send("playback_completed", profile=f"{title}-fan{n}", title_id=title)


def test_what_others_choose_rises() -> None:
    stage = Stage(FILMS)
    crowd(stage, "t7")
    assert stage.titles()[0] == "t7"
    assert stage.last["items"][0]["reasons"][0]["code"] == "popular_in_market"


def test_what_follows_my_last_title_rises_and_says_why() -> None:
    stage = Stage(FILMS)
    for n in range(12):
        stage.send("playback_completed", profile=f"p{n}", title_id="t1")
        stage.send("playback_completed", profile=f"p{n}", title_id="t2")
    crowd(stage, "t3", 8)
    stage.send("playback_completed", title_id="t1")
    assert stage.last["items"][0]["title_id"] == "t2"
    reasons = {reason["code"]: reason for reason in stage.last["items"][0]["reasons"]}
    assert reasons["because_you_watched"]["title_id"] == "t1"


def test_a_stranger_gets_what_is_popular() -> None:
    stage = Stage(FILMS)
    for n, title in enumerate(("t5", "t2", "t5") * 5):
        stage.send("playback_completed", profile=f"fan{n}", title_id=title)
    stage.send("page_viewed", profile="stranger")
    assert [item["title_id"] for item in stage.last["items"][:2]] == ["t5", "t2"]
    codes = {reason["code"] for item in stage.last["items"] for reason in item["reasons"]}
    assert codes == {"popular_in_market"}


def test_reasons_are_those_of_the_ranking_alone() -> None:
    # the second ranking of the batch says far more of its titles than the first
    parts = np.array([[0.0, 1.0, 5.0, 6.0], [0.0, 0.0, 2.0, 1.0], [1.0, 0.0, -4.0, -3.0]])
    whole = shares(parts, starts([2, 0, 2]))
    alone = [shares(parts[:, part], starts([2])) for part in (slice(0, 2), slice(2, 4))]
    assert np.array_equal(whole, np.concatenate(alone, axis=1))
    assert whole[0].tolist() == [0, 100, 0, 50]
    assert shares(np.zeros((3, 0)), starts([0])).shape == (3, 0)


@pytest.mark.parametrize("part", [*PLACES, "household/lift"])
def test_a_part_that_is_left_out_says_nothing_in_serving_and_in_learning(part: str) -> None:
    core = Replay(RECIPE.without(part))
    for film in FILMS:
        core.put_title(json.dumps({"name": "f", **film}).encode())
    for n in range(30):
        for profile in ("ada", "bob", "cy"):
            wire = happened("playback_completed", at_s=60 * n, profile=profile, title_id=f"t{n % 5}")
            core.take(json.dumps(wire).encode())
    models = [shard for shard in core.personalizer.followed.shards.values() if shard.versions["choice"]]
    assert models
    for shard in models:
        moved = shard.blend.ranking - Blend(PRIOR).ranking
        assert not moved[:, PARTS[part]].any()
        assert moved.any()


def test_reasons_are_of_every_feature_but_what_was_done_with_the_title_itself() -> None:
    of_none = {f"{group}/{name}" for group, names in GROUPS if group in {"seen", "own"} for name in names}
    names = [f"{group}/{name}" for group, names in GROUPS for name in names]
    assert len(names) == WIDTH
    assert {name for name in names if score._GROUP_OF_FEATURE[PARTS[name].start] < 0} == of_none
    in_groups = [
        score._GROUP_OF_FEATURE[PARTS[f"household/{name}"]].item() for name in ("chosen", "lift", "sum")
    ]
    assert in_groups == [score.LIKED, score.LIKED, score._GROUPS.index(score.AFTER)]


def test_taste_moves_the_list() -> None:
    stage = Stage(FILMS)
    for title in ("t0", "t2", "t4"):
        stage.send("playback_completed", title_id=title)
    comedies = [n % 2 == 0 for n in range(12) if f"t{n}" not in {"t0", "t2", "t4"}]
    assert [int(t[1:]) % 2 == 0 for t in stage.titles()] == sorted(comedies, reverse=True)


def test_what_is_shown_in_vain_sinks() -> None:
    stage = Stage(FILMS[:3])
    first = stage.titles()[0]
    for _ in range(4):
        stage.send("impressions_shown", items=[{"title_id": first}])
    assert stage.titles()[-1] == first


def lead_of_what_is_watched(watched: str) -> float:
    """By how much one film leads another that as many viewers click and leave after 3 s."""
    stage = Stage([{"title_id": title, "duration_s": 3_600} for title in ("t0", "t1")])
    for n, film in enumerate(np.random.default_rng(3).permutation(60).tolist()):
        who, title = f"viewer-{n}", f"t{film % 2}"
        seen_s = 3_500 if title == watched else 3
        for after_s, type_, fields in (
            (0, "page_viewed", {}),
            (1, "impressions_shown", {"items": [{"title_id": "t0"}, {"title_id": "t1"}]}),
            (5, "title_clicked", {"title_id": title}),
            (6, "playback_started", {"title_id": title}),
            (6 + seen_s, "playback_stopped", {"title_id": title, "watched_s": seen_s}),
            (9_000, "session_started", {}),
        ):
            stage.take(happened(type_, at_s=10_000 * n + after_s, profile=who, **fields))
    stage.take(happened("page_viewed", at_s=700_000, profile="a stranger"))
    score = {item["title_id"]: item["score"] for item in stage.last["items"]}
    return float(score.pop(watched) - next(iter(score.values())))


def test_what_is_clicked_and_left_ranks_below_what_is_clicked_and_watched() -> None:
    # Both ways round: what else tells the two films apart, such as who was clicked last, cancels out.
    assert lead_of_what_is_watched("t0") + lead_of_what_is_watched("t1") > 1.0


def test_songs_of_ones_own_come_before_those_of_others() -> None:
    # two listeners play three songs each out of ninety, over and over
    songs = [{"title_id": f"s{n}", "repeatable": True} for n in range(90)]
    stage = Stage(songs)
    for n in range(60):
        for who, first in (("ada", 0), ("bob", 45)):
            stage.send("playback_completed", title_id=f"s{first + n % 3}", profile=who)
    assert set(stage.titles()[:3]) == {"s0", "s1", "s2"}


def test_a_heartbeat_moves_nothing_and_versions_grow() -> None:
    stage = Stage(FILMS)
    versions = []
    for type_, fields in (
        ("page_viewed", {}),
        ("playback_started", {"title_id": "t1", "duration_s": 5_400}),
        ("playback_progress", {"title_id": "t1", "watched_s": 10, "position_s": 10}),
        ("playback_paused", {"title_id": "t1", "position_s": 10}),
        ("playback_stopped", {"title_id": "t1", "watched_s": 600, "position_s": 600}),
    ):
        stage.send(type_, **fields)
        versions.append(stage.last["version"] if stage.answered else None)
    assert versions == [1, 2, None, 4, 5]
    assert stage.last["rows"][0] == {
        "row_id": "continue_watching",
        "name": "Continue watching",
        "title_ids": ["t1"],
        "positions_s": [600],
    }
    assert stage.last["caused_by"]["event_id"].startswith("ada-playback_stopped")


@tried(25)
@given(events=histories(profiles=("ada", "bob"), most=40))
def test_rankings_are_well_formed(events: list[dict[str, Any]]) -> None:
    stage = Stage(FILMS)
    for event in events:
        for record in stage.take(event).then:
            if record.topic.endswith("rankings"):
                ranking = msgspec.json.decode(record.value or b"", type=Ranking)
                ids = [item.title_id for item in ranking.items]
                assert len(ids) == len(set(ids))
                scores = [item.score for item in ranking.items]
                assert scores == sorted(scores, reverse=True)
                assert np.isfinite(scores).all()
                reason_shares = [[reason.share for reason in item.reasons] for item in ranking.items]
                assert all(0.0 <= share <= 1.0 for shares in reason_shares for share in shares)
                assert all(sum(shares) <= 1.01 and shares == sorted(shares)[::-1] for shares in reason_shares)


@tried(25)
@given(events=histories(profiles=("ada", "bob", "cy"), most=40))
def test_a_batch_ends_where_single_events_end(events: list[dict[str, Any]]) -> None:
    """With the same models, folding a batch at once and event by event gives the same records and last rankings."""

    def run(size: int) -> tuple[dict[bytes, bytes], dict[bytes, Any], list[bytes | None]]:
        core = Replay()
        for film in FILMS:
            core.put_title(json.dumps({"name": "f", **film}).encode())
        rankings: dict[bytes, Any] = {}
        examples: list[bytes | None] = []
        batch = records([*events, *last])
        for first in range(0, len(batch), size):
            effects = core.personalizer.step(batch[first : first + size], core._read, Source(0, 0), 5)
            core.stored.update((key, value) for key, value in effects.state if value is not None)
            examples += [record.value for record in effects.first]
            rankings |= {
                r.key or b"": json.loads(r.value or b"") for r in effects.then if r.topic.endswith("rankings")
            }
        return core.stored, rankings, examples

    last = [happened("page_viewed", at_s=10**7, profile=name) for name in ("ada", "bob", "cy")]
    assert run(1) == run(len(events) + 3) == run(7)


@tried(15)
@given(events=histories(profiles=("ada", "bob", "cy"), most=40))
def test_partitions_and_markets_say_together_what_each_says_alone(events: list[dict[str, Any]]) -> None:
    stage = Stage(FILMS)
    for event in events:
        stage.take(event)
    asking = [
        happened("page_viewed", at_s=10**7, profile=name, market=market)
        for name, market in (("ada", "BR"), ("bob", "JP"), ("cy", "BR"), ("dee", "ZZ"))
    ]
    batches = [records([*events, asked], offset=10**6) for asked in asking[:2]]
    batches += [records([asking[2], asking[3]], offset=10**6)]
    core = stage.core.personalizer

    def in_progress() -> list[FoldedBatch]:
        return [
            core.begin(batch, stage.core._read, Source(0, place), 5) for place, batch in enumerate(batches)
        ]

    together = in_progress()
    core.finish(together)
    for part, alone in zip(together, in_progress(), strict=True):
        core.finish([alone])
        assert part.effects.first == alone.effects.first
        assert part.effects.then == alone.effects.then
        assert part.effects.state == alone.effects.state
        assert alone.effects.then


def test_a_pool_finds_its_pairs() -> None:
    candidates = Candidates(
        np.array([0, 0, 1]),
        np.array([1, 3, 3]),
        np.zeros((3, LINKS)),
        np.full(3, -1),
        np.zeros((2, len(REASONS)), np.int64),
        np.zeros(3),
    )
    pool = CandidatePool.of(candidates, 5)
    assert list(zip(pool.owner.tolist(), pool.title.tolist(), strict=True)) == [(0, 1), (0, 3), (1, 3)]
    owner, title = np.array([1, 1, 0]), np.array([3, 1, -1])
    assert pool.place(owner, title).tolist() == [2, -1, -1]
    assert pool.bounds(3).tolist() == [0, 2, 3, 3]


@pytest.mark.parametrize("events", [[], ["page_viewed"]])
def test_an_empty_world_gives_an_empty_ranking(events: list[str]) -> None:
    stage = Stage([])
    for type_ in events:
        stage.send(type_)
    assert stage.titles() == []
