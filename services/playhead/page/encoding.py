"""JSON of items and ids of rankings, and of features of examples, written by one compiled loop over a whole batch.

The fields are those of ``domain.rankings`` and ``domain.examples``, by whose types tests decode the JSON.
Encoding fifty items with six numbers and three reasons as objects took most of the time of a response.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.hashing import PAD
from playhead.arrays.jit import compiled
from playhead.arrays.types import Bytes, Floats, Ints
from playhead.labels.definitions import HEADS
from playhead.models.head_lists import COLUMNS

LEAST = 10
"""Least share of the score, in percent, of a part that is given as a reason."""
TASTE, AFTER, POPULAR = range(3)
NUMBERS = 256
"""Most bytes of an item without its strings: numbers of at most 19 digits, names of fields, reasons."""
DIGITS = 24
"""Most bytes of a number with the comma behind it."""
PROPENSITY_DIGITS = 6
"""Propensities are whole millionths (``ranking.draws.PARTS``)."""
_HEADS = np.array([HEADS.index("click"), HEADS.index("finish"), HEADS.index("binge")])


class Words(NamedTuple):
    """The JSON strings of an ``arrays.texts.Texts``, and the begin and end of each."""

    bytes: Bytes
    spans: Ints


class Items(NamedTuple):
    """The contents of the items of a batch as columns; probabilities and scores are already rounded.

    ``picture``: number of the item's picture, -1 for none; ``parts`` [3 × items]: shares of label affinity, of the last titles and of popularity, in percent; ``label``: the label of the highest affinity;
    ``after``: the recent title that the item is linked to (the newest one without a link, as it weighs most in the sequence model), -1
    if this process does not know it: its string is then at ``owner`` in ``unknown``.
    """

    title: Ints
    picture: Ints
    owner: Ints
    score: Floats
    heads: Floats
    watch_s: Floats
    propensity: Floats
    parts: Ints
    label: Ints
    after: Ints


def _text(text: str) -> Bytes:
    return np.frombuffer(text.encode(), dtype=np.uint8)


_ID, _SCORE, _WATCH = _text('{"title_id":'), _text(',"score":'), _text(',"expected_watch_s":')
_CLICK, _FINISH, _BINGE = _text(',"p_click":'), _text(',"p_finish":'), _text(',"p_binge":')
_ARTWORK, _REASONS, _END = _text(',"artwork_id":'), _text(',"reasons":['), _text("]},")
_PROPENSITY = _text(',"propensity":')
_TASTE = _text('{"code":"matches_taste","share":')
_AFTER = _text('{"code":"because_you_watched","share":')
_POPULAR = _text('{"code":"popular_in_market","share":')
_LABEL, _WATCHED = _text(',"label":'), _text(',"title_id":')
_HASHED, _DENSE = _text('{"hashed":['), _text('],"dense":[')
_RATED, _DONE = _text('],"rated":['), _text(f'],"columns":{COLUMNS}}}')
_NULL = _text("null")
_COMMA, _MINUS, _POINT, _ZERO, _CLOSE = (ord(sign) for sign in ",-.0}")


def names(numbers: Ints, titles: Words) -> tuple[Bytes, Ints]:
    """Ids of titles (or pictures) by number, each followed by a comma, null for -1; and where each ends, [numbers + 1]."""
    return _names(numbers, titles)


def decimals(values: Floats, digits: int) -> tuple[Bytes, Ints]:
    """Numbers that were rounded to so many digits, each with a comma behind it; and where each ends, [values + 1]."""
    return _decimals(values, digits)


def items(
    contents: Items, titles: Words, artworks: Words, labels: Words, unknown: Words
) -> tuple[Bytes, Ints]:
    """The items, each followed by a comma; and where each ends, [items + 1], beginning with 0."""
    return _items(contents, titles, artworks, labels, unknown)


def features(slots: Ints, rated: Ints, dense: Floats) -> list[bytes]:
    """Features of rows (``ranking.outcome_features.Inputs``), each as a JSON object."""
    run, ends = _features(slots, rated, dense)
    whole, bounds = run.tobytes(), ends.tolist()
    return [whole[first:last] for first, last in pairwise(bounds)]


def joined(run: Bytes, first: int, last: int) -> bytes:
    """The elements between two ends (``names``, ``items``), as a JSON array."""
    return b"[" + run[first : last - 1].tobytes() + b"]" if last > first else b"[]"


# The functions below take arrays one by one: numba counts references for each array of a tuple that is passed on.


@compiled
def _names(numbers: Ints, titles: Words) -> tuple[Bytes, Ints]:
    text, spans = titles
    room, at = 0, 0
    for number in numbers:
        room += max(_length(spans, number), len(_NULL)) + 1
    out, ends = np.empty(room, dtype=np.uint8), np.zeros(len(numbers) + 1, dtype=np.int64)
    for place in range(len(numbers)):
        known = numbers[place] >= 0
        at = _word(out, at, text, spans, numbers[place]) if known else _copy(out, at, _NULL)
        out[at] = _COMMA
        at += 1
        ends[place + 1] = at
    return out, ends


@compiled
def _decimals(values: Floats, digits: int) -> tuple[Bytes, Ints]:
    out, ends = np.empty(DIGITS * len(values), dtype=np.uint8), np.zeros(len(values) + 1, dtype=np.int64)
    at = 0
    for place in range(len(values)):
        at = _decimal(out, at, values[place], digits)
        out[at], at = _COMMA, at + 1
        ends[place + 1] = at
    return out, ends


@compiled
def _items(
    contents: Items, titles: Words, artworks: Words, labels: Words, unknown: Words
) -> tuple[Bytes, Ints]:
    title, picture, owner, score, heads, watch_s, propensity, parts, label, after = contents
    out = np.empty(
        2 * NUMBERS * len(title)
        + _total(titles.spans, title)
        + _total(titles.spans, after)
        + _total(artworks.spans, picture)
        + _total(labels.spans, label)
        + _total(unknown.spans, owner),
        dtype=np.uint8,
    )
    ends, at = np.zeros(len(title) + 1, dtype=np.int64), 0
    written = np.zeros(3, dtype=np.bool_)
    for n in range(len(title)):
        at = _word(out, _copy(out, at, _ID), titles.bytes, titles.spans, title[n])
        at = _decimal(out, _copy(out, at, _SCORE), score[n], 6)
        at = _decimal(out, _copy(out, at, _CLICK), heads[n, _HEADS[0]], 4)
        at = _decimal(out, _copy(out, at, _FINISH), heads[n, _HEADS[1]], 4)
        at = _decimal(out, _copy(out, at, _BINGE), heads[n, _HEADS[2]], 4)
        if watch_s[n] > 0.0:
            at = _decimal(out, _copy(out, at, _WATCH), watch_s[n], 1)
        at = _named(out, at, _ARTWORK, artworks.bytes, artworks.spans, picture[n])
        at = _decimal(out, _copy(out, at, _PROPENSITY), propensity[n], PROPENSITY_DIGITS)
        at = _copy(out, at, _REASONS)
        written[:] = False
        for place in range(3):
            kind = _strongest(parts[:, n], written)
            if kind < 0:
                break
            written[kind] = True
            if place:
                out[at], at = _COMMA, at + 1
            at = _copy(out, at, _TASTE if kind == TASTE else _AFTER if kind == AFTER else _POPULAR)
            at = _decimal(out, at, parts[kind, n] / 100.0, 2)
            if kind == TASTE:
                at = _named(out, at, _LABEL, labels.bytes, labels.spans, label[n])
            elif kind == AFTER and after[n] >= 0:
                at = _named(out, at, _WATCHED, titles.bytes, titles.spans, after[n])
            elif kind == AFTER:
                at = _named(out, at, _WATCHED, unknown.bytes, unknown.spans, owner[n])
            out[at], at = _CLOSE, at + 1
        at = _copy(out, at, _END)
        ends[n + 1] = at
    return out, ends


@compiled
def _features(slots: Ints, rated: Ints, dense: Floats) -> tuple[Bytes, Ints]:
    values = slots.shape[1] + rated.shape[1] + dense.shape[1]
    out = np.empty(len(slots) * (NUMBERS + DIGITS * values), dtype=np.uint8)
    ends, at = np.zeros(len(slots) + 1, dtype=np.int64), 0
    for row in range(len(slots)):
        at, begin = _copy(out, at, _HASHED), True
        for slot in slots[row]:
            if slot != PAD:
                if not begin:
                    out[at], at = _COMMA, at + 1
                at, begin = _whole(out, at, slot), False
        at = _copy(out, at, _DENSE)
        for place in range(dense.shape[1]):
            if place:
                out[at], at = _COMMA, at + 1
            at = _decimal(out, at, dense[row, place], 4)
        at = _copy(out, at, _RATED)
        for place in range(rated.shape[1]):
            if place:
                out[at], at = _COMMA, at + 1
            at = _whole(out, at, rated[row, place])
        at = _copy(out, at, _DONE)
        ends[row + 1] = at
    return out, ends


@compiled
def _strongest(parts: Ints, written: NDArray[np.bool_]) -> int:
    """The part with the largest share that is not written yet, -1 if none reaches ``LEAST``."""
    kind, share = -1, LEAST - 1
    for part in range(3):
        if not written[part] and parts[part] > share:
            kind, share = part, parts[part]
    return kind


@compiled
def _named(out: Bytes, at: int, field: Bytes, text: Bytes, spans: Ints, number: int) -> int:
    """Writes a field with the string of a number, if it has one."""
    return _word(out, _copy(out, at, field), text, spans, number) if _length(spans, number) else at


@compiled
def _total(spans: Ints, numbers: Ints) -> int:
    total = 0
    for number in numbers:
        total += _length(spans, number)
    return total


@compiled
def _length(spans: Ints, number: int) -> int:
    if number < 0 or number >= len(spans):
        return 0
    return int(spans[number, 1] - spans[number, 0])


@compiled
def _word(out: Bytes, at: int, text: Bytes, spans: Ints, number: int) -> int:
    for place in range(spans[number, 0], spans[number, 1]):
        out[at] = text[place]
        at += 1
    return at


@compiled
def _copy(out: Bytes, at: int, text: Bytes) -> int:
    for sign in text:
        out[at] = sign
        at += 1
    return at


@compiled
def _decimal(out: Bytes, at: int, value: float, digits: int) -> int:
    """Writes a number rounded to ``digits`` decimals, without trailing zeros but with at least one decimal."""
    scale = 10**digits
    units = np.int64(np.rint(value * scale))
    if units < 0:
        out[at], units, at = _MINUS, -units, at + 1
    rest, at = units % scale, _whole(out, at, units // scale)
    out[at], at = _POINT, at + 1
    while True:
        scale //= 10
        out[at], rest, at = _ZERO + rest // scale, rest % scale, at + 1
        if rest == 0:
            return at


@compiled
def _whole(out: Bytes, at: int, number: int) -> int:
    step = 1
    while step * 10 <= number:
        step *= 10
    while step > 0:
        out[at], number, step, at = _ZERO + number // step, number % step, step // 10, at + 1
    return at
