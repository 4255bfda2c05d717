"""How often each picture was taken, counted once an impression."""

from typing import Any

from playhead.domain import events as e
from playhead.gateway.trial_stats import TITLES, PictureCounts


def event(kind: type[e.Event], profile: str, **fields: Any) -> e.Event:
    return kind(event_id="e", occurred_at=1_767_225_600_000, profile_id=profile, **fields)


def shown(profile: str, title: str, artwork: str | None) -> e.Event:
    items = (e.Impression(title_id=title, artwork_id=artwork),)
    return event(e.ImpressionsShown, profile, items=items)


def test_a_click_and_its_play_are_one_take_of_the_picture_shown_last() -> None:
    counts = PictureCounts()
    for sequence in (
        shown("ada", "t", "dark"),
        shown("bob", "t", "dark"),
        shown("bob", "t", "bright"),
        shown("eve", "t", None),
        event(e.TitleClicked, "bob", title_id="t"),
        event(e.PlaybackStarted, "bob", title_id="t"),
        event(e.PlaybackStarted, "ada", title_id="t", trigger="autoplay"),
        event(e.TitleClicked, "eve", title_id="t"),
    ):
        counts.take(sequence)
    [told_of] = counts.top()
    assert told_of["pictures"] == [
        {"artwork_id": "bright", "shown": 1, "taken": 1},
        {"artwork_id": "dark", "shown": 2, "taken": 0},
    ]


def test_titles_of_one_picture_say_nothing_and_counts_are_bounded() -> None:
    counts = PictureCounts()
    for n in range(TITLES + 5):
        counts.take(shown("ada", f"t{n}", "only"))
    assert counts.top() == []
    assert len(counts._shown) == TITLES
