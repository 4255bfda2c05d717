"""Twins of the kernels of page/."""

import itertools
import json
from typing import Any

import numpy as np
from tests.kernels.features import distinct_labels
from tests.kernels.page_rows import PAGE_ROWS
from tests.kernels.twin import Rng, Twin, coarse, sizes, some

from playhead.arrays.hashing import PAD, SLOTS
from playhead.arrays.ragged import starts
from playhead.arrays.texts import Texts
from playhead.arrays.types import Bytes, Floats, Ids, Ints
from playhead.labels.definitions import HEADS
from playhead.models.head_lists import COLUMNS
from playhead.page import reasons, records
from playhead.page.encoding import AFTER, LEAST, Items, Words, decimals, features, items, names

TITLES, LABELS = 9, 4
FIELDS = (("score", 6), ("p_click", 4), ("p_finish", 4), ("p_binge", 4))
CODES = ("matches_taste", "because_you_watched", "popular_in_market")
TEXTS = {number: f'n"{number}é' for number in range(0, TITLES, 2)}
"""Strings of every other number."""
Run = tuple[Bytes, Ints]


def _words() -> Words:
    texts = Texts()
    for number, text in TEXTS.items():
        texts.put(number, text)
    return Words(texts.bytes, texts.spans)


WORDS = _words()


def _text(number: int) -> str:
    return json.dumps(TEXTS[number], ensure_ascii=False) if number in TEXTS else ""


def _run(parts: list[str]) -> Run:
    data = [part.encode() for part in parts]
    return np.frombuffer(b"".join(data), np.uint8), starts(map(len, data))


def _decimal(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def _names(numbers: Ints, titles: Words) -> Run:
    del titles
    return _run([(_text(number) if number >= 0 else "null") + "," for number in numbers.tolist()])


def _item(items: Items, n: int) -> str:
    title = int(items.title[n])
    heads = dict(zip(HEADS, items.heads[n], strict=True))
    numbers = {"score": items.score[n], **{f"p_{head}": value for head, value in heads.items()}}
    fields = [
        f'"title_id":{_text(title)}',
        *(f'"{name}":{_decimal(numbers[name], digits)}' for name, digits in FIELDS),
    ]
    if items.watch_s[n] > 0.0:
        fields.append(f'"expected_watch_s":{_decimal(items.watch_s[n], 1)}')
    if (picture := int(items.picture[n])) in TEXTS:
        fields.append(f'"artwork_id":{_text(picture)}')
    fields += [
        f'"propensity":{_decimal(items.propensity[n], 6)}',
        f'"reasons":[{",".join(_reasons(items, n))}]',
    ]
    return "{" + ",".join(fields) + "},"


def _reasons(items: Items, n: int) -> list[str]:
    worth = [kind for kind in range(3) if items.parts[kind, n] >= LEAST]
    reasons = []
    for kind in sorted(worth, key=lambda kind: (-items.parts[kind, n], kind)):
        about = (items.label[n], items.after[n] if items.after[n] >= 0 else items.owner[n], -1)[kind]
        field = f',"{"title_id" if kind == AFTER else "label"}":{_text(int(about))}' if about in TEXTS else ""
        reasons.append(f'{{"code":"{CODES[kind]}","share":{_decimal(items.parts[kind, n] / 100, 2)}{field}}}')
    return reasons


def _items(items: Items, *words: Words) -> Run:
    del words
    return _run([_item(items, n) for n in range(len(items.title))])


def _written_names(numbers: Ints, titles: Words) -> Run:
    run, ends = names(numbers, titles)
    return run[: ends[-1]], ends


def _decimals(values: Floats, digits: int) -> Run:
    return _run([f"{_decimal(value, digits)}," for value in values.tolist()])


def _written_decimals(values: Floats, digits: int) -> Run:
    run, ends = decimals(values, digits)
    return run[: ends[-1]], ends


def _written_items(columns: Items, *words: Words) -> Run:
    """The bytes that the kernel has written, without unused room."""
    run, ends = items(columns, *words)
    return run[: ends[-1]], ends


def _some_items(rng: Rng) -> tuple[Any, ...]:
    count = int(rng.integers(0, 4))
    items = Items(
        *(some(rng, count, 0, TITLES), some(rng, count, -1, TITLES), some(rng, count, 0, TITLES)),
        rng.normal(0.0, 9.0, count).round(6),
        *(rng.random((count, len(HEADS))).round(4), (9.0 * rng.random(count)).round(1)),
        rng.choice([1.0, 0.25, 0.000001], count),
        *(rng.integers(0, 40, (3, count)), some(rng, count, -1, TITLES), some(rng, count, -1, TITLES)),
    )
    return items, WORDS, WORDS, WORDS, WORDS


def _features(slots: Ints, rated: Ints, dense: Floats) -> list[bytes]:
    def listed(values: list[str]) -> str:
        return "[" + ",".join(values) + "]"

    return [
        f'{{"hashed":{listed([str(slot) for slot in mine if slot != PAD])},'
        f'"dense":{listed([_decimal(value, 4) for value in values])},"rated":{listed(list(map(str, rates)))},"columns":{COLUMNS}}}'.encode()
        for mine, rates, values in zip(slots.tolist(), rated.tolist(), dense.tolist(), strict=True)
    ]


def _some_features(rng: Rng) -> tuple[Ints, Ints, Floats]:
    slots = rng.choice([PAD, 1, 77, SLOTS - 1], (3, 4))
    return slots, rng.integers(0, SLOTS, (3, 2)), np.round(rng.normal(size=(3, 2)) * 99.0, 4)


def _shares(parts: Floats, bounds: Ints) -> Ints:
    percent = np.zeros(parts.shape, np.int64)
    for first, last in itertools.pairwise(bounds):
        if first < last:
            raised = parts[:, first:last] - parts[:, first:last].min(axis=1, keepdims=True)
            percent[:, first:last] = np.rint(100.0 * (raised / np.maximum(raised.sum(axis=0), 1e-9)))
    return percent


def _some_parts(rng: Rng) -> tuple[Floats, Ints]:
    bounds = sizes(rng, 3, 4)
    return coarse(rng, 3, int(bounds[-1])), bounds


def _liked(affinity: Floats, owner: Ints, label_of: Ids, title: Ints) -> Ints:
    liked = np.full(len(title), -1)
    for n, (row, number) in enumerate(zip(owner, title, strict=True)):
        labels = label_of[number][label_of[number] >= 0]
        if len(labels):
            liked[n] = labels[np.argmax(affinity[row, labels])]
    return liked


PAGE = (
    Twin(_written_names, _names, lambda rng: (some(rng, 4, -1, TITLES), WORDS)),
    Twin(_written_decimals, _decimals, lambda rng: (rng.choice([1.0, 0.25, 0.02, 0.123456], 5), 6)),
    Twin(_written_items, _items, _some_items),
    Twin(features, _features, _some_features),
    Twin(reasons.shares, _shares, _some_parts),
    Twin(
        records._liked,
        _liked,
        lambda rng: (
            coarse(rng, 2, LABELS),
            some(rng, 5, 0, 2),
            distinct_labels(rng),
            some(rng, 5, 0, TITLES),
        ),
    ),
    *PAGE_ROWS,
)
