"""Runs of ids: what is done to them is what would be done to a list."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried

from playhead.content.vocabulary import Vocabulary
from playhead.signals import runs

IDS = st.lists(st.text(min_size=1, max_size=3), max_size=12, unique=True)
ONE = st.text(min_size=1, max_size=3)


@tried(200)
@given(IDS, ONE, st.integers(0, 14))
def test_a_run_is_a_list(ids: list[str], one: str, count: int) -> None:
    run = runs.run(ids)
    assert runs.ids(run) == ids
    assert runs.size(run) == len(ids)
    assert [runs.place(run, each) for each in ids] == list(range(len(ids)))
    assert runs.place(run, one) == (ids.index(one) if one in ids else -1)
    assert runs.ids(runs.first(run, count)) == ids[:count]
    assert runs.ids(runs.without(run, one)) == [each for each in ids if each != one]


def test_an_id_is_not_found_within_another() -> None:
    run = runs.run(["a-b", "b-a", "ab"])
    assert [runs.place(run, one) for one in ("a", "b", "ab", "b-a", "-")] == [-1, -1, 2, 1, -1]
    assert runs.without(run, "b") == run


@tried(100)
@given(st.lists(ONE, max_size=40), st.lists(st.lists(ONE, max_size=8), max_size=5))
def test_numbers_of_runs_are_those_of_their_ids(known: list[str], asked: list[list[str]]) -> None:
    vocabulary = Vocabulary()
    for one in known:
        vocabulary.add(one)
    found, begins = vocabulary.find_all(map(runs.run, asked))
    assert found.tolist() == [vocabulary.get(one) for ids in asked for one in ids]
    assert begins.tolist() == [sum(map(len, asked[:n])) for n in range(len(asked) + 1)]


@tried(100)
@given(st.lists(ONE, max_size=40, unique=True), st.data())
def test_numbers_make_the_run_of_their_ids(known: list[str], data: st.DataObject) -> None:
    vocabulary = Vocabulary()
    for one in known:
        vocabulary.add(one)
    asked = data.draw(st.lists(st.sampled_from(range(len(known))), max_size=12)) if known else []
    made = vocabulary.run(np.array(asked, dtype=np.int64))
    assert made == runs.run(known[number] for number in asked)


def test_a_vocabulary_of_many_finds_them_all() -> None:
    vocabulary, ids = Vocabulary(), [f"title-{n}" for n in range(5_000)]
    for one in ids:
        vocabulary.add(one)
    found, _ = vocabulary.find_all([runs.run(ids), runs.run(f"{one}x" for one in ids)])
    assert found.tolist() == [*range(5_000), *[-1] * 5_000]
