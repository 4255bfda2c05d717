"""Features of the context of a ranking: surface, market, device, time, and how the profile responds to impressions."""

import numpy as np

from playhead.arrays.hashing import digest, slot
from playhead.arrays.types import Floats, Ints
from playhead.features.calendar import lived_day
from playhead.features.context_snapshot import ContextSnapshot
from playhead.models.context_bias import ALWAYS, TOKENS
from playhead.models.feature_rates import COUNTS, FACTS, facts
from playhead.signals.responses import SCALE
from playhead.signals.rhythm import MONDAY_OFFSET_DAYS, part_of_day


def tokens(snapshots: list[ContextSnapshot]) -> Ints:
    """Tokens of the context of a choice, for the model ``context_bias``: one range of token numbers for each property."""
    rows = []
    for snapshot in snapshots:
        local_s = snapshot.until_s + 60 * snapshot.identity.utc_offset_min
        rows.append(
            (
                ALWAYS,
                1 + local_s // 10_800 % 8,
                9 + (_lived_day(snapshot) - MONDAY_OFFSET_DAYS) % 7,
                16 + digest(snapshot.surface) % 16,
                32 + digest(snapshot.identity.device) % 8,
                40 + digest(snapshot.identity.market) % (TOKENS - 40),
            )
        )
    return np.array(rows, dtype=np.int64)


def habits(snapshots: list[ContextSnapshot], populations: list[Floats], population_of: Ints) -> Floats:
    """How profiles respond to impressions, on all surfaces and on this one, relative to their market, [snapshots × 2 FACTS].

    ``populations``: counts of each market; ``population_of``: which of them is each snapshot's.
    """
    counts = np.zeros((len(snapshots), 2, COUNTS))
    for row, snapshot in enumerate(snapshots):
        for place, response in enumerate(snapshot.responses):
            if place == 0 or response.surface == snapshot.surface:
                r = response
                counts[row, min(place, 1)] = (
                    *(r.shown, r.ended, r.ended),
                    *(r.clicked, r.long, r.finished, r.log_watched),
                )
    counts /= SCALE
    rates = np.empty((len(snapshots), 2 * FACTS))
    for place, population in enumerate(populations):
        rows = population_of == place
        rates[rows] = facts(counts[rows].reshape(-1, COUNTS), population).reshape(-1, 2 * FACTS)
    return rates


def _lived_day(snapshot: ContextSnapshot) -> int:
    identity = snapshot.identity
    return lived_day(identity.market, snapshot.until_s, identity.utc_offset_min)


def slots(snapshots: list[ContextSnapshot], depth: list[int]) -> Ints:
    """Hashed features of the context, [snapshots × 6]; ``depth``: how many titles each profile has chosen."""
    return np.array(
        [
            (
                slot("surface", snapshot.surface),
                slot("market", snapshot.identity.market),
                slot("device", snapshot.identity.device),
                slot("part", str(part_of_day(snapshot.until_s, snapshot.identity.utc_offset_min))),
                slot("day", str(_lived_day(snapshot))),
                slot("depth", str(deep.bit_length())),
            )
            for snapshot, deep in zip(snapshots, depth, strict=True)
        ],
        dtype=np.int64,
    )
