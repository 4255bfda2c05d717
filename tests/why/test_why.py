"""A ranking is made again from its profile's events and the examples its models had learned, and told part by part."""

import json

import msgspec
import pytest
from tests.why.recorded import Recorded

from playhead.arrays.vocabulary import Vocabulary
from playhead.catalogue.catalogue import Catalogue
from playhead.domain.rankings import Ranking
from playhead.domain.records import Incoming
from playhead.domain.topics import EXPERIMENTS
from playhead.recipe import RECIPE
from playhead.why.past import Past, Relearned, place_named
from playhead.why.profile import Lived, is_event, until, without
from playhead.why.rebuild import differences, rebuild
from playhead.why.ways import CATALOGUE, IN_PROGRESS, LINKED, Ways


@pytest.fixture(scope="module")
def run() -> Recorded:
    return Recorded()


def recalled(run: Recorded, ranking: Ranking) -> tuple[Past, list, Lived]:  # type: ignore[type-arg]
    core = Relearned(run.titles)
    for shard, end in place_named(ranking.market, ranking.model_versions).items():
        core.learn(shard, [each for each in run.examples if each.partition == shard and each.offset < end])
    core.publish()
    part, key = ranking.caused_by.partition, ranking.profile_id.encode()
    events, catalogue = run.events_of(part), core.past.followed.catalogue
    taken, lived = until(events, key, part, ranking.ranking_id, ranking.version, catalogue)
    assert lived is not None
    return core.past, taken, lived


def test_rankings_are_made_again_byte_for_byte(run: Recorded) -> None:
    for value, ranking in run.rankings[:: len(run.rankings) // 12]:
        past, _, lived = recalled(run, ranking)
        assert past.place == place_named(ranking.market, ranking.model_versions)
        assert differences(value, rebuild(past, lived, ranking.computed_at).sent.ranking) == []


def test_what_differs_is_said(run: Recorded) -> None:
    value, ranking = run.rankings[-1]
    past, _, lived = recalled(run, ranking)
    first = ranking.items[0].title_id
    past.followed.catalogue.withdraw(first)
    differing = differences(value, rebuild(past, lived, ranking.computed_at).sent.ranking)
    assert any(
        difference.startswith("items: from place 1 on: sent") and "catalogue has changed" in difference
        for difference in differing
    )


def test_without_its_events_there_is_no_ranking(run: Recorded) -> None:
    _, ranking = run.rankings[-1]
    part, key = ranking.caused_by.partition, ranking.profile_id.encode()
    mine = [record for record in run.events_of(part) if record.key == key]
    catalogue = Catalogue(Vocabulary())
    _, lived = until(mine[1:], key, part, ranking.ranking_id, ranking.version, catalogue)
    assert lived is None


def test_each_way_ends_where_the_ranking_has_it(run: Recorded) -> None:
    for _, ranking in run.rankings[5 :: len(run.rankings) // 4]:
        past, _, lived = recalled(run, ranking)
        made = rebuild(past, lived, ranking.computed_at)
        ways = Ways(made.result.slates[0].view, lived.request, RECIPE.pipeline)
        ranked = ways.ranked()
        assert [way.title_id for way in ranked if way.shown] == [item.title_id for item in ranking.items]
        assert [way.score for way in ranked if way.shown] == [item.score for item in ranking.items]
        for way in [*ranked, *ways.removed()]:
            assert way.candidate
            assert any(standing.took for standing in way.standings), way
        for way in ranked:
            assert way.parts is not None
            assert sum(way.parts.values()) == pytest.approx(way.score, abs=0.005)
        by_filter = [way.removed_by for way in ways.removed()]
        for name in set(by_filter):
            assert name is not None
            assert made.decision.removed[name] >= by_filter.count(name)


def test_sources_and_filters_are_named(run: Recorded) -> None:
    sources = set()
    for _, ranking in run.rankings[-40::5]:
        past, _, lived = recalled(run, ranking)
        ways = Ways(rebuild(past, lived, 0).result.slates[0].view, lived.request, RECIPE.pipeline)
        sources |= {standing.source for way in ways.ranked() for standing in way.standings}
    assert sources >= {"popular", "fresh", LINKED}
    known = {
        "popular",
        "on_surface",
        "fresh",
        "liked",
        "untried",
        "again",
        "unchosen",
        LINKED,
        IN_PROGRESS,
        CATALOGUE,
        "card",
    }
    assert sources <= known
    everything = [ways.of(number) for number in range(len(past.followed.catalogue.titles))]
    absent = [way for way in everything if not way.candidate]
    assert all(way.place is None and not any(standing.took for standing in way.standings) for way in absent)
    assert ways.named("nobody has heard of this") is None
    title = ranking.items[0].title_id
    by_name = ways.named(past.followed.catalogue.name(past.followed.catalogue.know(title)))
    assert by_name is not None
    assert by_name.title_id == title


def test_an_event_that_had_not_happened_leaves_the_others(run: Recorded) -> None:
    ranking = max((each for _, each in run.rankings), key=lambda each: each.version)
    past, taken, lived = recalled(run, ranking)
    key, part = ranking.profile_id.encode(), ranking.caused_by.partition
    event_ids = [msgspec.json.decode(record.value or b"")["event_id"] for record in taken]
    catalogue = past.followed.catalogue
    other = without(taken, key, part, event_ids[0], catalogue)
    assert other is not None
    assert other.request.profile.delivery_v1.version == ranking.version - 1
    assert sum(is_event(record, event_ids[0]) for record in taken) == 1
    same = without(taken, key, part, "no event has this id", catalogue)
    assert same is not None
    again = rebuild(past, same, ranking.computed_at).ranking
    assert again == rebuild(past, lived, ranking.computed_at).ranking
    [only] = taken[:1]
    assert without([only], key, part, event_ids[0], catalogue) is None


def test_a_ranking_of_an_arm_is_made_again_with_that_arm() -> None:
    arms = [
        {"name": "control", "share": 0.5},
        {"name": "b", "share": 0.5, "settings": {"pipeline.weights.finish": 2.0, "pipeline.rank_size": 20}},
    ]
    value = json.dumps({"experiment_id": "finish", "share": 1.0, "arms": arms}).encode()
    experiment = Incoming(EXPERIMENTS, 0, 0, 0, b"finish", value)
    run, arms_seen = Recorded(acts=200, experiments=[value]), set()
    for sent, ranking in run.rankings[::9]:
        past, _, lived = recalled(run, ranking)
        past.follow(experiment)
        served = lived._replace(request=lived.request._replace(arms=ranking.experiments))
        assert differences(sent, rebuild(past, served, ranking.computed_at).sent.ranking) == []
        arms_seen.add(ranking.experiments["finish"])
        if ranking.experiments["finish"] == "b":
            # Withdrawn since, nobody knows what its arm was: that is said.
            past.follow(experiment._replace(value=None))
            lost = differences(sent, rebuild(past, served, ranking.computed_at).sent.ranking)
            assert any("experiment's arms have changed" in difference for difference in lost)
    assert arms_seen == {"control", "b"}
