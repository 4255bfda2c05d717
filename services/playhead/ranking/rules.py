"""The effect of business rules on scores and lists; excluded titles are removed in ``candidates.filters``.

Only profiles that a rule applies to cost time. No title is put on a list that has not passed every filter.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.types import Floats, Ints
from playhead.candidates.filters import place_of
from playhead.candidates.pool import CandidatePool
from playhead.catalogue.catalogue import Catalogue
from playhead.catalogue.rules import holds
from playhead.domain.rules import Rule
from playhead.features.request import Request
from playhead.ranking.score import Scored


def boosts(catalogue: Catalogue, requests: Sequence[Request], pool: CandidatePool) -> Floats:
    """The sum of boosts of each candidate."""
    added = np.zeros(len(pool.title))
    places = [place_of(request) for request in requests]
    for rule in catalogue.rules.of("boost"):
        mine = np.array([holds(rule, place) for place in places])
        about = catalogue.rules.titles(rule, catalogue)
        added += np.where(mine[pool.owner] & about[pool.title], rule.by or 0.0, 0.0)
    return added


def placed(
    catalogue: Catalogue, requests: Sequence[Request], scored: Scored, listed: Ints, propensity: Floats
) -> tuple[Ints, Floats]:
    """Lists with caps, inclusions and pins applied, in this order, and the propensity of each item, 1 for items that are added.

    ``listed`` [requests × titles]: indices in the pool, -1 behind the last.
    """
    rules = catalogue.rules.of("cap", "include", "pin")
    if not rules:
        return listed, propensity
    pool = scored.pool
    lists, probabilities, bounds = listed.copy(), propensity.copy(), pool.bounds(len(requests))
    for row, request in enumerate(requests):
        mine = [rule for rule in rules if holds(rule, place_of(request))]
        if mine:
            span = np.arange(bounds[row], bounds[row + 1])
            first = listed[row][listed[row] >= 0]
            order = span[np.lexsort((catalogue.digest[pool.title[span]], -scored.score[span]))]
            order = np.concatenate([first, order[~np.isin(order, first)]])
            about = [catalogue.rules.titles(rule, catalogue)[pool.title[order]] for rule in mine]
            best = order[obeyed(list(zip(mine, about, strict=True)), len(order), listed.shape[1])]
            probability = dict(zip(first.tolist(), propensity[row].tolist(), strict=False))
            lists[row], probabilities[row] = -1, 1.0
            lists[row, : len(best)] = best
            probabilities[row, : len(best)] = [probability.get(item, 1.0) for item in best.tolist()]
    return lists, probabilities


def obeyed(rules: list[tuple[Rule, NDArray[np.bool_]]], count: int, size: int) -> list[int]:
    """The indices of the candidates, ``count`` in order of score, that are on a list of ``size``; each rule comes with a mask of the candidates it applies to."""
    caps = [(rule.share or 0.0, about) for rule, about in rules if rule.action == "cap"]
    order = _capped(caps, count)
    best = order[:size]
    wanted = {
        int(n) for rule, about in rules if rule.action == "include" for n in np.flatnonzero(about)
    } & set(order)
    missing = [n for n in order if n in wanted and n not in set(best)][:size]
    if missing:
        droppable = [n for n in reversed(best) if n not in wanted][: max(len(best) + len(missing) - size, 0)]
        best = [*(n for n in best if n not in set(droppable)), *missing][:size]
    # Of two pins of one place the first one gets it.
    pins = sorted(
        (rule for rule in rules if rule[0].action == "pin"),
        key=lambda rule: rule[0].slot or 1,
    )
    taken: set[int] = set()
    for rule, about in pins:
        for n in np.flatnonzero(about).tolist():
            best = [other for other in best if other != n]
            slot = (rule.slot or 1) - 1
            while slot in taken:
                slot += 1
            taken.add(slot)
            best.insert(slot, n)
    return best[:size]


def _capped(caps: list[tuple[float, NDArray[np.bool_]]], count: int) -> list[int]:
    """Candidates in their order, each as early as all caps allow; candidates that the caps never allow are left out."""
    if not caps:
        return list(range(count))
    order: list[int] = []
    held = [0] * len(caps)
    waiting: list[int] = []
    coming = iter(range(count))
    while True:
        place = len(order) + 1
        room = [int(share * place + 1e-9) > have for (share, _), have in zip(caps, held, strict=True)]

        def may(n: int, room: list[bool] = room) -> bool:
            return all(free or not about[n] for free, (_, about) in zip(room, caps, strict=True))

        chosen = next((n for n in waiting if may(n)), None)
        if chosen is not None:
            waiting.remove(chosen)
        else:
            for n in coming:
                if may(n):
                    chosen = n
                    break
                waiting.append(n)
        if chosen is None:
            return order
        order.append(chosen)
        held = [have + bool(about[chosen]) for have, (_, about) in zip(held, caps, strict=True)]
