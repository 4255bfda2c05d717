"""Snapshots of profiles as columns: the inputs of scoring and learning, computed by the same code."""

from collections.abc import Sequence
from math import log1p
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays import packed_ids
from playhead.arrays.hashing import digest
from playhead.arrays.lazy import Whole, by_row, in_runs, lazy
from playhead.arrays.ragged import padded
from playhead.arrays.types import Floats, Ints
from playhead.features import context_features, label_affinity
from playhead.features.content import ContentTaste, RatedTitles, content_taste
from playhead.features.context_snapshot import ContextSnapshot
from playhead.features.histories import (
    AT,
    LONGEST_GAP_S,
    PLAYS,
    TASTE_DEPTH,
    HistoryBatch,
    HistorySummary,
    history_batch,
    summarize,
)
from playhead.features.household import Attention, attend
from playhead.models.blend import blocks
from playhead.models.cooccurrence import CHOSEN_SPAN, SHOWN_SPAN
from playhead.models.feature_rates import FACTS
from playhead.models.market_snapshot import MarketSnapshot
from playhead.signals.rows import PASSING, ROW, SKIPPED, History

PROFILE_DENSE = 3 + 2 * FACTS
"""Number of dense features of a snapshot."""
MOOD_HALF_LIFE_S, MOOD_LASTS_S = 3_600.0, 12 * 3_600
"""Decay of an observed mood: its weight halves each hour, and is 0 after twelve."""
SURFACE, PART = 0, 3
"""Indices of the surface and of the part of the day among the hashed features of the context."""


class TitleCounts(NamedTuple):
    """Titles of each snapshot with a count each; ``first`` [snapshots + 1]: where those of each begin."""

    first: Ints
    title: Ints
    times: Floats

    def between(self, first: int, last: int) -> "TitleCounts":
        """The counts of consecutive snapshots; ``first`` still refers to all titles."""
        return self._replace(first=self.first[first : last + 1])


