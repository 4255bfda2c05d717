"""Stories of a whole ranking: one for each title that is on its list or in the first places of its rows."""

from collections.abc import Mapping

from playhead.domain.rankings import Ranking, Reason, Row
from playhead.domain.titles import Title
from playhead.stories.compose import story
from playhead.stories.evidence import Evidence

BECAUSE = "because_"


def stories(language: str, ranking: Ranking, titles: Mapping[str, Title]) -> dict[str, str]:
    """Why each title is there, by its id; ``titles``: entries of the titles that the ranking names. Of rows that share a title the first explains it."""
    reasons = {item.title_id: item.reasons for item in ranking.items}
    texts: dict[str, str] = {}
    for row in (*ranking.rows, Row(row_id="", name="", title_ids=tuple(reasons))):
        for place, title_id in enumerate(row.title_ids):
            title = titles.get(title_id)
            if title is None or title_id in texts:
                continue
            mine = reasons.get(title_id, ())
            cause = titles.get(_cause(row, mine) or "")
            left_s = _left_s(row, place, title)
            evidence = Evidence(title, mine, row.row_id, cause, left_s, ranking.market, ranking.computed_at)
            text = story(language, evidence)
            if text is not None:
                texts[title_id] = text
    return texts


def _cause(row: Row, reasons: tuple[Reason, ...]) -> str | None:
    """The title that a card is named after, by its own reason, else by its row."""
    own = next((reason.title_id for reason in reasons if reason.code == "because_you_watched"), None)
    if own is None and row.row_id.startswith(BECAUSE):
        return row.row_id.removeprefix(BECAUSE)
    return own


def _left_s(row: Row, place: int, title: Title) -> int | None:
    if not row.positions_s or not title.duration_s:
        return None
    return max(0, int(title.duration_s) - row.positions_s[place])
