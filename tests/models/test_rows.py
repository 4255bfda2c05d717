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
from msgspec.structs import replace
from tests.effort import tried
from tests.models.test_learner import SOURCE, as_records, examples, said
from tests.models.told import told

from playhead.domain.errors import Rejected
from playhead.domain.topics import MODELS
from playhead.models.blend import Blend
from playhead.models.bundles import Bundle, Values, pack, places
from playhead.models.parts import PRIOR
from playhead.models.rows import FORMAT, SUMMED, Manifest, Place, decode_row, encode_row, key_of
from playhead.models.world import World
from playhead.recipe import learners

GOLDEN = Path(__file__).parent / "golden"
"""What learners of formats 4, 6 and 7 published of twelve and (twice) twenty-four examples; never written anew."""
FORMER = 49
"""Features of the blend up to format 5."""
ROW = Bundle(("a", "b"), values=(Values("circumstances", places([1]), pack(np.arange(64.0))),))
HERE, TOLD = Place("bundle", 0, "7"), Place("manifest", 0, "")


def manifest(number: int) -> Manifest:
    return Manifest(number, {}, 1, 0, {}, {}, 0.0)


def golden(number: int = 4) -> list[tuple[bytes, bytes]]:
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
    model=st.sampled_from(
        ["popularity", "neighbours", "sittings", "alongside", "sequence", "heads", "manifest", "bundle"]
    ),
    part=st.sampled_from(["", "7", "BR/t0", "1/t0", "x/t0", "9/t0"]),
    value=st.binary(),
)
def test_any_bytes_are_a_row_or_rejected(model: str, part: str, value: bytes) -> None:
    with suppress(Rejected):
        decode_row(Place(model, 0, part), value)


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


def test_what_rows_of_a_former_format_said_is_published_anew_and_they_go() -> None:
    rows, learner = golden(6), learners().learner(0)
    for key, value in rows:
        learner.restore(key, value)
    expected = told(rows)
    kinds = {part.split("/")[1] for part in expected}
    assert kinds >= {"neighbours", "sittings", "alongside", "sequence", "newton", "popularity"}
    learner.learn(as_records(examples(24), learner.position(9)), SOURCE)  # all learned before: nothing moves
    records = [(record.key or b"", record.value) for record in learner.publish(0)]
    assert {key for key, value in records if value is None} == {key for key, _ in rows[:-1]}
    assert told(records) == expected
    again = learners().learner(0)
    for record in [*rows, *records]:
        again.restore(*record)
    assert again.position(9) == learner.position(9)
    assert said(again.publish(0)) == {}


def test_bundles_of_format_7_whose_names_stood_one_by_one_are_read() -> None:
    rows, learner, fresh = golden(7), learners().learner(0), learners().learner(0)
    for key, value in rows:
        learner.restore(key, value)
    fresh.learn(as_records(examples(24), 0), SOURCE)
    assert told(rows) == said(fresh.publish(0))
    more = as_records(examples(48), learner.position(9))
    learner.learn(more, SOURCE)
    fresh.learn(more, SOURCE)
    moved = said(learner.publish(0))
    assert moved
    assert moved == said(fresh.publish(0))


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
        decode_row(TOLD, msgspec.msgpack.encode(manifest(3)))