class ContextBatch:
    """Snapshots of profiles as arrays, one row each; a column is computed on first access.

    Args:
        snapshots: The snapshots.
        views: The market snapshot of each; all of one version, so that they share a catalogue.
        whole: The batch that this one is a slice of: columns are computed once, for the whole.
    """

    def __init__(
        self, snapshots: list[ContextSnapshot], views: Sequence[MarketSnapshot], whole: Whole | None = None
    ) -> None:
        self._snapshots = snapshots
        self.whole = whole
        self.views = list(dict.fromkeys(views))
        """The distinct market snapshots."""
        self._view_of = np.array([self.views.index(view) for view in views], dtype=np.int64)
        self._catalogue, self._index = views[0].catalogue, views[0].index
        self.surface = [snapshot.surface for snapshot in snapshots]

    def between(self, first: int, last: int) -> "ContextBatch":
        """The batch of consecutive rows; its columns are slices of those of the whole."""
        if (first, last) == (0, len(self._snapshots)):
            return self
        views = [self.views[place] for place in self._view_of[first:last].tolist()]
        return ContextBatch(self._snapshots[first:last], views, Whole(self, first, last))

    def view(self, row: int) -> MarketSnapshot:
        """The market snapshot of a row."""
        return self.views[int(self._view_of[row])]

    @lazy
    def places(self) -> dict[tuple[MarketSnapshot, str], Ints]:
        """The rows of each pair of market and surface, which share the features of titles."""
        rows_of: dict[tuple[MarketSnapshot, str], list[int]] = {}
        for row, (view, surface) in enumerate(zip(self._view_of.tolist(), self.surface, strict=True)):
            rows_of.setdefault((self.views[view], surface), []).append(row)
        return {place: np.array(rows) for place, rows in rows_of.items()}

    @lazy
    def place_of(self) -> Ints:
        """Index of each row's pair in ``places``, [snapshots]."""
        indices = np.empty(len(self._snapshots), dtype=np.int64)
        for index, rows in enumerate(self.places.values()):
            indices[rows] = index
        return indices

    @by_row
    def until_s(self) -> Ints:
        """The time of each snapshot in seconds, exclusive, [snapshots]."""
        return np.array([snapshot.until_s for snapshot in self._snapshots], dtype=np.int64)

    @in_runs
    def histories(self) -> HistoryBatch:
        """The histories of the profiles."""
        return history_batch([snapshot.history for snapshot in self._snapshots], self._catalogue.titles)

    @in_runs
    def past(self) -> HistoryBatch:
        """The histories up to the time of each snapshot."""
        return self.histories.until(self.until_s)

    @in_runs
    def _traces(self) -> HistorySummary:
        summary = summarize(self.past, self.until_s, self._catalogue.duration_s, self._ratings())
        return summary._replace(recent=self._catalogue.leaders(summary.recent))

    def _ratings(self) -> Floats:
        """The rating of each title of ``past``, NaN where there is none."""
        past = self.past
        ratings = np.full(len(past.owner), np.nan)
        find = self._catalogue.titles.get
        for row, snapshot in enumerate(self._snapshots):
            if snapshot.ratings:
                rated = {find(title_id): rating for title_id, rating in snapshot.ratings}
                first, last = past.first[row], min(past.first[row] + TASTE_DEPTH, past.first[row + 1])
                ratings[first:last] = [rated.get(title, np.nan) for title in past.title[first:last].tolist()]
        return ratings

    @by_row
    def depth(self) -> list[int]:
        """The number of titles in each history, at the time of the snapshot."""
        return list(np.diff(self.past.first).tolist())

    @property
    def recent(self) -> NDArray[np.int32]:
        """Numbers of the last titles chosen, newest first, [snapshots × CHOSEN_SPAN], -1 where there are fewer."""
        return self._traces.recent

    @property
    def since_s(self) -> Ints:
        """Seconds since each title of ``recent`` was chosen, [snapshots × CHOSEN_SPAN]."""
        return self._traces.since_s

    @property
    def liking(self) -> Floats:
        """How much each of the newest titles of ``past`` was liked; negative for disliked ones, 0 for older titles."""
        return self._traces.weights

    @by_row
    def shown(self) -> NDArray[np.int32]:
        """Numbers of the titles that were shown last, newest first, [snapshots × SHOWN_SPAN], -1 where there are fewer."""
        return padded(
            *self._catalogue.titles.find_all(snapshot.shown for snapshot in self._snapshots), SHOWN_SPAN
        )

    @by_row
    def affinity(self) -> Floats:
        """Log-ratio of the profile's share of each label to its market's, [snapshots × labels]."""
        return self._affinity(self._faded())

    @by_row
    def attended_affinity(self) -> Floats:
        """``affinity`` with past choices weighted by household attention."""
        return self._affinity(self._faded() * self.attention.past)

    def _faded(self) -> Floats:
        """Decayed weight of each title of ``past`` for (below 0: against) its labels."""
        past = self.past
        age_s = self.until_s[past.owner] - past.facts[:, AT]
        weights: Floats = self._traces.weights * np.exp2(-age_s / label_affinity.HALF_LIFE_S)
        return weights

    def _affinity(self, weights: Floats) -> Floats:
        if not len(self._catalogue.labels):
            return np.zeros((len(self.until_s), 1))
        populations, past = np.stack([view.population for view in self.views]), self.past
        return label_affinity.label_affinities(
            past.first, past.title, weights, self._catalogue.label_of, populations, self._view_of
        )

    @in_runs
    def attention(self) -> Attention:
        """Household attention: the weights of past choices for the viewer who seems to be present."""
        tags, past = self._catalogue.tags, self.past
        tags.make_room(len(self._catalogue.titles))
        device = [
            _number_of(snapshot.identity.device, snapshot.history.devices) for snapshot in self._snapshots
        ]
        return Attention(
            *attend(
                past.first, past.facts, np.array(device, dtype=np.int64), self.recent, self.since_s, tags.embedding,
            )
        )  # fmt: skip

    @in_runs
    def content(self) -> ContentTaste:
        """The content features of the profiles."""
        ratings = [snapshot.ratings for snapshot in self._snapshots]
        title, first = self._catalogue.titles.find_all(
            packed_ids.pack_ids(title_id for title_id, _ in rating) for rating in ratings
        )
        value = np.array([value for rating in ratings for _, value in rating], dtype=np.float64)
        spoken = [self._catalogue.language_of(snapshot.identity.language) for snapshot in self._snapshots]
        rated = RatedTitles(first, title, value)
        return content_taste(self._catalogue, self.past, self.recent, rated, np.array(spoken, dtype=np.int32))

    @by_row
    def mood(self) -> Floats:
        """Decayed valence and arousal of the viewer, [snapshots × 2]; 0 without an observation."""
        moods = [
            (
                snapshot.mood.valence,
                snapshot.mood.arousal,
                snapshot.until_s - snapshot.mood.at_s if snapshot.mood.at_s else MOOD_LASTS_S,
            )
            for snapshot in self._snapshots
        ]
        mood = np.array(moods, dtype=np.float64).reshape(-1, 3)
        fades = np.exp2(-np.maximum(mood[:, 2], 0.0) / MOOD_HALF_LIFE_S) * (mood[:, 2] < MOOD_LASTS_S)
        return np.ascontiguousarray(mood[:, :2] * fades[:, None])

    @by_row
    def favourites(self) -> Ints:
        """The labels of the highest affinity, [snapshots × LIKED], -1 where there are fewer."""
        return label_affinity.favourites(self.affinity, self._index.label_digests)

    @by_row
    def dense(self) -> Floats:
        """Dense features of the profile, [snapshots × PROFILE_DENSE].

        log(1 + titles in the history) / 5, mean watch ratio of its plays, log(1 + seconds since the last choice) / 5,
        then the profile's response rates relative to its market, in all and on this surface.
        """
        traces = self._traces
        rows = [
            (log1p(depth) / 5.0, completion, log1p(gap_s if gap_s >= 0 else LONGEST_GAP_S) / 5.0)
            for depth, completion, gap_s in zip(
                self.depth, traces.completion.tolist(), traces.gap_s.tolist(), strict=True
            )
        ]
        populations = [view.models.heads.rates.population for view in self.views]
        habits = context_features.habits(self._snapshots, populations, self._view_of)
        return np.concatenate([np.array(rows).reshape(-1, 3), habits], axis=1)

    @by_row
    def slots(self) -> Ints:
        """Hashed features of the context, the surface first, [snapshots × features]."""
        return context_features.slots(self._snapshots, self.depth)

    @property
    def rated(self) -> Ints:
        """The slots whose decayed rates are inputs, the surface first, [snapshots × 2]."""
        return np.ascontiguousarray(self.slots[:, [SURFACE, PART]])

    @by_row
    def tokens(self) -> Ints:
        """Tokens of the context for the context bias, [snapshots × 6]."""
        return context_features.tokens(self._snapshots)

    @by_row
    def blocks(self) -> Ints:
        """Blocks of the blend, [snapshots × 4]."""
        markets = np.array([digest(snapshot.identity.market) for snapshot in self._snapshots], dtype=np.int64)
        return blocks(np.array(self.depth, dtype=np.int64), self._traces.gap_s, markets)

    @in_runs
    def seen(self) -> TitleCounts:
        """How often titles were shown without being chosen."""
        seen = [snapshot.seen for snapshot in self._snapshots]
        title, first = self._catalogue.titles.find_all(counts.packed for counts in seen)
        times = np.frombuffer(b"".join([counts.times for counts in seen]), dtype=np.uint8)
        return TitleCounts(first, title.astype(np.int64), times.astype(np.float64))

    def history(self, row: int) -> NDArray[np.int32]:
        """Numbers of all titles in a row's history, newest first, -1 for an unknown one."""
        first, last = self.past.first[row : row + 2]
        return self.past.title[first:last].astype(np.int32)

    @in_runs
    def own(self) -> TitleCounts:
        """How often titles of the history were played."""
        return TitleCounts(self.past.first, self.past.title, self.past.facts[:, PLAYS].astype(np.float64))


def _number_of(device: str, devices: tuple[str, ...]) -> int:
    """The index of a device in a history, -1 for a device that is unknown or not in it."""
    return devices.index(device) if device and device in devices else -1


def previous(history: History, until_s: int, but: str = "", most: int = CHOSEN_SPAN) -> list[str]:
    """The titles chosen last before ``until_s``, newest first; skipped titles were not chosen. ``but``: a title to leave out."""
    return [title_id for title_id, _ in last_chosen(history, until_s, but, most)]


def last_chosen(
    history: History, until_s: int, but: str = "", most: int = CHOSEN_SPAN
) -> list[tuple[str, int]]:
    """The titles chosen last (as ``previous``), each with its time in seconds."""
    chosen = (
        (title_id, at_s)
        for title_id, (at_s, *_, flags, _, _) in zip(
            packed_ids.ids(history.packed), ROW.iter_unpack(history.rows), strict=True
        )
        if at_s < until_s and not flags & (SKIPPED | PASSING) and title_id != but
    )
    return [title_and_time for _, title_and_time in zip(range(most), chosen, strict=False)]
