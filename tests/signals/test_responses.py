"""How a profile responds to what it is shown."""

import msgspec
from tests.timeline import START_MS, event

from playhead.labels.definitions import PASSED_OVER, End
from playhead.labels.impressions import Outcome
from playhead.signals.record import Profile, fold
from playhead.signals.responses import HALF_LIFE_S, Response, Responses, count


def test_what_is_settled_is_counted_in_all_and_by_surface() -> None:
    profile = Profile()
    for happened in (
        event("impressions_shown", items=[{"title_id": "a"}, {"title_id": "b"}], surface="kids"),
        event("title_clicked", title_id="a", at_s=3),
        event("playback_started", title_id="a", at_s=4, duration_s=100),
    ):
        fold(profile, happened)
    assert profile.pending_v1.responses == ()  # nothing has an end yet
    for happened in (event("playback_completed", title_id="a", at_s=104), event("page_viewed", at_s=700)):
        fold(profile, happened)
    everything, kids = profile.pending_v1.responses
    counts = (200, 100, 200, 100, 100, 462)  # log(1 + 100 s) = 4.62
    assert everything == Response("", START_MS // 1000 + 700, *counts)
    assert kids == Response("kids", START_MS // 1000 + 700, *counts)


def test_the_counts_of_responses_are_few_bytes() -> None:
    responses: Responses = ()
    for n in range(3_000):
        outcome = Outcome("a", n, f"surface-{n % 7}", {"click": 1}, End(7_200.0, 7_200.0), shown=True)
        responses = count(responses, [outcome], 1_900_000_000 + n)
    assert [response.surface for response in responses] == [
        "",
        *(f"surface-{n % 7}" for n in range(2_999, 2_995, -1)),
    ]
    assert len(msgspec.msgpack.encode(responses)) < 300


def test_old_responses_fade_and_late_ones_count_as_old_as_they_are() -> None:
    shown_in_vain = Outcome("a", 0, "home", {"click": 0}, PASSED_OVER, shown=True)
    once = count((), [shown_in_vain], 2 * HALF_LIFE_S)
    assert once[0].shown == once[1].shown == 100
    assert count(once, [shown_in_vain], 3 * HALF_LIFE_S)[0].shown == 150
    assert count(once, [shown_in_vain], HALF_LIFE_S)[0] == Response("", 2 * HALF_LIFE_S, 150, 0, 150)
    troubled = shown_in_vain._replace(end=End(3.0, 100.0, troubled=True))
    assert count(once, [troubled], 2 * HALF_LIFE_S) is once


def test_responses_of_one_event_count_as_if_each_came_alone() -> None:
    shown = [
        Outcome("a", n, f"surface-{n % 3}", {"click": n % 2}, End(2.0**n, 600.0), shown=bool(n % 5))
        for n in range(12)
    ]
    before = count((), shown[:4], HALF_LIFE_S)
    apart = before
    for outcome in shown:
        apart = count(apart, [outcome], 2 * HALF_LIFE_S)
    together = count(before, shown, 2 * HALF_LIFE_S)
    assert [response.surface for response in together] == [response.surface for response in apart]
    assert [msgspec.structs.astuple(response)[1:-1] for response in together] == [
        msgspec.structs.astuple(response)[1:-1] for response in apart
    ]
    # Rounded once, not once each.
    assert all(
        abs(response.log_watched - other.log_watched) <= 6
        for response, other in zip(together, apart, strict=True)
    )
