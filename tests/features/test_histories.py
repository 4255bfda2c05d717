"""Histories of a batch are read into arrays that equal each of them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.watched import watched

from playhead.arrays.vocabulary import Vocabulary
from playhead.features.histories import AT, COMPLETED, LENGTH, PLAYS, SKIPS, WATCHED, history_batch
from playhead.signals.rows import Watched, history

TITLES = watched(st.text("abc", min_size=1, max_size=2))


@tried(100)
@given(st.lists(st.lists(TITLES, max_size=6, unique_by=lambda title: title.title_id), max_size=4))
def test_rows_are_read_as_they_were_written(histories: list[list[Watched]]) -> None:
    titles = Vocabulary()
    for name in ("a", "ab", "c"):
        titles.add(name)
    read = history_batch([history(mine) for mine in histories], titles)
    flat = [(row, watched) for row, mine in enumerate(histories) for watched in mine]
    assert np.diff(read.first).tolist() == [len(mine) for mine in histories]
    assert read.owner.tolist() == [row for row, _ in flat]
    assert read.title.tolist() == [titles.get(watched.title_id) for _, watched in flat]
    assert read.facts[:, [AT, WATCHED, LENGTH, PLAYS]].tolist() == [
        [watched.at_s, watched.watched_s, watched.duration_s, watched.plays] for _, watched in flat
    ]
    assert read.facts[:, [COMPLETED, SKIPS]].tolist() == [
        [watched.completed, watched.skipped] for _, watched in flat
    ]


@tried(100)
@given(
    st.lists(st.lists(st.integers(0, 9), max_size=5), min_size=1, max_size=4),
    st.lists(st.integers(0, 9), min_size=4, max_size=4),
)
def test_what_came_later_is_not_known_yet(histories: list[list[int]], until_s: list[int]) -> None:
    made = [history(Watched(f"{n}", at_s) for n, at_s in enumerate(mine)) for mine in histories]
    read = history_batch(made, Vocabulary()).until(np.array(until_s[: len(histories)]))
    known = [[at_s for at_s in mine if at_s < end] for mine, end in zip(histories, until_s, strict=False)]
    assert np.diff(read.first).tolist() == [len(mine) for mine in known]
    assert read.facts[:, AT].tolist() == [at_s for mine in known for at_s in mine]
