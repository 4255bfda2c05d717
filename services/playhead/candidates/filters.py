"""Filters: remove the titles that may not be shown, never reorder, and count what each rule removed.

The rules are defined in ``candidates.eligibility``, which the walk over candidate lists reads, too. Filters are outside the models and fail closed: a title not known to be suitable for a child is not shown to one.
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
    """Keeps titles suitable for the kind of profile: children see only titles rated for them."""
    limits = [limit_of(request.identity.kind) for request in requests]
    if max(limits) < 0:
        return np.ones(len(pool.title), dtype=np.bool_)
    return suitable(catalogue.maturity[pool.title], np.array(limits)[pool.owner])


def available(catalogue: Catalogue, requests: list[Request], pool: CandidatePool) -> Bools:
    """Keeps titles sold in the market and within their window at the time of the event, or of its arrival at the broker if later."""
    at_ms = np.array([request.shown_ms for request in requests])[pool.owner]
    opens, closes = catalogue.available_from[pool.title], catalogue.available_until[pool.title]
    markets = [request.identity.market for request in requests]
    return is_open(opens, closes, at_ms) & sold(catalogue, markets, pool.owner, pool.title)


def finished(catalogue: Catalogue, requests: list[Request], pool: CandidatePool) -> Bools:
    """Keeps titles that were not finished, and repeatable ones."""
    digests = [gone(catalogue.with_versions(request.finished(), finished=True)) for request in requests]
    first, repeatable = starts(map(len, digests)), catalogue.repeatable
    done = is_gone(np.concatenate(digests), first, pool.owner, pool.title, catalogue.digest, repeatable)
    _mark(done, pool, [pair for pair in _ended(catalogue, requests) if not repeatable[pair[1]]])
    return ~done


def _ended(catalogue: Catalogue, requests: list[Request]) -> list[tuple[int, int]]:
    """Pairs of request and title that were watched to the end by the catalogue's length, where events did not report one."""
    histories = [HISTORY.of(request.profile) for request in requests]
    first = starts(map(len, histories))
    rows = packed_rows(histories)
    ended = []
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
            ended.append((owner, number))
    return ended


def _is_series(catalogue: Catalogue, number: int) -> bool:
    """Whether a title is the entry of a whole series, so that the seconds watched do not tell whether it is finished."""
    entry = catalogue.entries.get(number)
    return entry is not None and entry.kind == "series"


def watching_now(catalogue: Catalogue, requests: list[Request], pool: CandidatePool) -> Bools:
    """Keeps titles that are not being watched right now."""
    on = np.zeros(len(pool.title), dtype=np.bool_)
    playing = (PLAYBACK.of(request.profile).on_at(request.at_ms // 1000) for request in requests)
    _mark(
        on, pool, [(row, catalogue.titles.get(title_id)) for row, title_id in enumerate(playing) if title_id]
    )
    return ~on


def hidden(catalogue: Catalogue, requests: list[Request], pool: CandidatePool) -> Bools:
    """Keeps titles that the profile did not ask not to see, by themselves or by series, genre or person."""
    wishes = [HIDDEN.of(request.profile) for request in requests]
    digests = [gone(catalogue.with_versions(wish.digests())) for wish in wishes]
    # No title counts as repeatable here: a hidden song stays hidden.
    never = np.zeros_like(catalogue.repeatable)
    first = starts(map(len, digests))
    unwanted = is_gone(np.concatenate(digests), first, pool.owner, pool.title, catalogue.digest, never)
    bounds = pool.bounds(len(requests))
    for row, wish in enumerate(wishes):
        if named := [*wish.named(), *_explained(catalogue, wish)]:
            mine = slice(bounds[row], bounds[row + 1])
            kin = np.concatenate([catalogue.kin(*key) for key in dict.fromkeys(named)])
            unwanted[mine] |= np.isin(pool.title[mine], kin)
    return ~unwanted


def allowed(catalogue: Catalogue, requests: list[Request], pool: CandidatePool) -> Bools:
    """Keeps titles that no business rule excludes in the context of the page."""
    keep = np.ones(len(pool.title), dtype=np.bool_)
    excluding = catalogue.rules.of("exclude")
    places = [place_of(request) for request in requests] if excluding else []
    for rule in excluding:
        mine = np.array([holds(rule, place) for place in places], dtype=np.bool_)
        keep &= ~(mine[pool.owner] & catalogue.rules.titles(rule, catalogue)[pool.title])
    return keep


def place_of(request: Request) -> RuleContext:
    """The context of a request's page, by which rules are in force."""
    identity = request.identity
    return RuleContext(identity.market, request.surface, identity.device, identity.kind, request.shown_ms)


def _explained(catalogue: Catalogue, wishes: Hidden) -> Iterator[tuple[str, int]]:
    """Scope and digest of wishes whose name the catalogue did not know when they were made, and knows now."""
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
    """The candidates that pass all filters, and the number of candidates that each filter removed, for each profile."""
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
