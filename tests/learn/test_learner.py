"""The core of a learn worker: all of its state is published."""

from typing import Any

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace
from tests.models.published_states import states

from playhead.arrays.hashing import digest
from playhead.arrays.packed_ids import pack_ids
from playhead.domain.errors import Rejected
from playhead.domain.examples import Example, Features, Origin, Picture
from playhead.domain.records import Incoming, Outgoing, Source
from playhead.domain.topics import EXAMPLES, MODELS
from playhead.features.context_snapshot import ContextSnapshot, ImpressionCounts
from playhead.learn.choices import Learners
from playhead.learn.learner import Learner
from playhead.models.artwork import TAKEN
from playhead.models.choice_features import PRIOR
from playhead.models.follower_state import FollowerState
from playhead.models.head_lists import COLUMNS
from playhead.models.snapshots.rows import MANIFESTS
from playhead.recipe import RECIPE
from playhead.signals.identity import Identity
from playhead.signals.rows import History, Watched, history

T0 = 1_767_225_600_000
SHARD, SOURCE = 0, Source(9, 0)  # where examples of BR go
_encode = msgspec.json.Encoder().encode


def examples(count: int, *, seed: int = 1, titles: int = 15) -> list[Example]:
    """Choices with the snapshots they were made in, and impressions that were clicked or not."""
    rng = np.random.default_rng(seed)
    made = []
    for n in range(count):
        origin = Origin(9, int(rng.integers(2)), n, 0)
        names = [f"t{number}" for number in rng.permutation(titles)]
        title, before = names[0], names[1 : 1 + int(rng.integers(8))]
        surface, at = ("home", "kids")[int(rng.integers(2))], T0 + n * 1_000
        if n % 3:
            outcome = Example(
                example_id=f"{n}",
                origin=origin,
                kind="outcome",
                market="BR",
                occurred_at=at,
                title_id=title,
                surface=surface,
                previous=tuple(before),
                labels={"click": n % 2} if n % 29 < 28 else {"finish": 1},
                corrects=0 if n % 29 < 28 else at - 86_400_000,
                features=Features(hashed=(int(rng.integers(1, 900)), 7), dense=(0.5, 0.0, 0.1, 0.2)),
                picture=Picture(f"p{n % 4}", (1 + n % 4, 50 + n % 3), (1.0, 0.5), (9,)) if n % 4 else None,
            )
            made.append(outcome)
        else:
            chosen = history(
                Watched(watched_id, at // 1_000 - 60 * lag) for lag, watched_id in enumerate(before, 1)
            )
            seen = ImpressionCounts(pack_ids(names[-2:]), bytes([2, 2]))
            snapshot = ContextSnapshot(
                Identity("BR", device="tv"), chosen, (), at // 1_000, surface, (), seen
            )
            consumed = Example(
                example_id=f"{n}",
                origin=origin,
                kind="consumed",
                market="BR",
                occurred_at=at,
                title_id=title,
                surface=surface,
                previous=tuple(before),
                snapshot=msgspec.Raw(_encode(snapshot)),
                finished=np.array([digest(watched_id) for watched_id in before[:2]], dtype="<u4").tobytes(),
            )
            made.append(consumed)
    return made


def as_records(made: list[Example], offset: int = 0) -> list[Incoming]:
    return [
        Incoming(EXAMPLES, SHARD, offset + n, 0, b"BR", _encode(example)) for n, example in enumerate(made)
    ]


def test_outcomes_that_are_learned_together_are_learned_as_if_each_came_alone() -> None:
    batch = as_records(examples(200, titles=40))
    together, alone = Learners(RECIPE.pipeline).learner(SHARD), Learners(RECIPE.pipeline).learner(SHARD)
    together.learn(batch, SOURCE)
    for record in batch:
        alone.learn([record], SOURCE)
    assert together.predicted() == alone.predicted()
    assert together.takes() == alone.takes() != []
    assert published(together.publish(0)) == published(alone.publish(0))


def test_features_of_another_list_teach_the_heads_nothing() -> None:
    # Of another version, which had a feature where this one has none: by position they would be taken for their neighbours.
    as_now, others, unnamed = (
        [
            example
            if example.features is None
            else replace(example, features=replace(example.features, columns=columns))
            for example in examples(60, titles=9)
        ]
        for columns in (COLUMNS, COLUMNS + 1, 0)
    )
    learners = [Learners(RECIPE.pipeline).learner(SHARD) for _ in range(3)]
    for learner, batch in zip(learners, (as_now, others, unnamed), strict=True):
        assert learner.learn(as_records(batch), SOURCE) == []
    outcomes = sum(other.kind == "outcome" for other in others)
    assert [learner.other_features() for learner in learners] == [0, outcomes, 0]
    assert learners[1].other_features() == 0
    from_now, from_others, from_none = (published(learner.publish(0)) for learner in learners)
    assert from_now == from_none != from_others
    first = sum(other.kind == "outcome" and not other.corrects for other in others)
    assert [len(learner.predicted()) for learner in learners] == [first, 0, first]


def published(log: list[Outgoing]) -> dict[str, bytes]:
    """The newest value of each part in records."""
    return states((record.key or b"", record.value) for record in log)


def compacted(log: list[Outgoing]) -> list[Outgoing]:
    """The records of the models topic after compaction: the last value of each key, in order."""
    left: dict[bytes, Outgoing] = {}
    for record in log:
        left.pop(record.key or b"", None)
        left[record.key or b""] = record
    return list(left.values())


@pytest.mark.parametrize("titles", [15, 150])
def test_a_learner_that_dies_goes_on_where_its_last_publication_stood(titles: int) -> None:
    # (learn 40 ── publish) five times ── learn 60 ✗ died │ restored ── learn from 200 on ── publish
    batch = as_records(examples(400, titles=titles))
    whole = Learners(RECIPE.pipeline).learner(SHARD)
    whole.learn(batch, SOURCE)

    first = Learners(RECIPE.pipeline).learner(SHARD)
    log: list[Outgoing] = []
    for start in range(0, 200, 40):
        first.learn(batch[start : start + 40], SOURCE)
        log += first.publish(0)
    known = [*first.models.catalogue.titles.names()]
    first.learn(batch[200:260], SOURCE)

    second = Learners(RECIPE.pipeline).learner(SHARD)
    for name in reversed(known):  # under other numbers
        second.models.catalogue.know(name)
    for record in compacted(log):
        second.restore(record.key or b"", record.value)
    names = [list(learner.models.catalogue.titles.names()) for learner in (first, second)]
    assert names[0] != names[1]
    assert second.position(SOURCE.epoch) == 200
    second.learn(batch[second.position(SOURCE.epoch) :], SOURCE)

    assert second.models.versions == whole.models.versions
    assert whole.models.blend.ranking[0].tolist() != PRIOR.tolist()  # choices were learned
    # Both say the same bytes of everything, whatever numbers their titles got.
    mine, expected = published(compacted([*log, *second.publish(0)])), published(whole.publish(0))
    assert mine.keys() == expected.keys()
    assert [part for part in expected if mine[part] != expected[part]] == []


def test_an_example_that_comes_twice_is_learned_once() -> None:
    made = examples(60)
    once, twice = Learners(RECIPE.pipeline).learner(SHARD), Learners(RECIPE.pipeline).learner(SHARD)
    once.learn(as_records(made), SOURCE)
    twice.learn(as_records(made[:40]), SOURCE)
    twice.learn(as_records(made[20:], offset=40), SOURCE)  # a personalize worker repeated a batch
    assert twice.models.versions == once.models.versions
    assert once.models.versions["choice"] == 20
    assert published(twice.publish(0)) == published(once.publish(0))


def test_examples_of_a_new_topic_start_from_the_beginning() -> None:
    learner = Learner(SHARD)
    learner.learn(as_records(examples(10)), SOURCE)
    assert learner.position(SOURCE.epoch) == 10
    assert learner.position(SOURCE.epoch + 1) == 0


def test_only_what_changed_is_published() -> None:
    learner = Learner(SHARD)
    made = examples(60)
    learner.learn(as_records(made), SOURCE)
    everything = learner.publish(0)
    assert learner.publish(0) == []
    learner.learn(as_records(examples(61)[60:], offset=60), SOURCE)
    delta = learner.publish(0)
    assert 0 < len(published(delta)) < len(published(everything)) / 3
    assert (delta[-1].key or b"").startswith(b"manifest/")


def changed(**fields: Any) -> msgspec.Raw:
    """The first choice, with its snapshot changed."""
    snapshot = examples(4)[3].snapshot
    assert isinstance(snapshot, msgspec.Raw)
    return msgspec.Raw(_encode(msgspec.json.decode(snapshot, type=ContextSnapshot)._replace(**fields)))


@pytest.mark.parametrize(
    "bad",
    [
        b"{}",
        _encode(msgspec.structs.replace(examples(4)[3], snapshot=msgspec.Raw(b"[1]"))),
        _encode(msgspec.structs.replace(examples(4)[3], finished=b"abc")),
        _encode(msgspec.structs.replace(examples(4)[3], snapshot=changed(history=History(pack_ids(["t1"]))))),
        _encode(
            msgspec.structs.replace(
                examples(4)[3], snapshot=changed(seen=ImpressionCounts(pack_ids(["t1", "t2"]), b"1"))
            )
        ),
        *(
            _encode(msgspec.structs.replace(examples(5)[4], origin=examples(4)[3].origin, picture=picture))
            for picture in (
                Picture("p", (2**18,), (1.0,)),
                Picture("p", (1, 2), (1.0,)),
                Picture("p", (), ()),
            )
        ),
    ],
)
def test_bad_examples_are_handed_back_and_the_rest_is_learned(bad: bytes) -> None:
    batch = as_records(examples(6))
    learner = Learners(RECIPE.pipeline).learner(SHARD)
    rejected = learner.learn([*batch[:3], batch[3]._replace(value=bad), *batch[4:]], SOURCE)
    assert [record.offset for record, _ in rejected] == [3]
    assert learner.position(SOURCE.epoch) == 6
    assert learner.models.versions == {"choice": 1, "heads": 4, "popularity": 5}


def test_a_follower_takes_a_version_over_whole() -> None:
    learner = Learners(RECIPE.pipeline).learner(SHARD)
    learner.learn(as_records(examples(50)), SOURCE)
    rows = learner.publish(0)
    world = FollowerState()
    bundles, manifests = rows[: -len(MANIFESTS)], rows[-len(MANIFESTS) :]
    for record in bundles:
        world.follow(MODELS, record.key or b"", record.value)
    assert not world.shard(SHARD).heads.weights.any()
    world.follow(MODELS, manifests[0].key or b"", manifests[0].value)
    assert (world.shard(SHARD).heads.weights == learner.models.heads.weights).all()
    assert (world.shard(SHARD).artwork.known == learner.models.artwork.known).all()
    assert world.shard(SHARD).artwork.known[:, TAKEN].any()
    assert (world.shard(SHARD).blend.ranking == learner.models.blend.ranking).all()
    assert world.shard(SHARD).versions == learner.models.versions


@pytest.mark.parametrize(
    "key",
    [
        *(b"oracle/0/x", b"heads/x/1", b"\xff", b"", b"manifest/0", b"manifest/0/other", b"manifest/4/"),
        *(
            "bundle/²/1".encode(),
            b"bundle/0/01",
            b"bundle/0/-1",
            b"bundle/0/1000000",
            b"bundle/9/1",
            b"bundle/0/",
        ),
    ],
)
def test_a_row_nobody_knows_is_rejected(key: bytes) -> None:
    with pytest.raises(Rejected):
        FollowerState().follow(MODELS, key, b"x")


def test_a_torn_row_is_rejected_and_changes_nothing() -> None:
    learner = Learners(RECIPE.pipeline).learner(SHARD)
    learner.learn(as_records(examples(50)), SOURCE)
    world = FollowerState()
    for record in learner.publish(0):
        value = record.value or b""
        with pytest.raises(Rejected):
            world.follow(MODELS, record.key or b"", value[: len(value) // 2])
    assert world.shards == {}


def test_what_was_said_of_an_outcome_is_told_as_it_was_before_it_was_learned() -> None:
    learner, other = Learners(RECIPE.pipeline).learner(SHARD), Learners(RECIPE.pipeline).learner(SHARD)
    for n, example in enumerate(examples(60)):
        if example.features is not None:
            before = other.models.heads.predict_one(example.features)["click"]
        learner.learn_one(example)
        other.learn_one(example)
        predicted = learner.predicted()
        if example.kind == "outcome" and not example.corrects:
            [(head, market, probability, label)] = predicted
            assert (head, market, label) == ("click", "BR", n % 2)
            assert probability == pytest.approx(before, rel=1e-9)
        else:
            assert predicted == []
    assert other.models.predicted  # nobody asked: the newest are kept, no more than so many
