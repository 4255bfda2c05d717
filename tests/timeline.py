"""Short words for events in tests: what happened to whom, a minute apart unless a time is given."""

import json
from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from playhead.domain.decoding import decode_event
from playhead.domain.events import AnyEvent
from playhead.domain.records import Incoming
from playhead.domain.topics import EVENTS

START_MS = 1_767_225_600_000


def happened(
    type_: str, *, at_s: float = 0, profile: str = "ada", event_id: str = "", **fields: Any
) -> dict[str, Any]:
    """One event as a JSON object, ``at_s`` seconds after the start."""
    at = START_MS + round(at_s * 1_000)
    event_id = event_id or f"{profile}-{type_}-{at}-{fields.get('title_id', '')}"[:64]
    return {"event_id": event_id, "type": type_, "occurred_at": at, "profile_id": profile, **fields}


def event(type_: str, **fields: Any) -> AnyEvent:
    """One event, decoded."""
    wire = happened(type_, **fields)
    return decode_event(wire["profile_id"].encode(), json.dumps(wire).encode())


def records(events: Iterable[dict[str, Any]], *, partition: int = 0, offset: int = 0) -> list[Incoming]:
    """Events as records of one partition."""
    return [
        Incoming(
            EVENTS, partition, offset + n, e["occurred_at"], e["profile_id"].encode(), json.dumps(e).encode()
        )
        for n, e in enumerate(events)
    ]


TITLE_IDS = [f"t{n}" for n in range(12)]
_title = st.sampled_from(TITLE_IDS)
_seconds = st.floats(0, 10_000, allow_nan=False).map(lambda s: round(s, 2))
_optional_seconds = st.one_of(st.none(), _seconds)

_BODIES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "session_started": {"device": st.sampled_from(["tv", "mobile"])},
    "session_ended": {"reason": st.sampled_from(["closed", "idle", "gave_up"])},
    "page_viewed": {"surface": st.sampled_from(["home", "kids"])},
    "impressions_shown": {
        "items": st.lists(_title, max_size=8).map(
            lambda ids: [{"title_id": i, "rank": n} for n, i in enumerate(ids)]
        )
    },
    "title_clicked": {"title_id": _title},
    "title_hovered": {"title_id": _title, "dwell_ms": st.integers(0, 10_000)},
    "trailer_started": {"title_id": _title},
    "trailer_stopped": {"title_id": _title, "watched_s": _seconds},
    "row_scrolled": {"row_id": st.just("r"), "velocity": st.floats(-50, 50, allow_nan=False)},
    "search_performed": {"query": st.text(max_size=20), "results": st.lists(_title, max_size=3)},
    "playback_started": {"title_id": _title, "duration_s": _optional_seconds},
    "playback_paused": {"title_id": _title, "position_s": _seconds},
    "playback_resumed": {"title_id": _title, "position_s": _seconds},
    "playback_seeked": {"title_id": _title, "from_s": _seconds, "to_s": _seconds},
    "playback_progress": {"title_id": _title, "watched_s": _seconds, "position_s": _seconds},
    "playback_skipped": {"title_id": _title, "watched_s": _optional_seconds},
    "playback_stopped": {"title_id": _title, "watched_s": _seconds, "duration_s": _optional_seconds},
    "playback_completed": {"title_id": _title, "watched_s": _optional_seconds},
    "playback_failed": {"title_id": _title},
    "buffer_started": {"title_id": _title},
    "buffer_ended": {"title_id": _title},
    "title_rated": {"title_id": _title, "value": st.sampled_from([0.0, 0.5, 1.0])},
    "watchlist_added": {"title_id": _title},
    "watchlist_removed": {"title_id": _title},
    "not_interested": {"title_id": _title, "scope": st.sampled_from(["title", "series", "genre", "person"])},
    "mood_observed": {"valence": st.floats(-1, 1), "arousal": st.floats(-1, 1)},
    "history_removed": {"title_id": _title},
}


@st.composite
def histories(
    draw: st.DrawFn, *, profiles: tuple[str, ...] = ("ada",), most: int = 30
) -> list[dict[str, Any]]:
    """Events of some profiles in any order of types, now and then late, with unique ids."""
    events = []
    at_s = 0.0
    for n in range(draw(st.integers(1, most))):
        at_s = max(0.0, at_s + draw(st.sampled_from([0, 1, 30, 400, 1_200, 90_000, -50])))
        type_ = draw(st.sampled_from(sorted(_BODIES)))
        body = {name: draw(strategy) for name, strategy in _BODIES[type_].items()}
        body = {name: value for name, value in body.items() if value is not None}
        market = draw(st.sampled_from([{}, {"market": "BR"}, {"kind": "kids"}]))
        profile = draw(st.sampled_from(profiles))
        events.append(happened(type_, at_s=at_s, profile=profile, event_id=f"e{n}", **body, **market))
    return events
