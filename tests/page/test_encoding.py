"""JSON written by the compiled loop decodes to the types of the wire."""

from typing import Any

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.effort import tried
from tests.stage import Stage

from playhead.arrays.hashing import PAD, SLOTS
from playhead.arrays.texts import Texts
from playhead.arrays.types import Floats
from playhead.domain import rankings
from playhead.domain.examples import Example, Features
from playhead.labels.definitions import HEADS
from playhead.learn.examples import EncodedExample
from playhead.page import records, rows
from playhead.page.encoding import (
    AFTER,
    LEAST,
    POPULAR,
    TASTE,
    Items,
    Words,
    features,
    items,
    joined,
    names,
)
from playhead.ranking.outcome_features import OutcomeFeatures, as_features

CODES = {TASTE: "matches_taste", AFTER: "because_you_watched", POPULAR: "popular_in_market"}
TEXTS = st.lists(st.text(max_size=12), min_size=1, max_size=5)


def words(texts: list[str]) -> Words:
    held = Texts()
    for number, text in enumerate(texts):
        held.put(number, text)
    return Words(held.bytes, held.spans)


def rounded(values: list[float], digits: int) -> Floats:
    return np.array([round(value, digits) for value in values], dtype=np.float64)


@st.composite
def drawn_items(draw: st.DrawFn, titles: int, labels: int) -> Items:
    count = draw(st.integers(0, 6))

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(values, min_size=count, max_size=count))

    probabilities = st.integers(0, 10_000).map(lambda units: units / 10_000)
    return Items(
        title=np.array(column(st.integers(0, titles - 1)), dtype=np.int64),
        picture=np.array(column(st.integers(-1, 0)), dtype=np.int64),
        owner=np.zeros(count, dtype=np.int64),
        score=rounded(column(st.floats(-1e9, 1e9)), 6),
        heads=np.array([column(probabilities) for _ in HEADS]).reshape(len(HEADS), count).T.copy(),
        watch_s=rounded(column(st.floats(0, 1e5)), 1),
        propensity=rounded(column(st.floats(0, 1)), 6),
        parts=np.array([column(st.integers(0, 100)) for _ in range(3)], dtype=np.int64).reshape(3, count),
        label=np.array(column(st.integers(-1, labels - 1)), dtype=np.int64),
        after=np.array(column(st.integers(-1, titles - 1)), dtype=np.int64),
    )


@tried(200)
@given(st.data(), TEXTS, TEXTS, st.text(max_size=5))
def test_items_are_read_as_they_were_told(
    data: st.DataObject, titles: list[str], labels: list[str], newest: str
) -> None:
    contents = data.draw(drawn_items(len(titles), len(labels)))
    artworks = titles[:1]
    run, ends = items(contents, words(titles), words(artworks), words(labels), words([newest]))
    decoded = msgspec.json.decode(joined(run, 0, int(ends[-1])), type=list[dict[str, Any]])
    for n, item in enumerate(decoded):
        place = int(contents.title[n])
        assert item["title_id"] == titles[place]
        assert item["score"] == contents.score[n]
        heads = dict(zip(HEADS, contents.heads[n].tolist(), strict=True))
        assert (item["p_click"], item["p_finish"], item["p_binge"]) == (
            heads["click"],
            heads["finish"],
            heads["binge"],
        )
        assert item.get("expected_watch_s", 0.0) == contents.watch_s[n]
        assert item.get("artwork_id") == (artworks[0] if contents.picture[n] == 0 else None)
        assert item["propensity"] == contents.propensity[n]
        worth = [kind for kind in range(3) if contents.parts[kind, n] >= LEAST]
        worth.sort(key=lambda kind: (-contents.parts[kind, n], kind))
        assert [reason["code"] for reason in item["reasons"]] == [CODES[kind] for kind in worth]
        for kind, reason in zip(worth, item["reasons"], strict=True):
            assert reason["share"] == contents.parts[kind, n] / 100
            if kind == AFTER:
                assert reason["title_id"] == (titles[contents.after[n]] if contents.after[n] >= 0 else newest)
            if kind == TASTE:
                assert reason.get("label") == (labels[contents.label[n]] if contents.label[n] >= 0 else None)
    assert len(decoded) == len(contents.title)
    ids, stops = names(contents.title, words(titles))
    assert msgspec.json.decode(joined(ids, 0, int(stops[-1]))) == [titles[n] for n in contents.title.tolist()]


@tried(100)
@given(st.integers(0, 4), st.data())
def test_features_are_read_as_they_were_computed(count: int, data: st.DataObject) -> None:
    slots = st.lists(st.sampled_from([PAD, 1, 77, SLOTS - 1]), min_size=3, max_size=3)
    values = st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 4)), min_size=2, max_size=2)

    def drawn(row: st.SearchStrategy[list[Any]], kind: type, width: int) -> NDArray[Any]:
        return np.array([data.draw(row) for _ in range(count)], dtype=kind).reshape(count, width)

    rows = OutcomeFeatures(drawn(slots, np.int64, 3), drawn(slots, np.int64, 3), drawn(values, np.float64, 2))
    written = [msgspec.json.decode(feature, type=Features) for feature in features(*rows)]
    assert written == as_features(rows)


def test_records_have_the_fields_of_the_wire_in_their_order() -> None:
    for written, told_of in (
        (records.PreEncodedRanking, rankings.Ranking),
        (records.PreEncodedDecision, rankings.Decision),
        (rows.PreEncodedRow, rankings.Row),
        (EncodedExample, Example),
    ):
        assert written.__struct_fields__ == told_of.__struct_fields__


def test_an_item_has_all_that_the_wire_knows_and_nothing_else() -> None:
    artwork = {"artwork_id": 'a "quoted" one', "url": "https://example.org/a.jpg"}
    films = [
        {"title_id": f"t\u00e9{n}", "genres": ["Drama"], "duration_s": 60, "artworks": [artwork]}
        for n in range(6)
    ]
    stage = Stage(films)
    for n in range(4):
        stage.send("playback_completed", title_id=films[n % 2]["title_id"], watched_s=60, duration_s=60)
    for item in stage.last["items"]:
        assert set(item) <= set(rankings.RankedItem.__struct_fields__)
        assert item["artwork_id"] == artwork["artwork_id"]
    assert msgspec.convert(stage.last, rankings.Ranking).items


def test_a_string_that_is_given_anew_is_the_one_that_is_read() -> None:
    texts = Texts()
    for number in (3, 700, 3):
        texts.put(number, f"name of {number}" * 40)
    texts.put(3, "another")
    texts.drop(700)
    assert (texts.of(3), texts.of(700), texts.of(0)) == (b'"another"', b"", b"")
