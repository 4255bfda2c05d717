"""Two rankers in one list: which of them placed what is chosen? Team-draft (Radlinski, Kurup, Joachims, CIKM 2008).

Each viewer compares both at once, so that some thirtieth of the viewers of an A/B test suffice to tell which is better; how
much better, only the A/B test says.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

FIRST, SECOND = 0, 1


class Interleaved(NamedTuple):
    """A list, best first, and which ranker placed each title: 0 or 1."""

    title_ids: list[str]
    team: list[int]


def team_draft(
    first: Sequence[str], second: Sequence[str], size: int, rng: np.random.Generator
) -> Interleaved:
    """Both rankers choose in turn, each its best title that is not placed yet; a coin says who begins each round.

    >>> made = team_draft(["a", "b", "c"], ["b", "d", "a"], 4, np.random.default_rng(1))
    >>> sorted(made.title_ids), sorted(made.team)
    (['a', 'b', 'c', 'd'], [0, 0, 1, 1])
    """
    waiting = [iter(first), iter(second)]
    placed: dict[str, int] = {}
    while len(placed) < size:
        before = len(placed)
        begins = int(rng.integers(2))
        for team in (begins, 1 - begins):
            title_id = next((candidate for candidate in waiting[team] if candidate not in placed), None)
            if title_id is not None and len(placed) < size:
                placed[title_id] = team
        if len(placed) == before:
            break
    return Interleaved([*placed], [*placed.values()])


def credit(made: Interleaved, chosen: Sequence[str]) -> int:
    """Who wins a list: 1 for the second ranker, -1 for the first, 0 for a tie. The sign test over lists decides.

    >>> credit(Interleaved(["a", "b"], [FIRST, SECOND]), ["b"])
    1
    """
    teams = dict(zip(made.title_ids, made.team, strict=True))
    wins = sum(1 if teams[title] == SECOND else -1 for title in chosen if title in teams)
    return (wins > 0) - (wins < 0)
