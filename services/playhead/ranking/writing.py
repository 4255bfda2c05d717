"""Items and ids of rankings as JSON, written by one loop over a whole batch.

What stands here is what ``domain.rankings`` describes, field by field; a test decodes it by those types. Fifty items
of six numbers and three reasons are 40 % of a ranking's time as objects, and 2 % as a loop over bytes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.compiled import compiled
from playhead.content.texts import Bytes
from playhead.labels.definitions import HEADS
from playhead.models.popularity import Floats, Ints

LEAST = 10
"""A part with a smaller share of the score, in percent, is no reason worth telling."""
TASTE, AFTER, POPULAR = range(3)
NUMBERS = 256
"""Bytes that the numbers, names of fields and reasons of an item take, strings apart; at most 19 digits a number."""
_HEADS = np.array([HEADS.index("click"), HEADS.index("finish"), HEADS.index("binge")])


class Words(NamedTuple):
    """Strings as ``content.texts`` holds them, and where each is."""

    bytes: Bytes
    spans: Ints


class Items(NamedTuple):
    """What is told of the items of a batch, an entry an item; probabilities and scores are already rounded.

    parts [3 × items]: shares of taste, of the last titles and of popularity, in percent; label: what of it is liked;
    after: the title it follows from, -1 where it follows from none by itself: then it is the newest of its profile,
    whose string stands at ``owner`` in the words of the newest titles.
    """

    title: Ints
    owner: Ints
    score: Floats
    heads: Floats
    watch_s: Floats
    parts: Ints
    label: Ints
    after: Ints


def _text(text: str) -> Bytes:
    return np.frombuffer(text.encode(), dtype=np.uint8)


_ID, _SCORE, _WATCH = _text('{"title_id":'), _text(',"score":'), _text(',"expected_watch_s":')
_CLICK, _FINISH, _BINGE = _text(',"p_click":'), _text(',"p_finish":'), _text(',"p_binge":')
_ARTWORK, _REASONS, _END = _text(',"artwork_id":'), _text(',"propensity":1.0,"reasons":['), _text("]},")
_TASTE = _text('{"code":"matches_taste","share":')
_AFTER = _text('{"code":"because_you_watched","share":')
_POPULAR = _text('{"code":"popular_in_market","share":')
_LABEL, _WATCHED = _text(',"label":'), _text(',"title_id":')
_COMMA, _MINUS, _POINT, _ZERO, _CLOSE = (ord(sign) for sign in ",-.0}")


def names(numbers: Ints, titles: Words) -> tuple[Bytes, Ints]:
    """Ids of titles, each with a comma behind it; and where each ends, [numbers + 1], the first at 0."""
    return _names(numbers, titles)


def items(told: Items, titles: Words, artworks: Words, labels: Words, newest: Words) -> tuple[Bytes, Ints]:
    """The items, each with a comma behind it; and where each ends, [items + 1], the first at 0."""
    return _items(told, titles, artworks, labels, newest)


def joined(run: Bytes, first: int, last: int) -> bytes:
    """What stands between two ends of such a run, as an array in JSON."""
    return b"[" + run[first : last - 1].tobytes() + b"]" if last > first else b"[]"


@compiled
def _names(numbers: Ints, titles: Words) -> tuple[Bytes, Ints]:
    room, at = 0, 0
    for number in numbers:
        room += titles.spans[number, 1] - titles.spans[number, 0] + 1
    out, ends = np.empty(room, dtype=np.uint8), np.zeros(len(numbers) + 1, dtype=np.int64)
    for place in range(len(numbers)):
        at = _word(out, at, titles, numbers[place])
        out[at] = _COMMA
        at += 1
        ends[place + 1] = at
    return out, ends


@compiled
def _items(told: Items, titles: Words, artworks: Words, labels: Words, newest: Words) -> tuple[Bytes, Ints]:
    out = np.empty(_room(told, titles, artworks, labels, newest), dtype=np.uint8)
    ends, at = np.zeros(len(told.title) + 1, dtype=np.int64), 0
    for n in range(len(told.title)):
        title = told.title[n]
        at = _word(out, _copy(out, at, _ID), titles, title)
        at = _decimal(out, _copy(out, at, _SCORE), told.score[n], 6)
        at = _decimal(out, _copy(out, at, _CLICK), told.heads[n, _HEADS[0]], 4)
        at = _decimal(out, _copy(out, at, _FINISH), told.heads[n, _HEADS[1]], 4)
        at = _decimal(out, _copy(out, at, _BINGE), told.heads[n, _HEADS[2]], 4)
        if told.watch_s[n] > 0.0:
            at = _decimal(out, _copy(out, at, _WATCH), told.watch_s[n], 1)
        at = _named(out, at, _ARTWORK, artworks, title)
        at = _copy(out, at, _REASONS)
        at = _reasons(out, at, told, n, titles, labels, newest)
        at = _copy(out, at, _END)
        ends[n + 1] = at
    return out, ends


@compiled
def _reasons(out: Bytes, at: int, told: Items, n: int, titles: Words, labels: Words, newest: Words) -> int:
    """Up to three reasons of one item, the strongest first."""
    said, begin = np.zeros(3, dtype=np.bool_), at
    for _ in range(3):
        kind = _strongest(told.parts[:, n], said)
        if kind < 0:
            break
        said[kind] = True
        if at > begin:
            out[at] = _COMMA
            at += 1
        share = told.parts[kind, n] / 100.0
        if kind == TASTE:
            at = _named(out, _decimal(out, _copy(out, at, _TASTE), share, 2), _LABEL, labels, told.label[n])
        elif kind == POPULAR:
            at = _decimal(out, _copy(out, at, _POPULAR), share, 2)
        elif told.after[n] >= 0:
            at = _named(out, _decimal(out, _copy(out, at, _AFTER), share, 2), _WATCHED, titles, told.after[n])
        else:
            at = _named(out, _decimal(out, _copy(out, at, _AFTER), share, 2), _WATCHED, newest, told.owner[n])
        out[at] = _CLOSE
        at += 1
    return at


@compiled
def _strongest(parts: Ints, said: NDArray[np.bool_]) -> int:
    """The greatest that is worth telling and is not told yet, -1 for none."""
    kind, share = -1, LEAST - 1
    for one in range(3):
        if not said[one] and parts[one] > share:
            kind, share = one, parts[one]
    return kind


@compiled
def _named(out: Bytes, at: int, field: Bytes, words: Words, number: int) -> int:
    """A field with a string, if there is one."""
    return _word(out, _copy(out, at, field), words, number) if _length(words, number) else at


@compiled
def _room(told: Items, titles: Words, artworks: Words, labels: Words, newest: Words) -> int:
    room = 0
    for n in range(len(told.title)):
        room += 2 * NUMBERS + _length(titles, told.title[n]) + _length(artworks, told.title[n])
        room += (
            _length(newest, told.owner[n]) + _length(labels, told.label[n]) + _length(titles, told.after[n])
        )
    return room


@compiled
def _length(words: Words, number: int) -> int:
    if number < 0 or number >= len(words.spans):
        return 0
    return int(words.spans[number, 1] - words.spans[number, 0])


@compiled
def _word(out: Bytes, at: int, words: Words, number: int) -> int:
    for place in range(words.spans[number, 0], words.spans[number, 1]):
        out[at] = words.bytes[place]
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
    """A number that was rounded to so many digits, without zeros at its end; one digit at least behind the point."""
    scale = 10**digits
    units = np.int64(np.rint(value * scale))
    if units < 0:
        out[at], units, at = _MINUS, -units, at + 1
    whole, rest, step = units // scale, units % scale, 1
    while step * 10 <= whole:
        step *= 10
    while step > 0:
        out[at], whole, step, at = _ZERO + whole // step, whole % step, step // 10, at + 1
    out[at], at = _POINT, at + 1
    while True:
        scale //= 10
        out[at], rest, at = _ZERO + rest // scale, rest % scale, at + 1
        if rest == 0:
            return at
