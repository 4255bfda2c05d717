"""The last gate: what may not be shown is removed, never reordered; what each rule removed is counted.

What the rules say stands in ``candidates.eligibility``, where the walk over candidate lists reads it too. Filters stand outside the models and fail closed: what is not known to be suitable for a child is not shown to one.
"""

from collections.abc import Callable, Iterator

import numpy as np

from playhead.arrays.hashing import digest
from playhead.arrays.ragged import starts
from playhead.arrays.types import Bools
from playhead.candidates.eligibility import RULES, gone, is_open, limit_of, sold, suitable
from playhead.candidates.eligibility import finished as is_gone
from playhead.candidates.pool import CandidatePool
from playhead.catalogue.catalogue import Catalogue
from playhead.catalogue.keys import about
from playhead.catalogue.rules import RuleContext, holds
from playhead.features.histories import KINDS, LENGTH, WATCHED, packed_rows
from playhead.features.request import Request
from playhead.labels.definitions import is_over
from playhead.signals.hidden import HIDDEN, Hidden
from playhead.signals.history import HISTORY
from playhead.signals.playback import PLAYBACK
from playhead.signals.rows import AGAIN, EPISODE

Filter = Callable[[Catalogue, list[Request], CandidatePool], Bools]


def maturity(catalogue: Catalogue, requests: list[Request], pool: CandidatePool) -> Bools:
    """Children see only what is rated, and rated for them."""
    limits = [limit_of(request.identity.kind) for request in requests]
    if max(limits) < 0:
        return np.ones(len(pool.title), dtype=np.bool_)
    return suitable(catalogue.maturity[pool.title], np.array(limits)[pool.owner])


def available(catalogue: Catalogue, requests: list[Request], pool: CandidatePool) -> Bools:
    """Only what the market has, within its window, when the event happened or the broker had it, whichever is later."""
    at_ms = np.array([request.shown_ms for request in requests])[pool.owner]
    opens, closes = catalogue.available_from[pool.title], catalogue.available_until[pool.title]
    markets = [request.identity.market for request in requests]
    return is_open(opens, closes, at_ms) & sold(catalogue, markets, pool.owner, pool.title)


def finished(catalogue: Catalogue, requests: list[Request], pool: CandidatePool) -> Bools:
    """Not what was watched to the end, unless it is of the kind that is played again and again."""
    digests = [gone(catalogue.with_versions(request.finished(), finished=True)) for request in requests]
    first, repeatable = starts(map(len, digests)), catalogue.repeatable
    done = is_gone(np.concatenate(digests), first, pool.owner, pool.title, catalogue.digest, repeatable)
    _mark(done, pool, [pair for pair in _ended(catalogue, requests) if not repeatable[pair[1]]])
    return ~done


def _ended(catalogue: Catalogue, requests: list[Request]) -> list[tuple[int, int]]:
    """What was watched to its end by a length that events did not tell, and perhaps the catalogue does; by request."""
    histories = [HISTORY.of(request.profile) for request in requests]
    first = starts(map(len, histories))
    rows = packed_rows(histories)
    found = []
    of_title = (rows[:, KINDS] >> 16) & (EPISODE | AGAIN) == 0
    for place in np.flatnonzero((rows[:, LENGTH] == 0) & (rows[:, WATCHED] > 0) & of_title).tolist():
        owner = int(first.searchsorted(place, side="right")) - 1
        watched = histories[owner][place - int(first[owner])]
        number = catalogue.titles.get(watched.title_id)
        if (
            number >= 0
            and not _is_series(catalogue, number)
            and is_over(watched.position_s, watched.watched_s, float(catalogue.duration_s[number]))
        ):
            found.append((owner, number))
    return found


def _is_series(catalogue: Catalogue, number: int) -> bool:
    """Whether it stands for all episodes of a series, so that how long it was watched tells nothing of its end."""
    entry = catalogue.entries.get(number)
    return entry is not None and entry.kind == "series"


