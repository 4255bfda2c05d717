"""Operations on packed ids are equal to those on a list."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried

from playhead.arrays import packed_ids
from playhead.arrays.vocabulary import Vocabulary

IDS = st.lists(st.text(min_size=1, max_size=3), max_size=12, unique=True)
ONE = st.text(min_size=1, max_size=3)


@tried(200)
@given(IDS, ONE, st.integers(0, 14))
def test_a_run_is_a_list(ids: list[str], wanted: str, count: int) -> None:
    run = packed_ids.pack_ids(ids)
    assert packed_ids.ids(run) == ids
    assert packed_ids.size(run) == len(ids)
    assert [packed_ids.place(run, each) for each in ids] == list(range(len(ids)))
    assert packed_ids.place(run, wanted) == (ids.index(wanted) if wanted in ids else -1)
    assert packed_ids.ids(packed_ids.first(run, count)) == ids[:count]
    assert packed_ids.ids(packed_ids.without(run, wanted)) == [each for each in ids if each != wanted]


def test_an_id_is_not_found_within_another() -> None:
    run = packed_ids.pack_ids(["a-b", "b-a", "ab"])
    assert [packed_ids.place(run, name) for name in ("a", "b", "ab", "b-a", "-")] == [-1, -1, 2, 1, -1]
    assert packed_ids.without(run, "b") == run


@tried(100)
@given(st.lists(ONE, max_size=40), st.lists(st.lists(ONE, max_size=8), max_size=5))
def test_numbers_of_runs_are_those_of_their_ids(known: list[str], asked: list[list[str]]) -> None:
    vocabulary = Vocabulary()
    for name in known:
        vocabulary.add(name)
    numbers, begins = vocabulary.find_all(map(packed_ids.pack_ids, asked))
    assert numbers.tolist() == [vocabulary.get(name) for ids in asked for name in ids]
    assert begins.tolist() == [sum(map(len, asked[:n])) for n in range(len(asked) + 1)]


@tried(100)
@given(st.lists(ONE, max_size=40, unique=True), st.data())
def test_numbers_make_the_run_of_their_ids(known: list[str], data: st.DataObject) -> None:
    vocabulary = Vocabulary()
    for name in known:
        vocabulary.add(name)
    asked = data.draw(st.lists(st.sampled_from(range(len(known))), max_size=12)) if known else []
    made = vocabulary.pack(np.array(asked, dtype=np.int64))
    assert made == packed_ids.pack_ids(known[number] for number in asked)


def test_a_vocabulary_of_many_finds_them_all() -> None:
    vocabulary, ids = Vocabulary(), [f"title-{n}" for n in range(5_000)]
    for name in ids:
        vocabulary.add(name)
    numbers, _ = vocabulary.find_all(
        [packed_ids.pack_ids(ids), packed_ids.pack_ids(f"{name}x" for name in ids)]
    )
    assert numbers.tolist() == [*range(5_000), *[-1] * 5_000]
