"""Items and ids of rankings, and features of examples, as JSON, written by one loop over a whole batch.

What stands here is what ``domain.rankings`` and ``domain.examples`` describe, field by field; tests decode it by those
types. As objects, fifty items of six numbers and three reasons took most of the time of answering.
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
"""A part with a smaller share of the score, in percent, is no reason."""
TASTE, AFTER, POPULAR = range(3)
NUMBERS = 256
"""Bytes that the numbers, names of fields and reasons of an item take, strings apart; at most 19 digits a number."""
DIGITS = 24
"""Bytes that a number takes at most, with the comma behind it."""
_HEADS = np.array([HEADS.index("click"), HEADS.index("finish"), HEADS.index("binge")])


class Words(NamedTuple):
    """Strings as ``arrays.texts`` holds them, and where each is."""

    bytes: Bytes
    spans: Ints


class Items(NamedTuple):
    """The contents of the items of a batch, an entry an item; probabilities and scores are already rounded.

    picture: the number of what it is shown by, -1 for nothing; parts [3 × items]: shares of taste, of the last titles and of popularity, in percent; label: the label of the highest affinity;
    after: the title it follows from (the newest if none by itself: what the sequence says, it says most of that), -1
    if this process does not know it: then its string is at ``owner`` in ``unknown``.
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
    """Ids of titles, or of what else has a number, each with a comma behind it, null for -1; and where each ends, [numbers + 1]."""
    return _names(numbers, titles)


def items(
    contents: Items, titles: Words, artworks: Words, labels: Words, unknown: Words
) -> tuple[Bytes, Ints]:
    """The items, each with a comma behind it; and where each ends, [items + 1], the first at 0."""
    return _items(contents, titles, artworks, labels, unknown)


def features(slots: Ints, rated: Ints, dense: Floats) -> list[bytes]:
    """Features of rows (``ranking.outcome_features.Inputs``), each as an object."""
    run, ends = _features(slots, rated, dense)
    whole, bounds = run.tobytes(), ends.tolist()
    return [whole[first:last] for first, last in pairwise(bounds)]


def joined(run: Bytes, first: int, last: int) -> bytes:
    """The part of a run between two ends, as a JSON array."""
    return b"[" + run[first : last - 1].tobytes() + b"]" if last > first else b"[]"


# What follows takes arrays one by one: numba counts references for each array of a tuple that it passes on.


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
        at = _decimal(out, _copy(out, at, _PROPENSITY), propensity[n], 6)
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
    """The part with the greatest share that is worth a reason and is not written yet, -1 for none."""
    kind, share = -1, LEAST - 1
    for part in range(3):
        if not written[part] and parts[part] > share:
            kind, share = part, parts[part]
    return kind


@compiled
def _named(out: Bytes, at: int, field: Bytes, text: Bytes, spans: Ints, number: int) -> int:
    """Writes a field with a string, if there is one."""
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
    """Writes a number that was rounded to so many digits, without zeros at its end; one digit at least behind the point."""
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
