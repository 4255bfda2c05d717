"""Rows of the models topic: whole or refused, and those of older versions are read for ever."""

import base64
import gzip
import json
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried

from playhead.domain.errors import Rejected
from playhead.domain.topics import MODELS
from playhead.models.blend import Blend
from playhead.models.parts import PRIOR
from playhead.models.rows import FORMAT, SUMMED, Manifest, ValuesRow, decode_row, encode_row, key_of
from playhead.models.world import World
from playhead.recipe import learners

GOLDEN = Path(__file__).parent / "golden" / "rows_v4.json.gz"
"""What a learner of format 4 published of twelve examples; never written anew."""
FORMER = 49
"""Features of the blend up to format 5."""
ROW = ValuesRow(bytes(range(64)))


def manifest(number: int) -> Manifest:
    return Manifest(number, {}, 1, 0, {}, {}, 0.0)


def golden() -> list[tuple[bytes, bytes]]:
    rows = json.loads(gzip.decompress(GOLDEN.read_bytes()))
    return [(key.encode(), base64.b64decode(value)) for key, value in rows]


@tried(300)
@given(data=st.data())
def test_an_altered_row_is_never_taken(data: st.DataObject) -> None:
    value = bytearray(encode_row(ROW))
    place = data.draw(st.integers(len(SUMMED), len(value) - 1))
    value[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Rejected, match="torn") as caught:
        decode_row("sequence", bytes(value))
    assert "tombstone" in caught.value.repair


@given(data=st.data())
def test_a_row_cut_short_is_never_taken(data: st.DataObject) -> None:
    value = encode_row(ROW)
    with pytest.raises(Rejected):
        decode_row("sequence", value[: data.draw(st.integers(0, len(value) - 1))])


@given(
    model=st.sampled_from(
        ["popularity", "neighbours", "sittings", "alongside", "sequence", "heads", "manifest"]
    ),
    value=st.binary(),
)
def test_any_bytes_are_a_row_or_rejected(model: str, value: bytes) -> None:
    with suppress(Rejected):
        decode_row(model, value)


def test_a_torn_row_leaves_the_model_as_it_was_and_the_others_arrive() -> None:
    world, rows = World(), golden()
    [torn] = [n for n, (key, _) in enumerate(rows) if key == key_of("popularity", 0, "BR/t0")]
    for n, (key, value) in enumerate(rows):
        if n == torn:
            with pytest.raises(Rejected):
                world.follow(MODELS, key, SUMMED + bytes(4) + value)
        else:
            world.follow(MODELS, key, value)
    assert world.shard(0).versions["choice"] == 4
    learner = learners().learner(0)
    with pytest.raises(Rejected):  # a learner must not go on without it: the worker ends, and says so
        learner.restore(rows[torn][0], SUMMED + bytes(4) + rows[torn][1])


def test_rows_of_format_4_are_read() -> None:
    world, learner = World(), learners().learner(0)
    for key, value in golden():
        assert not value.startswith(SUMMED)
        world.follow(MODELS, key, value)
        learner.restore(key, value)
    assert learner.position(9) == 12
    assert world.shard(0).versions == learner.models.versions == {"choice": 4, "heads": 8, "popularity": 12}
    assert {world.catalogue.titles.name(n) for n in range(len(world.catalogue.titles))} == {
        f"t{n}" for n in range(6)
    }
    assert world.shard(0).heads.weights.any()


def test_features_that_an_older_blend_did_not_know_begin_as_if_nothing_was_learned() -> None:
    world, learner, fresh = World(), learners().learner(0), Blend(PRIOR)
    for key, value in golden():
        world.follow(MODELS, key, value)
        learner.restore(key, value)
    for blend in (world.shard(0).blend, learner.models.blend):
        assert (blend.inverse[0, :FORMER, :FORMER] != fresh.inverse[0, :FORMER, :FORMER]).any()
        assert (blend.likelihood[0, :FORMER] != fresh.likelihood[0, :FORMER]).any()
        for new, begun in zip(blend.block(0), fresh.block(0), strict=True):
            assert np.array_equal(new[..., FORMER:], begun[..., FORMER:])
        assert np.array_equal(blend.inverse[0, FORMER:], fresh.inverse[0, FORMER:])


def test_formats_that_are_not_read_say_what_to_do() -> None:
    assert decode_row("manifest", encode_row(manifest(FORMAT))) == manifest(FORMAT)
    with pytest.raises(Rejected, match="Upgrade this worker"):
        decode_row("manifest", encode_row(manifest(FORMAT + 1)))
    with pytest.raises(Rejected, match="make it anew"):
        decode_row("manifest", msgspec.msgpack.encode(manifest(3)))