def watching_now(catalogue: Catalogue, requests: list[Request], pool: CandidatePool) -> Bools:
    """Not what is on the screen at this moment."""
    on = np.zeros(len(pool.title), dtype=np.bool_)
    playing = (PLAYBACK.of(request.profile).on_at(request.at_ms // 1000) for request in requests)
    _mark(
        on, pool, [(row, catalogue.titles.get(title_id)) for row, title_id in enumerate(playing) if title_id]
    )
    return ~on


def hidden(catalogue: Catalogue, requests: list[Request], pool: CandidatePool) -> Bools:
    """Not what the profile asked not to see, nor what is of a series, a genre or a person that it asked not to see."""
    wishes = [HIDDEN.of(request.profile) for request in requests]
    digests = [gone(catalogue.with_versions(wish.digests())) for wish in wishes]
    # Here nothing is repeatable: who says no to a song does not want it again.
    never = np.zeros_like(catalogue.repeatable)
    first = starts(map(len, digests))
    found = is_gone(np.concatenate(digests), first, pool.owner, pool.title, catalogue.digest, never)
    bounds = pool.bounds(len(requests))
    for row, wish in enumerate(wishes):
        if named := [*wish.named(), *_told(catalogue, wish)]:
            mine = slice(bounds[row], bounds[row + 1])
            kin = np.concatenate([catalogue.kin(*fromkey) for fromkey in dict.fromkeys(named)])
            found[mine] |= np.isin(pool.title[mine], kin)
    return ~found


def allowed(catalogue: Catalogue, requests: list[Request], pool: CandidatePool) -> Bools:
    """Not what a rule excludes where the page is shown."""
    keep = np.ones(len(pool.title), dtype=np.bool_)
    excluding = catalogue.rules.of("exclude")
    places = [place_of(request) for request in requests] if excluding else []
    for rule in excluding:
        mine = np.array([holds(rule, place) for place in places], dtype=np.bool_)
        keep &= ~(mine[pool.owner] & catalogue.rules.titles(rule, catalogue)[pool.title])
    return keep


def place_of(request: Request) -> RuleContext:
    """Where and when the page of a request is shown, as rules ask it."""
    who = request.identity
    return RuleContext(who.market, request.surface, who.device, who.kind, request.shown_ms)


def _told(catalogue: Catalogue, wishes: Hidden) -> Iterator[tuple[str, int]]:
    """What the catalogue says now of wishes that it could not explain when they were expressed."""
    for wish in wishes.untold:
        entry = catalogue.entries.get(catalogue.titles.get(wish.title_id))
        if entry is not None and (name := about(entry, wish.scope)) is not None:
            yield wish.scope, digest(name)


def _mark(flags: Bools, pool: CandidatePool, pairs: list[tuple[int, int]]) -> None:
    if pairs:
        owner, title = np.ascontiguousarray(np.array(pairs, dtype=np.int64).T)
        at = pool.place(owner, title)
        flags[at[at >= 0]] = True


FILTERS: tuple[tuple[str, Filter], ...] = (
    *zip(RULES, (maturity, available, finished, watching_now, hidden), strict=True),
    ("rule", allowed),
)


def apply(
    filters: tuple[tuple[str, Filter], ...],
    catalogue: Catalogue,
    requests: list[Request],
    pool: CandidatePool,
) -> tuple[CandidatePool, list[dict[str, int]]]:
    """What may be shown, and how many candidates each rule removed for each profile."""
    removed: list[dict[str, int]] = [{} for _ in requests]
    for name, rule in filters:
        keep = rule(catalogue, requests, pool)
        if not keep.all():
            counts = np.bincount(pool.owner[~keep], minlength=len(requests)).tolist()
            for row, count in enumerate(counts):
                if count:
                    removed[row][name] = count
            pool = pool.only(keep)
    return pool, removed
