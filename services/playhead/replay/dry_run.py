"""What rules would change of rankings that were sent, and what that costs or gains, before they are put in force.

Only what a ranking tells is known: the scores of its own titles, its market and its surface. A title that would come in from
elsewhere has no score there, and is counted instead; limits to devices and kinds of profiles are taken as met.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from playhead.arrays.types import Bools
from playhead.catalogue.catalogue import Catalogue
from playhead.catalogue.rules import RuleContext, about, holds
from playhead.domain.rankings import RankedItem, Ranking
from playhead.domain.rules import Rule
from playhead.ranking.rules import obeyed
from playhead.recipe import PAGE

FIRST = 10
"""Titles of a list that count: those that are seen without scrolling."""


@dataclass
class DryRun:
    """Rankings read, those where a rule holds, and those of which the first ten would change; expected minutes watched from these.

    unknown: titles that rules would bring in, of which the ranking says nothing.
    """

    rankings: int = 0
    concerned: int = 0
    changed: int = 0
    minutes_before: float = 0.0
    minutes_after: float = 0.0
    unknown: int = 0


def dry_run(rules: Sequence[Rule], catalogue: Catalogue, rankings: Iterable[Ranking]) -> DryRun:
    """What these rules alone would change of these rankings."""
    anywhere = [replace(rule, devices=(), profile_kinds=()) for rule in rules]
    result = DryRun()
    titles = [about(rule, catalogue) for rule in anywhere]
    for ranking in rankings:
        result.rankings += 1
        place = RuleContext(ranking.market, ranking.surface, "", "", ranking.computed_at)
        mine = [(rule, mask) for rule, mask in zip(anywhere, titles, strict=True) if holds(rule, place)]
        if not mine:
            continue
        result.concerned += 1
        after, unknown = _after(mine, catalogue, ranking.items)
        before = [item.title_id for item in ranking.items[:FIRST]]
        result.changed += [item.title_id for item in after[:FIRST]] != before
        result.unknown += unknown
        result.minutes_before += _minutes(ranking.items)
        result.minutes_after += _minutes(after)
    return result


def _after(
    rules: Sequence[tuple[Rule, Bools]], catalogue: Catalogue, items: Sequence[RankedItem]
) -> tuple[list[RankedItem], int]:
    """The list as it would be, and how many titles would come in that it does not have."""
    numbers = catalogue.titles.find([item.title_id for item in items])
    score = np.array([item.score for item in items])
    kept, unknown = np.ones(len(items), dtype=np.bool_), 0
    for rule, mask in rules:
        hit = (numbers >= 0) & mask[np.maximum(numbers, 0)]
        if rule.action == "exclude":
            kept &= ~hit
        elif rule.action == "boost":
            score = score + np.where(hit, rule.by or 0.0, 0.0)
        elif rule.action in {"include", "pin"}:
            unknown += int(mask.sum()) - int(hit.sum())
    order = [n for n in np.argsort(-score, kind="stable").tolist() if kept[n]]
    hits = [(rule, (numbers[order] >= 0) & mask[np.maximum(numbers[order], 0)]) for rule, mask in rules]
    return [items[order[n]] for n in obeyed(hits, len(order), len(items))], unknown


def _minutes(items: Sequence[RankedItem]) -> float:
    """Minutes that are expected to be watched of the first titles, by how much each place is looked at."""
    return sum(
        PAGE.further**place * (item.p_click or 0.0) * (item.expected_watch_s or 0.0) / 60.0
        for place, item in enumerate(items[:FIRST])
    )
