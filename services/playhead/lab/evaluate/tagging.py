"""How well the tagger finds genres that were left out of a file of titles, and how steady its tags are."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from playhead.catalogue.tags.labels import Label
from playhead.catalogue.tags.tagger import LEAST_CONFIDENCE, Tagger
from playhead.domain.errors import Unavailable
from playhead.domain.titles import Title

LEARNED = 0.8
LEAST_TITLES = 50
STEADY_ON = 200


class Tagging(NamedTuple):
    """The results. After one word in mid-synopsis was replaced, ``same_tags``: share of titles; ``cosine``: mean of embeddings."""

    learned: int
    scored: int
    genres: int
    micro_f1: float
    macro_ap: float
    same_tags: float
    cosine: float


def evaluate_tagging(titles: Sequence[Title]) -> Tagging:
    """Learns the oldest 80 % and scores the newest 20 % on the genres that 50 of the former have; tags are left out of both.

    Titles are taken to stand in order of age, oldest first.

    Raises:
        Unavailable: there are too few titles.
    """
    cut = int(LEARNED * len(titles))
    counts = Counter(genre for title in titles[:cut] for genre in dict.fromkeys(title.genres))
    genres = sorted(genre for genre, count in counts.items() if count >= LEAST_TITLES)
    if not genres:
        raise Unavailable(
            f"Of {len(titles):,} titles, no genre has {LEAST_TITLES}.",
            "Name a file of more titles with genres.",
        )
    tagger = Tagger()
    for title in titles[:cut]:
        tagger.put(replace(title, tags=(), attributes={}))
    tagger.learn()
    scored = [replace(title, genres=(), tags=(), attributes={}) for title in titles[cut:]]
    for title in scored:
        tagger.put(title)
    rows = np.array([tagger.titles[title.title_id] for title in scored], dtype=np.int64)
    tagger.learn()
    columns = [tagger.columns.column[Label("genre", genre)] for genre in genres]
    confidence = tagger.confidence(rows)[:, columns]
    truth = np.array([[genre in title.genres for genre in genres] for title in titles[cut:]])
    same, cosine = _steadiness(tagger, [title for title in scored if title.synopsis][:STEADY_ON])
    f1, ap = micro_f1(confidence >= LEAST_CONFIDENCE, truth), macro_ap(confidence, truth)
    return Tagging(cut, len(scored), len(genres), f1, ap, same, cosine)


def micro_f1(predicted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """F1 over all pairs of title and label.

    >>> micro_f1(np.array([[True, False], [True, True]]), np.array([[True, True], [False, True]]))
    0.6666666666666666
    """
    return float(2.0 * (predicted & truth).sum() / max(1, predicted.sum() + truth.sum()))


def macro_ap(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """Mean over the labels of the average precision of their rankings of titles; labels that no title has are left out.

    >>> macro_ap(np.array([[0.9], [0.8], [0.7]]), np.array([[True], [False], [True]]))
    0.8333333333333333
    """
    precisions = []
    for column in np.flatnonzero(truth.any(axis=0)):
        right = truth[np.argsort(-scores[:, column], kind="stable"), column]
        precision = np.cumsum(right) / np.arange(1, len(right) + 1)
        precisions.append(precision[right].mean())
    return float(np.mean(precisions))


def _steadiness(tagger: Tagger, titles: Sequence[Title]) -> tuple[float, float]:
    before = tagger.read([title.title_id for title in titles])
    for title in titles:
        tagger.put(replace(title, synopsis=_other_word(title.synopsis or "")))
    tagger.learn()
    after = tagger.read([title.title_id for title in titles])
    pairs = list(zip(before, after, strict=True))
    same = [
        {tag.name for tag in former.tags} == {tag.name for tag in latter.tags} for former, latter in pairs
    ]
    cosines = [float(np.dot(former.embedding, latter.embedding)) for former, latter in pairs]
    return float(np.mean(same)), float(np.mean(cosines))


def _other_word(synopsis: str) -> str:
    words = synopsis.split()
    words[len(words) // 2] = "something"
    return " ".join(words)
