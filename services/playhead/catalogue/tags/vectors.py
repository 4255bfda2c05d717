"""Embeddings of titles: random projections of their tags and words, so that titles that share these are near to each other."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.hashing import digest
from playhead.catalogue.tags import ridge
from playhead.catalogue.tags.rows import FeatureRows
from playhead.catalogue.tags.words import COMPONENTS, WORDS
from playhead.domain.title_tags import EMBEDDING

WORDS_SHARE = 0.5
"""Length of the projection of the words, where that of the tags is 1."""
assert EMBEDDING == 64, "the bits of a sign"


def embeddings(
    rows: FeatureRows,
    titles: NDArray[np.int64],
    confidence: NDArray[np.float64],
    labels: Sequence[str],
    weight: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Embeddings of titles, [titles × 64], each of length 1, or 0 for a title without features and labels.

    A label's direction depends only on its name, and a word's on its slot, so embeddings are comparable between processes and versions.

    Args:
        rows: the features of all titles.
        titles: rows of the titles to embed.
        confidence: [titles × labels] weight of each label in a title.
        labels: names of the labels.
        weight: [labels] weight of each label, by its rarity.
    """
    projected = ridge.project(titles, rows.bounds, rows.slots, rows.weighted, _slot_signs())
    digests = np.array([digest(name.casefold()) for name in labels], dtype=np.uint64)
    bits = (_mixed(digests)[:, None] >> np.arange(EMBEDDING, dtype=np.uint64)) & np.uint64(1)
    tagged = (confidence * weight) @ np.where(bits, 1.0, -1.0)
    return _unit(_unit(tagged) + WORDS_SHARE * _unit(projected.astype(np.float64))).astype(np.float32)


@lru_cache(maxsize=1)
def _slot_signs() -> NDArray[np.uint64]:
    return _mixed(np.arange(WORDS + COMPONENTS, dtype=np.uint64) + (np.uint64(1) << np.uint64(32)))


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """64 bits of each number, as good as random (SplitMix64, Steele et al. 2014)."""
    mixed = numbers * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The vectors scaled to length 1; zero vectors stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float64] = vectors / np.where(lengths > 0.0, lengths, 1.0)
    return unit
