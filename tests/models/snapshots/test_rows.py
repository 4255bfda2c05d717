"""Rows of the models topic: torn ones are refused, and those of older versions stay readable."""

import base64
import gzip
import json
from contextlib import suppress
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.effort import tried
from tests.learn.test_learner import SOURCE, as_records, examples, published
from tests.models.published_states import states

from playhead.arrays.packed_ids import pack_ids
from playhead.domain.errors import Rejected
from playhead.domain.topics import MODELS
from playhead.features import context_features
from playhead.learn.choices import Learners
from playhead.models import shard
from playhead.models.blend import Blend
from playhead.models.choice_features import FEATURES, PLACES, PRIOR
from playhead.models.follower_state import FollowerState
from playhead.models.head_lists import INPUT_NAMES
from playhead.models.naming import Names
from playhead.models.snapshots import codec
from playhead.models.snapshots.rows import FORMAT, SUMMED, Manifest, RowPlace, decode_row, encode_row
from playhead.models.snapshots.schema import HALVES_BEFORE, VALUES, Bundle, Values, pack, places
from playhead.recipe import RECIPE
from playhead.signals.rhythm import day_of_week

GOLDEN = Path(__file__).parent / "golden"
"""A golden file: the records that a learner of format 8 published after twice twelve examples, before columns had names."""
ROW = Bundle(pack_ids(["a", "b"]), values=(Values("circumstances", places([1]), pack(np.arange(64.0))),))
HERE, TOLD = RowPlace("bundle", 0, "7"), RowPlace("manifest", 0, "")


def manifest(number: int) -> Manifest:
    return Manifest(number, {}, 1, 0, {}, {}, 0.0)


def golden(number: int = 8) -> list[tuple[bytes, bytes]]:
    rows = json.loads(gzip.decompress((GOLDEN / f"rows_v{number}.json.gz").read_bytes()))
    return [(key.encode(), base64.b64decode(value)) for key, value in rows]


@tried(300)
@given(data=st.data())
def test_an_altered_row_is_never_taken(data: st.DataObject) -> None:
    value = bytearray(encode_row(ROW))
    place = data.draw(st.integers(len(SUMMED), len(value) - 1))
    value[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Rejected, match="torn") as caught:
        decode_row(HERE, bytes(value))
    assert "models repair" in caught.value.repair


@given(data=st.data())
def test_a_row_cut_short_is_never_taken(data: st.DataObject) -> None:
    value = encode_row(ROW)
    with pytest.raises(Rejected):
        decode_row(HERE, value[: data.draw(st.integers(0, len(value) - 1))])


@given(
    model=st.sampled_from(["manifest", "bundle"]),
    part=st.sampled_from(["", "7", "BR/t0", "1/t0", "x/t0", "9/t0"]),
    value=st.binary(),
)
def test_any_bytes_are_a_row_or_rejected(model: str, part: str, value: bytes) -> None:
    with suppress(Rejected):
        decode_row(RowPlace(model, 0, part), value)


def test_a_torn_row_leaves_the_model_as_it_was_and_the_others_arrive() -> None:
    world, rows = FollowerState(), golden()
    key, value = rows[0]
    torn = SUMMED + bytes(4) + value[5:]
    with pytest.raises(Rejected):
        world.follow(MODELS, key, torn)
    for row in rows[1:]:
        world.follow(MODELS, *row)
    assert world.shard(0).versions["choice"] == 8
    learner = Learners(RECIPE.pipeline).learner(0)
    assert isinstance(learner.restore(key, torn), Rejected)


def test_bundles_of_before_columns_had_names_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    # They were learned when a public holiday was a day like others, nothing from pictures, and what was shown in vain began at -2;
    # households had no features, others that came since are 0 in these examples.
    pipeline = RECIPE.without("household").pipeline
    monkeypatch.setattr(
        context_features, "lived_day", lambda _, at_s, offset_min: day_of_week(at_s, offset_min)
    )
    prior = PRIOR.copy()
    prior[PLACES["seen"]] = -2.0
    monkeypatch.setattr(shard, "PRIOR", prior)
    rows, learner, fresh = (
        golden(),
        Learners(pipeline).learner(0),
        Learners(pipeline).learner(0),
    )
    for key, value in rows:
        learner.restore(key, value)
    fresh.learn(as_records(examples(24), 0), SOURCE)
    # Of fewer features than there are now: the columns of a block and of the regression are compared below.
    since = "blend", "newton", "artwork"
    nearly_the_same(without(states(rows), *since), without(published(fresh.publish(0)), *since))
    counts, _ = learner.models.tallies["BR"].rows(np.arange(8))
    assert counts.any()
    assert np.array_equal(counts[:, HALVES_BEFORE], counts[:, HALVES_BEFORE - 1])
    more = as_records(examples(48), learner.position(9))
    learner.learn(more, SOURCE)
    fresh.learn(more, SOURCE)
    moved = published(learner.publish(0))
    assert moved
    # A weight that came since has not walked as long (``bayesian_logistic.WALK``).
    new: tuple[str, ...] = ("newton", "artwork")
    # Nor has that of the longest half-life, so that what is left to explain is another.
    new = (*new, "blend", *VALUES)
    nearly_the_same(without(moved, *new), without(published(fresh.publish(0)), *new))
    assert np.array_equal(learner.models.heads.newton.weights, fresh.models.heads.newton.weights)


