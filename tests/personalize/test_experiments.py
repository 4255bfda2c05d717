"""Experiments in serving: the arm of each profile, refused experiments, and that other profiles' rankings do not change."""

import json
from typing import Any

import pytest
from tests.timeline import happened, records

from playhead.domain.errors import Rejected
from playhead.domain.records import Effects, Source
from playhead.domain.topics import DECISIONS, EXPERIMENTS, RANKINGS, TITLES
from playhead.personalize.core import Personalizer
from playhead.recipe import RECIPE

SOURCE = Source(7, 3)
NOW_MS = 1_767_225_600_000
VIEWERS = [f"v{n}" for n in range(40)]
CONTROL = {"name": "control", "share": 0.5}
SHORT = {
    "experiment_id": "short",
    "share": 1.0,
    "arms": [CONTROL, {"name": "b", "share": 0.5, "settings": {"pipeline.rank_size": 5}}],
}
LONGER = {
    "experiment_id": "longer",
    "layer": "weights",
    "share": 0.5,
    "arms": [
        {"name": "control", "share": 0.5},
        {"name": "b", "share": 0.5, "settings": {"pipeline.weights.long_view": 3.0}},
    ],
}
HELD = {"experiment_id": "held", "layer": "holdout", "share": 0.2, "holdout": True}


def core(*experiments: dict[str, Any]) -> Personalizer:
    made = Personalizer(RECIPE)
    for n in range(20):
        title = {"title_id": f"t{n}", "name": "A film", "genres": ["Drama"], "duration_s": 60.0 * (n + 1)}
        made.follow(TITLES, f"t{n}".encode(), json.dumps(title).encode())
    for experiment in experiments:
        put(made, experiment)
    return made


def put(made: Personalizer, experiment: dict[str, Any]) -> None:
    made.follow(EXPERIMENTS, experiment["experiment_id"].encode(), json.dumps(experiment).encode())


def opened(made: Personalizer, surface: str = "home") -> Effects:
    """All viewers open their page, in one batch."""
    views = [happened("page_viewed", profile=viewer, surface=surface, market="BR") for viewer in VIEWERS]
    return made.step(records(views), lambda keys: [None] * len(keys), SOURCE, NOW_MS)


def records_of(effects: Effects, topic: str) -> dict[str, dict[str, Any]]:
    records = [json.loads(record.value or b"") for record in effects.then if record.topic == topic]
    return {record["profile_id"]: record for record in records}


def test_a_ranking_is_made_with_its_arm_and_says_so() -> None:
    effects = opened(core(SHORT))
    rankings, decisions = records_of(effects, RANKINGS), records_of(effects, DECISIONS)
    arms = {viewer: ranking["experiments"]["short"] for viewer, ranking in rankings.items()}
    assert set(arms) == set(VIEWERS)
    assert set(arms.values()) == {"control", "b"}
    for viewer, arm in arms.items():
        assert len(rankings[viewer]["items"]) == (5 if arm == "b" else 20)
        assert decisions[viewer]["experiments"] == {"short": arm}
        assert len(decisions[viewer]["title_ids"]) == len(rankings[viewer]["items"])


def test_control_gets_what_is_served_without_the_experiment() -> None:
    without, within = records_of(opened(core()), RANKINGS), records_of(opened(core(SHORT, LONGER)), RANKINGS)
    unchanged = [ranking for ranking in within.values() if "b" not in ranking["experiments"].values()]
    assert len(unchanged) > 5
    for ranking in unchanged:
        assert ranking | {"experiments": {}} == without[ranking["profile_id"]]


def test_arms_of_two_layers_are_served_together() -> None:
    rankings = records_of(opened(core(SHORT, LONGER)), RANKINGS)
    both = [ranking for ranking in rankings.values() if [*ranking["experiments"].values()] == ["b", "b"]]
    alone = [ranking for ranking in rankings.values() if ranking["experiments"] == {"short": "b"}]
    assert all(len(ranking["items"]) == 5 for ranking in both + alone)
    # A long film is worth more to those of the other arm: they get another list.
    assert {str(ranking["items"][0]["score"]) for ranking in both}.isdisjoint(
        str(ranking["items"][0]["score"]) for ranking in alone
    )


