"""The learn worker's core: what it publishes is its memory."""

import msgspec
import numpy as np
import pytest

from playhead.domain.errors import Rejected
from playhead.domain.examples import Example, Features, Origin
from playhead.domain.records import Incoming, Outgoing, Source
from playhead.domain.topics import EXAMPLES, MODELS
from playhead.models.learner import Learner
from playhead.models.world import World

T0 = 1_767_225_600_000
SHARD, SOURCE = 2, Source(9, 2)
_encode = msgspec.json.Encoder().encode


def examples(count: int, *, seed: int = 1) -> list[Example]:
    rng = np.random.default_rng(seed)
    made = []
    for n in range(count):
        title, before = f"t{rng.integers(15)}", f"t{rng.integers(15)}"
        origin = Origin(9, int(rng.integers(2)), n, 0)
        if n % 3:
            made.append(
                Example(
                    example_id=f"{n}",
                    origin=origin,
                    kind="outcome",
                    market="BR",
                    occurred_at=T0 + n * 1_000,
                    title_id=title,
                    surface="home",
                    labels={"click": n % 2},
                    features=Features(hashed=(int(rng.integers(1, 900)), 7), dense=(0.5, 0.0, 0.1, 0.2)),
                )
            )
        else:
            consumed = Example(
                example_id=f"{n}",
                origin=origin,
                kind="consumed",
                market="BR",
                occurred_at=T0 + n * 1_000,
                title_id=title,
                surface="home",
                previous=(before,),
            )
            made.append(consumed)
    return made


def as_records(made: list[Example], offset: int = 0) -> list[Incoming]:
    return [Incoming(EXAMPLES, SHARD, offset + n, 0, b"BR", _encode(one)) for n, one in enumerate(made)]


def compacted(log: list[Outgoing]) -> dict[bytes, bytes]:
    """What is left of the models topic after compaction: the last value of each key, in order."""
    left: dict[bytes, bytes] = {}
    for record in log:
        left.pop(record.key or b"", None)
        left[record.key or b""] = record.value or b""
    return left


def test_a_learner_that_dies_goes_on_where_its_last_publication_stood() -> None:
    # learn 40 ── publish ── learn 20 ✗ died │ restored ── learn from 40 on ── publish
    batch = as_records(examples(100))
    whole = Learner(SHARD)
    whole.learn(batch, SOURCE)

    first = Learner(SHARD)
    first.learn(batch[:40], SOURCE)
    log = first.publish(0)
    first.learn(batch[40:60], SOURCE)

    second = Learner(SHARD)
    for key, value in compacted(log).items():
        second.restore(key, value)
    assert second.position(SOURCE.epoch) == 40
    second.learn(batch[second.position(SOURCE.epoch) :], SOURCE)

    assert second.models.versions == whole.models.versions
    assert (second.models.heads.weights == whole.models.heads.weights).all()
    market, expected = second.models.market("BR"), whole.models.market("BR")
    for title in range(15):
        mine = market.counts[second.models.catalogue.know(f"t{title}")]
        assert (mine == expected.counts[whole.models.catalogue.know(f"t{title}")]).all()
    assert (market.mixture == expected.mixture).all()
    assert (second.models.transitions.trust == whole.models.transitions.trust).all()


def test_an_example_that_comes_twice_is_learned_once() -> None:
    made = examples(30)
    once, twice = Learner(SHARD), Learner(SHARD)
    once.learn(as_records(made), SOURCE)
    twice.learn(as_records(made[:20]), SOURCE)
    twice.learn(as_records(made[10:], offset=20), SOURCE)  # a personalize worker repeated a batch
    assert twice.models.versions == once.models.versions


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
    assert 2 <= len(delta) < len(everything) / 3
    assert (delta[-1].key or b"").startswith(b"manifest/")


def test_bad_examples_are_handed_back_and_the_rest_is_learned() -> None:
    batch = as_records(examples(3))
    bad = batch[1]._replace(value=b"{}")
    learner = Learner(SHARD)
    rejected = learner.learn([batch[0], bad, batch[2]], SOURCE)
    assert [record.offset for record, _ in rejected] == [1]
    assert learner.position(SOURCE.epoch) == 3


def test_a_follower_takes_a_version_over_whole() -> None:
    learner = Learner(SHARD)
    learner.learn(as_records(examples(50)), SOURCE)
    rows = learner.publish(0)
    world = World()
    for record in rows[:-1]:
        world.follow(MODELS, record.key or b"", record.value)
    assert not world.shard(SHARD).heads.weights.any()
    world.follow(MODELS, rows[-1].key or b"", rows[-1].value)
    assert (world.shard(SHARD).heads.weights == learner.models.heads.weights).all()
    assert world.shard(SHARD).versions == learner.models.versions


@pytest.mark.parametrize("key", [b"oracle/0/x", b"heads/x/1", b"\xff"])
def test_a_row_nobody_knows_is_rejected(key: bytes) -> None:
    with pytest.raises(Rejected):
        World().follow(MODELS, key, b"x")


def test_a_torn_row_is_rejected_and_changes_nothing() -> None:
    learner = Learner(SHARD)
    learner.learn(as_records(examples(50)), SOURCE)
    world = World()
    for record in learner.publish(0):
        value = record.value or b""
        with pytest.raises(Rejected):
            world.follow(MODELS, record.key or b"", value[: len(value) // 2])
    assert world.shards == {}