def nearly_the_same(parts: dict[str, bytes], others: dict[str, bytes]) -> None:
    """Compares counts to the last bit, but for the half-life added since, whose weight changes residuals a little."""
    assert parts.keys() == others.keys()
    for name, part in parts.items():
        kind = name.split("/")[1]
        if kind == "popularity":
            assert part[: 8 * HALVES_BEFORE] == others[name][: 8 * HALVES_BEFORE]
            assert part[-8:] == others[name][-8:]
        elif kind in VALUES:
            np.testing.assert_allclose(np.frombuffer(part), np.frombuffer(others[name]), rtol=0.01, atol=5e-3)
        else:
            assert part == others[name]


def without(parts: dict[str, bytes], *models: str) -> dict[str, bytes]:
    return {name: value for name, value in parts.items() if name.split("/")[1] not in models}


def test_what_another_list_of_features_learned_is_taken_over_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose lists hold one feature more in the midst, one less, and the others in another order."""
    learner = Learners(RECIPE.pipeline).learner(0)
    learner.learn(as_records(examples(48), 0), SOURCE)
    rows = [(record.key or b"", record.value) for record in learner.publish(0)]
    features, inputs = ["new", *FEATURES.names[:0:-1]], ["new", *INPUT_NAMES.names[:0:-1]]
    other = FollowerState()
    monkeypatch.setattr(codec, "FEATURES", Names(features, 0))
    monkeypatch.setattr(codec, "INPUT_NAMES", Names(inputs, 0))
    for key, value in rows:
        other.follow(MODELS, key, value)
    blend, mine, fresh = other.shard(0).blend, learner.models.blend, Blend(PRIOR)
    for model in ("ranking", "likelihood", "moved"):
        learned, taken, begun = (getattr(values, model)[0] for values in (mine, blend, fresh))
        assert not np.array_equal(learned, begun)
        assert np.array_equal(taken[1:], learned[:0:-1])
        assert taken[0] == begun[0]
    assert np.array_equal(blend.inverse[0, 1:, 1:], mine.inverse[0, :0:-1, :0:-1])
    assert np.array_equal(blend.inverse[0, 0], fresh.inverse[0, 0])
    weights = other.shard(0).heads.newton.weights
    assert weights[1:].any()
    assert np.array_equal(weights[1:], learner.models.heads.newton.weights[:0:-1])
    assert not weights[0].any()


def test_columns_without_names_are_of_the_list_of_then_or_of_none() -> None:
    names, old = ("a", "b", "c"), crc32(pack_ids("abc"))
    assert Names(names, old).places(b"", 3).tolist() == [0, 1, 2]
    assert Names(("a", "x", "b", "c"), old).places(b"", 3).tolist() == [-1, -1, -1]
    assert Names(("a", "x", "b", "c"), old).places(pack_ids("cab"), 3).tolist() == [3, 0, 2]
    assert Names(("b", "c"), old).places(pack_ids("abc"), 3).tolist() == [-1, 0, 1]
    assert Names(names, old).begin_with(pack_ids("ab"), 2)
    assert not Names(names, old).begin_with(pack_ids("ba"), 2)
    with pytest.raises(ValueError, match="twice"):
        Names("aa", 0)


def test_a_row_without_its_checksum_is_not_taken() -> None:
    with pytest.raises(Rejected, match="checksum"):
        decode_row(HERE, encode_row(ROW)[5:])


@pytest.mark.parametrize("names", [b"a\xffb", b"\xc3\xff\xa9\xff"])
def test_names_that_do_not_end_or_are_no_text_are_not_taken(names: bytes) -> None:
    with pytest.raises(Rejected, match="torn"):
        decode_row(HERE, encode_row(replace(ROW, titles=names)))
    assert decode_row(HERE, encode_row(replace(ROW, titles=b"a\xffb\xff")))


def test_formats_that_are_not_read_say_what_to_do() -> None:
    assert decode_row(TOLD, encode_row(manifest(FORMAT))) == manifest(FORMAT)
    with pytest.raises(Rejected, match="Upgrade this worker"):
        decode_row(TOLD, encode_row(manifest(FORMAT + 1)))
    with pytest.raises(Rejected, match="make it anew"):
        decode_row(TOLD, encode_row(manifest(7)))
