"""Rows of a page in the order in which they were seen, and places looked at, from impressions, scrolling and choices."""

import json
from typing import Any

from tests.timeline import happened

from playhead.domain.decoding import decode_event
from playhead.domain.examples import LookedAt
from playhead.signals.looks import LOOKS, MOST_PLACES, MOST_ROWS, PageLooks, ended, fold


def followed(*events: dict[str, Any], state: PageLooks = LOOKS.initial) -> PageLooks:
    for wire in events:
        state = fold(state, decode_event(b"ada", json.dumps(wire).encode()))
    return state


def left(state: PageLooks) -> LookedAt | None:
    return ended(state, decode_event(b"ada", json.dumps(happened("page_viewed")).encode()))


def shown(row: str, *places: int, at_s: float = 0, visible_ms: int | None = None) -> dict[str, Any]:
    how = {} if visible_ms is None else {"visible_ms": visible_ms}
    items = [{"title_id": f"{row}{place}", "row_id": row, "rank": place, **how} for place in places]
    return happened("impressions_shown", at_s=at_s, items=items, event_id=f"{row}{places[-1]}-{at_s}")


def test_a_page_is_told_when_it_is_left() -> None:
    # opened ── top_picks 0-5, popular 0-2 ── top_picks scrolled to 8 ── third row ──▶ opened anew
    state = followed(
        shown("top_picks", *range(6)),
        shown("popular", 0, 1, 2),
        shown("top_picks", 7, 8),
        shown("tonight", 0),
    )
    assert left(state) == LookedAt((9, 3, 1))
    after = followed(happened("page_viewed"), state=state)
    assert left(after) is None
    assert (
        ended(
            state, decode_event(b"ada", json.dumps(happened("title_rated", title_id="t", value=1)).encode())
        )
        is None
    )


def test_what_was_on_screen_too_briefly_was_not_looked_at() -> None:
    assert left(followed(shown("a", 0, 1, visible_ms=3_000), shown("a", 2, 3, visible_ms=200))) == LookedAt(
        (2,)
    )
    assert left(followed(shown("a", 0, visible_ms=200))) is None


def test_what_passes_by_much_faster_than_usual_is_not_looked_at() -> None:
    def scrolled(velocity: float, at_s: float) -> dict[str, Any]:
        return happened("row_scrolled", at_s=at_s, row_id="a", velocity=velocity, event_id=f"s{at_s}")

    slow = [shown("a", 0), scrolled(10, 1), scrolled(12, 2)]
    assert left(followed(*slow, shown("a", 9, at_s=2.5))) == LookedAt((10,))
    fast = [*slow, scrolled(40, 3)]
    assert left(followed(*fast, shown("a", 9, at_s=3.5))) == LookedAt((1,))
    # Who stops there looks, and a player that says so is believed.
    assert left(followed(*fast, shown("a", 9, at_s=5))) == LookedAt((10,))
    assert left(followed(*fast, shown("a", 9, at_s=3.5, visible_ms=1_500))) == LookedAt((10,))
    assert left(followed(*fast, shown("b", 3, at_s=3.5))) == LookedAt((1, 4))


def test_a_short_row_says_nothing_of_places() -> None:
    assert left(followed(shown("continue_watching", 0), shown("a", 0, 1))) == LookedAt((0, 2))


def test_a_choice_was_looked_at_and_a_row_of_rescue_keeps_count() -> None:
    state = followed(shown("rescue", 0, 1, 2), shown("a", 0))
    assert left(state) == LookedAt((3, 1), rescue=3)
    where = {"row_id": "a", "rank": 4}
    clicked = followed(happened("title_clicked", title_id="a4", attribution=where), state=state)
    assert left(clicked) == LookedAt((3, 5), rescue=3)
    assert left(followed(happened("playback_started", title_id="rescue1"), state=state)) == LookedAt(
        (3, 1), rescue=3, taken=True
    )
    by_itself = happened("playback_started", title_id="rescue1", trigger="autoplay")
    assert left(followed(by_itself, state=state)) == LookedAt((3, 1), rescue=3)


def test_impressions_without_rows_say_nothing() -> None:
    state = followed(happened("impressions_shown", items=[{"title_id": "t1", "rank": 3}]))
    assert left(state) is None
    assert left(followed(happened("row_scrolled", row_id="a", velocity=3.0))) is None


def test_places_are_counted_where_nobody_says_them() -> None:
    items = [{"title_id": f"t{n}", "row_id": "ab"[n > 2]} for n in range(5)]
    assert left(followed(happened("impressions_shown", items=items))) == LookedAt((3, 2))


def test_a_page_is_bounded() -> None:
    state = followed(*(shown(f"row{n}", *range(30)) for n in range(20)), shown("rescue", *range(40)))
    assert left(state) == LookedAt((MOST_PLACES,) * MOST_ROWS, rescue=MOST_PLACES)