def test_an_arm_may_lay_the_page_out() -> None:
    arms = [CONTROL, {"name": "b", "share": 0.5, "settings": {"page.rows": 1}}]
    rankings = records_of(opened(core(SHORT | {"arms": arms})), RANKINGS)
    rows = {
        arm: {len(ranking["rows"]) for ranking in rankings.values() if ranking["experiments"]["short"] == arm}
        for arm in ("control", "b")
    }
    assert rows["b"] == {1}
    assert min(rows["control"]) > 1


def test_a_batch_of_many_arms_says_what_each_alone_says() -> None:
    whole = records_of(opened(core(SHORT, LONGER)), RANKINGS)
    made = core(SHORT, LONGER)
    for offset, viewer in enumerate(VIEWERS):
        view = happened("page_viewed", profile=viewer, surface="home", market="BR")
        effects = made.step(records([view], offset=offset), lambda keys: [None] * len(keys), SOURCE, NOW_MS)
        assert records_of(effects, RANKINGS)[viewer] == whole[viewer]


def test_whoever_is_held_out_is_in_nothing_else() -> None:
    rankings = records_of(opened(core(SHORT, HELD)), RANKINGS)
    held = [ranking for ranking in rankings.values() if "held" in ranking["experiments"]]
    assert 0 < len(held) < len(VIEWERS) / 2
    assert all(
        ranking["experiments"] == {"held": "holdout"} and len(ranking["items"]) == 20 for ranking in held
    )


def test_only_where_arms_could_matter_one_is_named() -> None:
    somewhere = SHORT | {"surfaces": ["kids"], "markets": ["BR"]}
    assert not any(record["experiments"] for record in records_of(opened(core(somewhere)), RANKINGS).values())
    assert all(
        record["experiments"] for record in records_of(opened(core(somewhere), "kids"), RANKINGS).values()
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"arms": [CONTROL, {"name": "b", "share": 0.5, "settings": {"pipeline.nothing": 1}}]},
            "no setting",
        ),
        ({"arms": [CONTROL, {"name": "b", "share": 0.6}]}, "share 1.1"),
        ({"begin": 0.5}, "which ends at 1"),
        ({"experiment_id": "other"}, "overlap in layer main"),
    ],
)
def test_what_is_refused_changes_nothing(change: dict[str, Any], reason: str) -> None:
    made = core(SHORT)
    before = opened(made)
    with pytest.raises(Rejected, match=reason) as error:
        put(made, SHORT | change)
    assert error.value.repair
    assert opened(made) == before


def test_there_is_room_for_so_many_arms() -> None:
    made = core()
    arms = [CONTROL, *({"name": f"b{n}", "share": 0.01} for n in range(31))]
    for n in range(8):
        put(made, SHORT | {"experiment_id": f"x{n}", "status": "stopped", "arms": arms})
    with pytest.raises(Rejected, match="258 arms, of 256 at most"):
        put(made, SHORT)
    put(made, SHORT | {"experiment_id": "x7"})
    put(made, SHORT | {"status": "stopped"})


def test_a_stopped_experiment_ends_with_the_next_ranking_and_a_withdrawn_one_too() -> None:
    made, plain = core(SHORT, LONGER), opened(core())
    put(made, SHORT | {"status": "stopped"})
    assert not any("short" in record["experiments"] for record in records_of(opened(made), RANKINGS).values())
    made.follow(EXPERIMENTS, b"longer", None)
    assert opened(made) == plain
    made.follow(EXPERIMENTS, b"never-heard-of", None)


def test_a_restart_assigns_the_same_arms() -> None:
    assert opened(core(SHORT, LONGER, HELD)) == opened(core(HELD, LONGER, SHORT))


def test_an_experiment_that_grows_keeps_its_profiles() -> None:
    few = records_of(opened(core(LONGER | {"share": 0.2})), RANKINGS)
    many = records_of(opened(core(LONGER | {"share": 0.9})), RANKINGS)
    kept = {viewer: ranking["experiments"] for viewer, ranking in few.items() if ranking["experiments"]}
    assert kept
    assert {viewer: many[viewer]["experiments"] for viewer in kept} == kept
