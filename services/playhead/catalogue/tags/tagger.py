"""The tagger: predicts tags, mood and embedding of each title, learned from titles whose labels are in the catalogue."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.hashing import digest
from playhead.arrays.reserve import grown
from playhead.catalogue.tags import ridge
from playhead.catalogue.tags.calibration import Calibration
from playhead.catalogue.tags.labels import FAMILIES, Label, LabelColumns, labels_of
from playhead.catalogue.tags.mood import mood_of
from playhead.catalogue.tags.rows import FeatureRows
from playhead.catalogue.tags.vectors import embeddings
from playhead.catalogue.tags.words import COMPONENTS, WORDS, features
from playhead.domain.title_tags import MOST_TAGS, Tag, TitleTags
from playhead.domain.titles import Title

OWN = 32
"""Most labels of one title that it is an example of."""
SETTLED = 0.03
SWEEPS = 8
"""A full fit passes over all titles until no residual moves by more than ``SETTLED``, at most ``SWEEPS`` times."""
DRIFT = 0.02
"""Share of the titles that may change before a full fit."""
SAMPLE = 2_000
"""Number of titles used for calibration: those with the lowest digests."""
LEAST_CONFIDENCE = 0.3
"""Least confidence of a predicted tag: the threshold of the best F1 is half of that F1 (Lipton et al. 2014)."""


class Tagger:
    """Predicts tags of titles. Its predictions depend, within their printed precision, only on the current titles.

    Titles may be added, changed and removed in any order; ``learn`` trains on the changes. So no state needs to be stored:
    the same catalogue, in whatever order, gives the same predictions.
    """

    def __init__(self) -> None:
        self.columns = LabelColumns()
        self.titles: dict[str, int] = {}
        """Rows of the titles."""
        self._entries: list[Title | None] = []
        self._labels: list[list[Label]] = []
        self._free: list[int] = []
        self._changed: set[int] = set()
        self._since_settled = 0
        self._rows = FeatureRows()
        self._holders = np.zeros(WORDS, dtype=np.int64)
        """Number of titles with each word."""
        self._weights: ridge.Floats = np.zeros((WORDS + COMPONENTS, 1), dtype=np.float32)
        self._residual: ridge.Floats = np.zeros((1_024, 1), dtype=np.float32)
        self._own: NDArray[np.int32] = np.full((1_024, OWN), -1, dtype=np.int32)
        self._says: NDArray[np.bool_] = np.zeros((1_024, FAMILIES), dtype=np.bool_)
        self._digest: NDArray[np.int64] = np.zeros(1_024, dtype=np.int64)
        self._calibration = Calibration()
        self._leverage = 0.5

    def put(self, title: Title) -> None:
        """Sets a title, new or updated."""
        row = self._row(title.title_id)
        self._forget(row)
        self._entries[row] = title
        slots, values = features(title)
        self._rows.put(row, (slots, values))
        self._holders[slots[slots < WORDS]] += 1
        self._labels[row] = labels = labels_of(title)
        self.columns.count(labels, 1)
        self._says[row] = False
        for label in labels:
            if label.family in self.columns.families:
                self._says[row, self.columns.families[label.family]] = True
        self._changed.add(row)

    def withdraw(self, title_id: str) -> None:
        """Removes a title, and what was learned from it."""
        row = self.titles.pop(title_id, None)
        if row is not None:
            self._forget(row)
            self._changed.discard(row)
            self._since_settled += 1
            self._free.append(row)

    def learn(self) -> bool:
        """Learns from the changes since the last call. Returns whether the predictions for all titles may have changed.

        A few new titles are learned alone; many changes lead to a full fit.
        """
        self._since_settled += len(self._changed)
        drifted = self._since_settled > DRIFT * len(self.titles)
        if not self._changed and not drifted:
            return False
        anew, before = self.columns.lay(), self._weights.shape[1]
        self._widen(len(self.columns.names))
        if reused := [column for column in anew if column < before]:
            self._weights[:, reused] = 0.0
            self._residual[:, reused] = 0.0
        order = np.array(sorted(self.titles.values(), key=lambda row: self._digest[row]), dtype=np.int64)
        is_whole = bool(anew) or drifted
        if is_whole:
            self._name(order)
            for _ in range(SWEEPS):
                if self._sweep(order) < SETTLED:
                    break
            self._calibrate(order)
            self._since_settled = 0
        else:
            some = np.array(sorted(self._changed, key=lambda row: self._digest[row]), dtype=np.int64)
            self._name(some)
            self._sweep(some)
        self._changed.clear()
        return is_whole

    def read(self, title_ids: Sequence[str]) -> list[TitleTags]:
        """The predictions for some current titles."""
        rows = np.array([self.titles[title_id] for title_id in title_ids], dtype=np.int64)
        if not len(rows):
            return []
        confidence = self.confidence(rows)
        names = ["" if label is None else label.name for label in self.columns.names]
        vectors = embeddings(self._rows, rows, confidence**2, names, self._rare())
        likely: list[list[tuple[float, str]]] = [[] for _ in title_ids]
        rounded = confidence.round(2)
        place, column = np.nonzero(rounded >= LEAST_CONFIDENCE)
        for at, which, value in zip(
            place.tolist(), column.tolist(), rounded[place, column].tolist(), strict=True
        ):
            if names[which]:
                likely[at].append((value, names[which]))
        described = zip(rows.tolist(), likely, vectors.astype(np.float64).round(3).tolist(), strict=True)
        return [self._tags_of(*description) for description in described]

    def confidence(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """[rows × columns] probability of each learned label, predicted from other titles; 1 for labels in the catalogue."""
        prior = self._prior()
        probability = self._calibration.probability(self._scores(rows, prior), prior)
        probability[:, ridge.PROBE] = 0.0
        probability[self._has(rows) > 0.0] = 1.0
        return probability

    def _tags_of(self, row: int, likely: list[tuple[float, str]], vector: list[float]) -> TitleTags:
        """The record of a title; ``likely``: its learned labels with enough confidence, those in the catalogue included."""
        title = self._entries[row]
        assert title is not None
        given = dict.fromkeys(label.name for label in self._labels[row])
        named = {name.casefold() for name in given}
        tags = [Tag(name, 1.0, given=True) for name in given]
        for confidence, name in sorted(likely, key=lambda label: (-label[0], label[1])):
            folded = name.casefold()
            if folded not in named:
                named.add(folded)
                tags.append(Tag(name, confidence))
        mood = mood_of([(tag.name, tag.confidence) for tag in tags], title.attributes)
        return TitleTags(
            title_id=title.title_id, tags=tuple(tags[:MOST_TAGS]), mood=mood, embedding=tuple(vector)
        )

    def _row(self, title_id: str) -> int:
        row = self.titles.get(title_id)
        if row is not None:
            return row
        row = self._free.pop() if self._free else len(self._entries)
        if row == len(self._entries):
            self._entries.append(None)
            self._labels.append([])
            if row == len(self._own):
                self._residual, self._own = grown(self._residual, 2 * row), grown(self._own, 2 * row)
                self._says, self._digest = grown(self._says, 2 * row), grown(self._digest, 2 * row)
        self.titles[title_id] = row
        self._own[row] = -1
        self._digest[row] = digest(title_id)
        return row

    def _forget(self, row: int) -> None:
        if self._entries[row] is None:
            return
        here = self._rows.of(row)
        slots = self._rows.slots[here]
        ridge.forget(
            here.start, here.stop, self._rows.slots, self._rows.weighted, self._weights, self._residual[row]
        )
        self._holders[slots[slots < WORDS]] -= 1
        self.columns.count(self._labels[row], -1)
        self._rows.drop(row)
        self._entries[row] = None
        self._labels[row] = []
        self._own[row] = -1
        self._says[row] = False

    def _name(self, rows: NDArray[np.int64]) -> None:
        """Updates the columns of the titles' labels."""
        column = self.columns.column
        for row in rows:
            own = [column[label] for label in self._labels[row] if label in column][:OWN]
            self._own[row] = -1
            self._own[row, : len(own)] = own

    def _sweep(self, order: NDArray[np.int64]) -> float:
        rows, sign = self._rows, np.where(self._digest & 1, 1.0, -1.0).astype(np.float32)
        return ridge.sweep(
            order, rows.bounds, rows.slots, rows.values, rows.weighted, self._rarity(), self._weights, self._residual,
            self._own, self._says, self._family(), self._prior(), sign,
        )  # fmt: skip

    def _scores(self, rows: NDArray[np.int64], prior: ridge.Floats) -> ridge.Floats:
        """Leave-one-out scores of the labels of titles, [rows × columns]."""
        store = self._rows
        family = self._family()
        fitted = ridge.scores(rows, store.bounds, store.slots, store.weighted, self._weights) + prior
        known = self._says[rows][:, np.maximum(family, 0)] & (family >= 0)
        left_out = self._has(rows) - self._residual[rows] / np.float32(self._leverage)
        return np.where(known, left_out, fitted).astype(np.float32)

    def _has(self, rows: NDArray[np.int64]) -> ridge.Floats:
        has = np.zeros((len(rows), len(self.columns.names)), dtype=np.float32)
        place, which = np.nonzero(self._own[rows] >= 0)
        has[place, self._own[rows][place, which]] = 1.0
        return has

    def _calibrate(self, order: NDArray[np.int64]) -> None:
        sign = np.where(self._digest[order] & 1, 1.0, -1.0)
        if len(order):
            self._leverage = float(np.clip((sign * self._residual[order, ridge.PROBE]).mean(), 0.1, 1.0))
        sample, family, prior = order[:SAMPLE], self._family(), self._prior()
        known = self._says[sample][:, np.maximum(family, 0)] & (family >= 0)
        self._calibration.fit(self._scores(sample, prior), prior, self._has(sample) > 0.0, known)

    def _widen(self, columns: int) -> None:
        self._weights, self._residual = _wider(self._weights, columns), _wider(self._residual, columns)

    def _rarity(self) -> ridge.Floats:
        rarity: ridge.Floats = np.log((1 + len(self.titles)) / (1 + self._holders)).astype(np.float32)
        return rarity

    def _family(self) -> NDArray[np.int32]:
        families = self.columns.families
        return np.array(
            [-1 if name is None else families[name.family] for name in self.columns.names], dtype=np.int32
        )

    def _prior(self) -> ridge.Floats:
        """[columns] share of the titles with labels of a family that have each label of it."""
        counts, sizes = self.columns.counts, self.columns.sizes
        shares = [
            0.0 if name is None else counts[name] / max(1, sizes[name.family]) for name in self.columns.names
        ]
        return np.array(shares, dtype=np.float32)

    def _rare(self) -> NDArray[np.float64]:
        """[columns] weight of each label by its rarity."""
        return np.sqrt(-np.log(np.clip(self._prior().astype(np.float64), 1e-4, 1.0)))


def _wider(values: ridge.Floats, columns: int) -> ridge.Floats:
    """The array with ``columns`` columns, new ones 0; rows of zeros are not written, and take no memory."""
    if columns <= values.shape[1]:
        return values
    wider = np.zeros((len(values), columns), dtype=np.float32)
    used = np.flatnonzero(values.any(axis=1))
    wider[used, : values.shape[1]] = values[used]
    return wider
