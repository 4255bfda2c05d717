"""Unreadable records on the models topic are skipped, cost only their contents, and are overwritten; no example is learned twice."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.learn.test_learner import SHARD, SOURCE, as_records, compacted, examples, published

from playhead.domain.errors import Rejected, Unavailable
from playhead.domain.records import Outgoing
from playhead.domain.topics import MODELS
from playhead.learn.choices import Learners
from playhead.learn.learner import Learner
from playhead.models.follower_state import FollowerState
from playhead.models.head_drift import HeadDrift
from playhead.models.river.pickled import pickled
from playhead.models.snapshots.rows import (
    FORMAT,
    MANIFESTS,
    SUMMED,
    Manifest,
    decode_row,
    encode_row,
    key_of,
    place_of,
)
from playhead.models.snapshots.schema import Bundle
from playhead.recipe import RECIPE

BATCH = as_records(examples(90, titles=20))
GARBAGE = b"no row of ours"
MANIFEST_KEYS = [key_of("manifest", SHARD, part) for part in MANIFESTS]


def publications(count: int = 3) -> tuple[list[Outgoing], Learner]:
    """A log of versions of ten examples each, and the learner that wrote it."""
    learner, log = Learners(RECIPE.pipeline).learner(SHARD), []
    for start in range(0, 10 * count, 10):
        learner.learn(BATCH[start : start + 10], SOURCE)
        log += learner.publish(0)
    return log, learner


LOG, _ = publications()


def restored(log: list[Outgoing]) -> tuple[Learner, list[Rejected], bool]:
    learner = Learners(RECIPE.pipeline).learner(SHARD)
    errors = [error for row in log if (error := learner.restore(row.key or b"", row.value))]
    return learner, errors, learner.begin()


def followed(log: list[Outgoing]) -> FollowerState:
    world = FollowerState()
    for row in log:
        try:
            world.follow(MODELS, row.key or b"", row.value)
        except Rejected:
            continue
    return world


def foreign(key: bytes, value: bytes | None = GARBAGE) -> Outgoing:
    return Outgoing(MODELS, key, value)


def keys() -> st.SearchStrategy[bytes]:
    models = [
        "popularity",
        "neighbours",
        "sittings",
        "sequence",
        "heads",
        "blend",
        "newton",
        "manifest",
        "bundle",
    ]
    ours = st.builds(
        lambda *parts: "/".join(parts).encode(),
        st.sampled_from(models),
        st.sampled_from(["0", "1", "77", "²", ""]),
        st.sampled_from(["", "copy", "7", "999999", "BR/t0", "1/t0", "/", "."]),
    )
    return ours | st.sampled_from([row.key or b"" for row in LOG]) | st.binary(max_size=12)


def values() -> st.SearchStrategy[bytes]:
    """Any bytes; any MessagePack with the right checksum; rows of ours of which one field is another."""
    whole = [decode_row(place_of(row.key or b""), row.value) for row in LOG if row.value]
    odd = st.one_of(
        *(st.binary(max_size=40), st.text(max_size=5), st.integers(-(2**63), 2**64 - 1), st.floats()),
        *(st.just([]), st.just({}), st.just({"": [b"", 0.0]}), st.just([[b""] * 7]), st.none()),
    )

    def altered(row: Bundle | Manifest, place: int, value: Any) -> bytes:
        fields = msgspec.to_builtins(row, builtin_types=(bytes,))
        if isinstance(fields, dict):
            fields[sorted(fields)[place % len(fields)]] = value
        else:
            fields[place % len(fields)] = value
        return encode_row(fields)

    packed = st.recursive(odd, lambda inner: st.lists(inner, max_size=9), max_leaves=12)
    return st.one_of(
        st.binary(max_size=60),
        packed.map(encode_row),  # type: ignore[arg-type]
        st.builds(altered, st.sampled_from(whole), st.integers(0, 9), odd),
    )


@tried(60)
@given(st.lists(st.tuples(st.integers(0, len(LOG)), keys(), values()), max_size=4))
def test_any_bytes_under_any_key_end_nobody(records: list[tuple[int, bytes, bytes]]) -> None:
    log = list(LOG)
    for place, key, value in records:
        log.insert(place, foreign(key, value))
    learner, _, _ = restored(log)
    learner.learn(BATCH[learner.position(SOURCE.epoch) :], SOURCE)
    followed([*log, *learner.publish(0)])


def test_a_deeply_nested_value_is_no_row() -> None:
    value = b"\x99" + bytes([0xC4, 0] * 2) + b"\x90" * 6 + b"\x91" * 100_000 + b"\x90"
    assert restored([foreign(key_of("bundle", SHARD, "1"), value)])[1]


def test_foreign_keys_change_nothing() -> None:
    log, learner = publications()
    other, errors, overwrites = restored([foreign(b"user-7"), *log, foreign(b"bundle/77/1")])
    assert len(errors) == 2
    assert not overwrites
    assert other.publish(0) == []
    assert other.models.versions == learner.models.versions


@pytest.mark.parametrize("part", MANIFESTS)
def test_one_broken_manifest_costs_nothing(part: str) -> None:
    log, learner = publications()
    other, errors, overwrites = restored([*compacted(log), foreign(key_of("manifest", SHARD, part))])
    assert [type(error) for error in errors] == [Rejected]
    assert overwrites
    assert other.position(SOURCE.epoch) == 30
    assert other.models.versions == learner.models.versions
    mended = compacted([*log, foreign(key_of("manifest", SHARD, part)), *other.publish(0)])
    assert restored(mended)[1:] == ([], False)


def torn(log: list[Outgoing]) -> tuple[bytes, Outgoing]:
    """The key of the first bundle, and the first half of its value."""
    [first, *_] = [row for row in compacted(log) if row.key and row.key.startswith(b"bundle/") and row.value]
    assert first.key is not None
    assert first.value is not None
    return first.key, foreign(first.key, first.value[: len(first.value) // 2])


def test_a_torn_bundle_costs_what_it_held_and_is_overwritten() -> None:
    log, learner = publications()
    key, half = torn(log)
    left = [half if row.key == key else row for row in compacted(log)]  # its former value is compacted away
    other, errors, overwrites = restored(left)
    assert len(errors) == 1
    assert overwrites
    lost = published(compacted(log)).keys() - published([row for row in left if row is not half]).keys()
    assert lost
    assert other.position(SOURCE.epoch) == 30  # what it knows of the others is not learned again
    mended = compacted([*left, *other.publish(0)])
    assert key not in {row.key for row in mended if row.value == half.value}
    assert restored(mended)[1:] == ([], False)
    # What other bundles held is as it was.
    expected = published(compacted(log))
    assert {part: value for part, value in published(mended).items() if part not in lost} == {
        part: value for part, value in expected.items() if part not in lost
    }
    other.learn(BATCH[30:60], SOURCE)
    learner.learn(BATCH[30:60], SOURCE)
    assert other.models.versions == learner.models.versions


def test_a_torn_bundle_whose_former_value_is_still_there_costs_nothing() -> None:
    log, _ = publications()
    _, half = torn(log)
    other, _, overwrites = restored([*log, half])
    assert overwrites
    mended = compacted([*log, half, *other.publish(0)])
    assert restored(mended)[1:] == ([], False)
    assert published(mended) == published(compacted(log))


def test_a_watch_over_the_clicks_that_can_not_be_read_begins_anew_and_says_so() -> None:
    learner = Learners(RECIPE.pipeline).learner(SHARD)
    learner.learn(as_records(examples(60)), SOURCE)
    rows = {row.key or b"": row.value for row in learner.publish(0)}
    for loss, why in ((b"torn", "can't be read"), (pickled([]), "is a list")):
        restored = Learners(RECIPE.pipeline).learner(SHARD)
        for key, value in rows.items():
            row = decode_row(place_of(key), value or b"")
            if isinstance(row, Bundle):
                regression = tuple(msgspec.structs.replace(part, loss=loss) for part in row.regression)
                assert (
                    restored.restore(key, encode_row(msgspec.structs.replace(row, regression=regression)))
                    is None
                )
            else:
                assert restored.restore(key, value) is None
        assert not restored.begin()
        [act] = restored.acts()
        assert (act.model, act.act) == ("head_drift", "begun_anew")
        assert why in act.why
        assert restored.models.heads.drift.export() == HeadDrift().export()


def test_without_any_manifest_all_is_learned_anew_and_once() -> None:
    log, learner = publications()
    left = compacted([*log, *(foreign(key) for key in MANIFEST_KEYS)])
    other, errors, overwrites = restored(left)
    assert len(errors) == 2
    assert overwrites
    assert other.position(SOURCE.epoch) == 0
    other.learn(BATCH[:30], SOURCE)
    assert other.models.versions == learner.models.versions
    mended = compacted([*left, *other.publish(0)])
    assert restored(mended)[1:] == ([], False)
    fresh = Learners(RECIPE.pipeline).learner(SHARD)
    fresh.learn(BATCH[:30], SOURCE)
    assert published(mended) == published(fresh.publish(0))


def test_versions_without_their_manifest_are_learned_again_on_top_of_the_last_one_that_has_it() -> None:
    # version of 20 examples ── bundles of the next ── manifests that nobody can read
    learner = Learners(RECIPE.pipeline).learner(SHARD)
    learner.learn(BATCH[:20], SOURCE)
    log = learner.publish(0)
    learner.learn(BATCH[20:30], SOURCE)
    later = [row for row in learner.publish(0) if not (row.key or b"").startswith(b"manifest/")]
    left = [*log, *later, *(foreign(key) for key in MANIFEST_KEYS)]
    other, _, overwrites = restored(left)
    assert overwrites
    assert other.position(SOURCE.epoch) == 20
    other.learn(BATCH[20:30], SOURCE)
    assert other.models.versions == learner.models.versions
    fresh = Learners(RECIPE.pipeline).learner(SHARD)
    fresh.learn(BATCH[:30], SOURCE)
    assert published(compacted([*left, *other.publish(0)])) == published(fresh.publish(0))


def test_a_newer_playheads_models_are_not_overwritten() -> None:
    log, _ = publications()
    newer = encode_row(Manifest(FORMAT + 1, {}, 1, 0, {}, {}, 0.0))
    _, errors, overwrites = restored([*log, foreign(MANIFEST_KEYS[-1], newer)])
    assert (len(errors), overwrites) == (1, True)  # a single one is no version
    with pytest.raises(Unavailable, match="Upgrade this worker"):
        restored([*log, *(foreign(key, newer) for key in MANIFEST_KEYS)])


def test_a_follower_keeps_what_it_has_and_takes_the_next_version() -> None:
    log, learner = publications()
    _, half = torn(log)
    damaged = [*log, half, *(foreign(key) for key in MANIFEST_KEYS), foreign(b"user-7")]
    world = followed(damaged)
    assert world.shard(SHARD).versions == learner.models.versions
    learner.learn(BATCH[30:60], SOURCE)
    assert followed([*damaged, *learner.publish(0)]).shard(SHARD).versions == learner.models.versions


def test_what_counts_as_garbage_here_is_none() -> None:
    with pytest.raises(Rejected):
        decode_row(place_of(MANIFEST_KEYS[0]), GARBAGE)
    assert not GARBAGE.startswith(SUMMED)
