"""The references in use. Another one is a file and a line here."""

from collections.abc import Callable

from playhead.lab.evaluate.baselines.backoff import BackedOff
from playhead.lab.evaluate.baselines.baseline import Baseline
from playhead.lab.evaluate.baselines.ease import Ease
from playhead.lab.evaluate.baselines.factors import Isgd
from playhead.lab.evaluate.baselines.ials import Ials
from playhead.lab.evaluate.baselines.neighbours import ItemKnn
from playhead.lab.evaluate.baselines.popularity import AllTime, BySurface, Random, Recent
from playhead.lab.evaluate.baselines.river_mf import RiverBiasedMF
from playhead.lab.evaluate.baselines.sessions import SessionKnn
from playhead.lab.evaluate.baselines.transitions import Transitions

REFITS = 16
"""How often references that are fitted in batches are refitted over a log."""
MOST_TITLES = 12_000
"""Beyond it a dense matrix of all pairs of titles is too much for a common machine."""

ALWAYS: tuple[Callable[[], Baseline], ...] = (
    Random,
    AllTime,
    Recent,
    BySurface,
    lambda: Transitions(1),
    lambda: Transitions(5),
    lambda: BackedOff(SessionKnn()),
    Isgd,
    RiverBiasedMF,
)
PAIRWISE: tuple[Callable[[int], Baseline], ...] = (
    lambda _every: BackedOff(ItemKnn()),
    lambda every: BackedOff(Ease(every)),
    lambda every: BackedOff(Ials(every)),
)
"""References that take memory or time for all pairs of titles; their argument is the number of choices between refits."""


def baselines(choices: int, titles: int) -> list[Baseline]:
    """All references for a log with so many choices among so many titles."""
    every = max(choices // REFITS, 1)
    references = [make() for make in ALWAYS]
    return references + [make(every) for make in PAIRWISE] if titles <= MOST_TITLES else references


def left_out(titles: int) -> str:
    """Why some references are missing; empty when none is."""
    if titles <= MOST_TITLES:
        return ""
    return f"item-kNN, EASE and iALS are left out: {titles:,} titles, more than {MOST_TITLES:,}"
