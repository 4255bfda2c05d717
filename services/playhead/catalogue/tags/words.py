"""Hashed features of a title's text, people, language, length and attributes."""

import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from math import log2

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.hashing import PAD, SLOTS, slot
from playhead.domain.titles import Title

WORDS = SLOTS
"""Number of slots for words and other counted features; 5,000 synopses have 20,000 stems. With 65,536 slots a quarter of these
would collide, and macro-AP of tags was lower by .015."""
COMPONENTS = 1 << 12
"""Number of slots behind them, for the components of embeddings supplied by a producer."""
CREDITS = 8
EMBEDDING_SHARE = 0.5
"""Squared norm of a supplied embedding, where that of all words is 1: better than 1 with a sentence model on film synopses."""

Features = tuple[NDArray[np.int32], NDArray[np.float32]]
"""Distinct slots and their values, not yet weighted by rarity."""

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
"""Scripts without spaces between words, of which pairs of characters are counted."""
_SUFFIXES = (("ies", 3), ("sses", 2), ("ing", 3), ("ed", 2), ("s", 1))
_FUNCTION_WORDS = frozenset(
    _WORD.findall(
        "a about after all also an and any are as at be been but by can did do does for from had has have he her him "
        "his how i if in into is it its just me more most my no not of on only or other our out over own same she so "
        "some such than that the their them then there these they this those through to under until up very was we were "
        "what when where which who will with you your"
    )
)


def features(title: Title) -> Features:
    """The features of a title from all its metadata but genres, tags and text attributes, which are the labels to predict."""
    text = f"{title.name} {title.synopsis or ''}"
    if text.isascii():
        counts = Counter(map(_ascii_slot, _WORD.findall(text.lower())))
        del counts[PAD]
    else:
        counts = Counter(map(_word_slot, words(text)))
    for field, value in _facts(title):
        counts[slot(field, value)] += 1
    slots = np.fromiter(counts, dtype=np.int32)
    values = (1.0 + np.log(np.fromiter(counts.values(), dtype=np.float32))).astype(np.float32)
    if not title.embeddings:
        return slots, values
    more_slots, more_values = _components(title.embeddings)
    return np.concatenate([slots, more_slots]), np.concatenate([values, more_values])


def words(text: str) -> list[str]:
    """The words of a text, without stop words; pairs of characters in scripts without spaces.

    >>> words("The killers are hunting a Detective's daughters")
    ['killers', 'hunting', 'detective', 'daughters']
    """
    text = text.lower()
    if text.isascii():
        return [word for word in _WORD.findall(text) if len(word) > 1 and word not in _FUNCTION_WORDS]
    terms: list[str] = []
    for word in _WORD.findall(text):
        if _UNSPACED.search(word):
            terms += [first + second for first, second in pairwise(word)] or [word]
        elif len(word) > 1 and word not in _FUNCTION_WORDS:
            terms.append(word)
    return terms


@lru_cache(maxsize=100_000)
def _ascii_slot(word: str) -> int:
    """The slot of an ASCII word, ``PAD`` for a stop word (see ``words``)."""
    return _word_slot(word) if len(word) > 1 and word not in _FUNCTION_WORDS else PAD


@lru_cache(maxsize=100_000)
def _word_slot(word: str) -> int:
    return slot("word", _stem(word))


def _stem(word: str) -> str:
    for suffix, cut in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4 and not word.endswith("ss"):
            return word[:-cut]
    return word


def _facts(title: Title) -> list[tuple[str, str]]:
    facts = [("credit", person.lower()) for person in title.credits[:CREDITS]]
    if title.language:
        facts.append(("language", title.language.lower()))
    if title.kind:
        facts.append(("kind", title.kind))
    if title.duration_s and title.duration_s >= 1.0:
        facts.append(("length", str(round(4.0 * log2(title.duration_s / 60.0)))))
    numbers = {name: value for name, value in title.attributes.items() if isinstance(value, float)}
    facts += [("attribute", f"{name}={round(4.0 * value)}") for name, value in sorted(numbers.items())]
    return facts


def _components(embeddings: dict[str, tuple[float, ...]]) -> Features:
    """The components of all embeddings by their place, each embedding scaled to the same length."""
    total = np.zeros(COMPONENTS, dtype=np.float32)
    for name, values in sorted(embeddings.items()):
        vector = np.array(values, dtype=np.float64)
        largest = float(np.abs(vector).max(initial=0.0))
        if not np.isfinite(largest) or largest == 0.0:
            continue
        vector /= largest
        vector *= np.sqrt(EMBEDDING_SHARE) / np.linalg.norm(vector)
        # Consecutive places, so that no two components of one embedding share a slot.
        total[(slot("embedding", name) + np.arange(len(vector))) % COMPONENTS] += vector.astype(np.float32)
    used = np.flatnonzero(total)
    return (WORDS + used).astype(np.int32), total[used]
