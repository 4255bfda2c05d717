"""The page: rows laid out from the flat list and from what was begun and not finished."""

import numpy as np

from playhead.content.catalogue import Catalogue
from playhead.domain.rankings import Row
from playhead.ranking.choice import POPULAR, of_titles
from playhead.ranking.histories import AT, SKIPS
from playhead.ranking.moments import Columns
from playhead.ranking.request import Request
from playhead.retrieval.view import View
from playhead.signals.history import HISTORY

TOP_PICKS = 20
ROW = 15
LEAST_IN_ROW = 4
BEGUN, ENDED = 0.03, 0.9
"""A play between these watch ratios may be gone on with."""
STALE_S = 30 * 86_400


def rows(
    view: View, request: Request, titles: list[int], followed: list[str], begun: list[int]
) -> tuple[Row, ...]:
    """Rows, top first. ``titles``: the list, best first; ``followed``: for each, the watched title it follows from."""
    catalogue = view.catalogue
    name = catalogue.titles.name
    page = [Row(row_id="top_picks", name="Top picks for you", title_ids=tuple(map(name, titles[:TOP_PICKS])))]
    if begun:
        going_on = Row(
            row_id="continue_watching", name="Continue watching", title_ids=tuple(map(name, begun))
        )
        page.insert(0, going_on)
    if row := _because(catalogue, request, titles, followed):
        page.append(row)
    if row := _popular(view, request, titles):
        page.append(row)
    return tuple(page)


def _because(catalogue: Catalogue, request: Request, titles: list[int], followed: list[str]) -> Row | None:
    for watched in HISTORY.of(request.profile)[:5]:
        mine = [n for n, title_id in zip(titles, followed, strict=True) if title_id == watched.title_id][:ROW]
        if len(mine) >= LEAST_IN_ROW:
            label = catalogue.name(catalogue.know(watched.title_id))
            return Row(
                row_id=f"because_{watched.title_id}"[:128],
                name=f"Because you watched {label}"[:512],
                title_ids=tuple(map(catalogue.titles.name, mine)),
            )
    return None


def _popular(view: View, request: Request, titles: list[int]) -> Row | None:
    often = of_titles(view, request.surface, np.array(titles, dtype=np.int64))[titles, POPULAR].tolist()
    popular = [n for _, n in sorted(zip(often, titles, strict=True), key=lambda pair: -pair[0])][:ROW]
    if len(popular) < LEAST_IN_ROW:
        return None
    market = request.identity.market
    name = "Popular now" if market == "ZZ" else f"Popular in {market} now"
    return Row(row_id="popular", name=name, title_ids=tuple(map(view.catalogue.titles.name, popular)))


def begun(view: View, columns: Columns) -> list[list[int]]:
    """What each was begun and not finished, the newest first; still to be filtered like everything else."""
    told = columns.histories
    lengths = np.where(told.title >= 0, view.catalogue.duration_s[told.title], 0.0)
    ratios, facts = told.ratio(lengths), told.facts
    lately = columns.until_s[told.owner] - 1 - facts[:, AT] <= STALE_S
    going_on = (told.title >= 0) & (facts[:, SKIPS] == 0) & lately & (ratios >= BEGUN) & (ratios < ENDED)
    found: list[list[int]] = [[] for _ in columns.surface]
    for row, number in zip(told.owner[going_on].tolist(), told.title[going_on].tolist(), strict=True):
        found[row].append(number)
    return [mine[:ROW] for mine in found]
