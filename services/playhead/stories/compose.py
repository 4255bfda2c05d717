"""The story of a card: the strongest of its reasons that there are words for, each slot filled from the evidence."""

from collections.abc import Iterator

from playhead.domain.fields import UNKNOWN_MARKET
from playhead.domain.titles import Title
from playhead.stories.evidence import (
    MINUTE_S,
    Evidence,
    days_left,
    manner_of,
    noun_of,
    shared_person,
    shared_theme,
)
from playhead.stories.wording import Slot, worded


def story(language: str, evidence: Evidence) -> str | None:
    """Why a title is there, None where the ranking says nothing that there are words for."""
    composed = next(_messages(evidence), None)
    if composed is None:
        return None
    message, slots = composed
    return worded(language, message, tuple(slots.items()), noun_of(evidence.title), manner_of(evidence.title))


def _messages(evidence: Evidence) -> Iterator[tuple[str, dict[str, Slot]]]:
    """Messages that fit, the one that says the most first."""
    title, row_id = evidence.title, evidence.row_id
    if row_id == "continue_watching" and evidence.left_s is not None:
        yield "left", {"minutes": evidence.left_s // MINUTE_S}
    if row_id == "next_episodes" and title.season is not None and title.episode is not None:
        yield "next", {"season": title.season, "episode": title.episode}
    days = days_left(title, evidence.at_ms)
    if row_id == "leaving_soon" and days is not None:
        yield "leaving", {"days": days}
    for reason in evidence.reasons:
        if reason.code == "because_you_watched" and evidence.cause is not None:
            yield _because(evidence, evidence.cause)
        elif reason.code == "matches_taste" and reason.label is not None:
            yield "taste", {"label": reason.label}
        elif reason.code == "popular_in_market":
            yield _popular(evidence)
    if row_id.startswith("because_") and evidence.cause is not None:
        yield _because(evidence, evidence.cause)
    if row_id in {"popular", "trending"}:
        yield _popular(evidence)


def _because(evidence: Evidence, cause: Title) -> tuple[str, dict[str, Slot]]:
    person, theme = shared_person(evidence.title, cause), shared_theme(evidence.title, cause)
    if person is not None:
        return "person", {"cause": cause.name, "person": person}
    if theme is not None:
        return "theme", {"cause": cause.name, "theme": theme}
    return "cause", {"cause": cause.name}


def _popular(evidence: Evidence) -> tuple[str, dict[str, Slot]]:
    if evidence.market == UNKNOWN_MARKET:
        return "popular-anywhere", {}
    return "popular", {"market": evidence.market}
