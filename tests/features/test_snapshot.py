"""Training and serving use the same snapshot: its three uses differ only in what they leave out."""

import json
from typing import Any

from hypothesis import given
from tests.effort import tried
from tests.timeline import START_MS, histories

from playhead.arrays import packed_ids
from playhead.domain.decoding import decode_event
from playhead.features.context_snapshot import ImpressionCounts
from playhead.features.request import cold_start_request, request_of
from playhead.features.snapshot import HISTORY_SENT, for_choice, for_outcome, for_serving
from playhead.models.cooccurrence import SHOWN_SPAN
from playhead.signals.exposure import EXPOSURE
from playhead.signals.identity import IDENTITY, Identity
from playhead.signals.pending import PENDING
from playhead.signals.record import Profile, fold


@tried(100)
@given(events=histories(most=40))
def test_what_is_learned_with_is_what_is_served_with(events: list[dict[str, Any]]) -> None:
    profile = Profile()
    for wire in events:
        fold(profile, decode_event(b"ada", json.dumps(wire).encode()))
    at_ms, surface = events[-1]["occurred_at"], profile.delivery_v1.surface
    identity, opens = IDENTITY.of(profile), PENDING.of(profile).opens
    served = for_serving(profile, at_ms, surface)
    judged = for_outcome(profile, identity, at_ms // 1000 + 1, surface)
    assert judged == served._replace(seen=ImpressionCounts(), shown=b"")
    chosen = for_choice(profile, identity, at_ms)
    assert chosen._replace(seen=served.seen, shown=served.shown) == served._replace(
        history=served.history.first(HISTORY_SENT), responses=()
    )
    # What the page itself has shown is taken out again: once each, and all that was shown but there is gone.
    shown = {title_id: times for title_id, times in EXPOSURE.of(profile).counted().items() if times}
    opened = {impression.title_id for impression in opens}
    left = {
        title_id: times - (title_id in opened)
        for title_id, times in shown.items()
        if times > (title_id in opened)
    }
    assert dict(zip(packed_ids.ids(chosen.seen.packed), chosen.seen.times, strict=True)) == left
    assert (
        packed_ids.ids(chosen.shown)
        == [title_id for title_id in packed_ids.ids(EXPOSURE.of(profile).packed) if title_id not in opened][
            :SHOWN_SPAN
        ]
    )


def test_a_stranger_is_asked_for_as_an_empty_record_is() -> None:
    asked = cold_start_request("-", Identity("BR", kind="kids"), START_MS, "kids")
    assert asked.identity == Identity("BR", kind="kids")
    assert asked.snapshot() == for_serving(asked.profile, START_MS, "kids")
    profile = Profile()
    assert request_of(b"ada", profile).snapshot() == for_serving(profile, 0, "home")
