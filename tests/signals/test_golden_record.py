"""A record stored by an earlier version is read to the same values for ever: what is on disks and changelogs stays.

``golden/record_v1.json`` is of 0.1.0; since ``record_v2.json``, histories lie in columns, and digests of events are shorter.
They are never written anew. A signal that changes its meaning gets a new version and a new
field; then its old field may leave ``REPORTED`` here, and CHANGELOG says so under *State compatibility*.
"""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.timeline import START_MS, event

from playhead.arrays.packed_ids import pack_ids
from playhead.domain.records import Source
from playhead.labels.impressions import Open
from playhead.labels.plays import Afterglow
from playhead.signals.browsing import Browsing
from playhead.signals.exposure import Exposures
from playhead.signals.hidden import Hidden, Wish
from playhead.signals.identity import Identity
from playhead.signals.opinions import Opinions
from playhead.signals.pending import Pending
from playhead.signals.playback import Playback
from playhead.signals.record import Profile, decode, encode, is_repeated
from playhead.signals.rhythm import Rhythm
from playhead.signals.rows import ORIGINS, Watched, history

GOLDEN = sorted((Path(__file__).parent / "golden").glob("record_v*.json"))
T0 = START_MS // 1000
STORY = (
    event("session_started", device="tv", market="BR", language="pt", utc_offset_min=-180, kind="teen"),
    event("impressions_shown", at_s=1, ranking_id="r1", items=[{"title_id": t} for t in ("a", "b", "c")]),
    event("row_scrolled", at_s=2, row_id="top_picks", velocity=-4.5),
    event("title_clicked", at_s=5, title_id="a"),
    event("playback_started", at_s=9, title_id="a", duration_s=100, utc_offset_min=-180),
    event("playback_progress", at_s=40, title_id="a", watched_s=30, position_s=31),
    event("playback_stopped", at_s=110, title_id="a", watched_s=95, duration_s=100),
    event("title_rated", at_s=115, title_id="a", value=1),
    event("watchlist_added", at_s=116, title_id="d"),
    event("not_interested", at_s=117, title_id="e", scope="genre"),
    event("mood_observed", at_s=118, valence=-0.5, arousal=0.25),
    event("search_performed", at_s=119, query="the long tide"),
    event("title_clicked", at_s=120, title_id="b"),
    event("playback_started", at_s=121, title_id="f", duration_s=3_000, position_s=12),
    event("playback_seeked", at_s=130, title_id="f", from_s=20, to_s=5),
    event("buffer_started", at_s=131, title_id="f"),
)
"""Events of ``ada``, from which the golden record was made."""

REPORTED: dict[str, Any] = {
    "identity_v1": Identity("BR", "pt", "tv", -180, "teen"),
    "history_v1": history(
        [
            Watched("f", T0 + 121, 0, 3_000, plays=1, origin=261096451 % ORIGINS),
            Watched("b", T0 + 120, plays=0, origin=276897963 % ORIGINS),
            Watched("a", T0 + 110, 95, 100, plays=1, origin=2188439829 % ORIGINS),
        ]
    ),
    "finished_v1": bytes.fromhex("43beb7e8"),
    "hidden_v1": Hidden(untold=(Wish("e", "genre"),)),
    "exposure_v1": Exposures(pack_ids(["c"]), bytes([1]), bytes(1)),
    "pending_v1": Pending(
        (Open("b", T0 + 1, "home", 219023793, clicked=True), Open("c", T0 + 1, "home", 219023793)),
        Afterglow(),
    ),
    "playback_v1": Playback("f", T0 + 121, 5, 0, 3_000, rewinds=1, troubled=True),
    # 21:00 on a Wednesday at UTC-3, then midnight on Thursday where no offset was told.
    "rhythm_v1": Rhythm((1.0, *[0.0] * 6, 1.0), (0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0), T0 + 121),
    "browsing_v1": Browsing(
        speed=0.45,
        rewinds=1,
        searches=1,
        sessions=1,
        session_started_s=T0,
        last_query="the long tide",
        devices={"tv": 1},
    ),
    "opinions_v1": Opinions((("a", 1.0),), ("d",), -0.5, 0.25, T0 + 118),
}
"""The contents of the golden record, field by field."""


@pytest.fixture(params=GOLDEN, ids=lambda path: path.stem)
def record(request: pytest.FixtureRequest) -> bytes:
    """A record as an earlier version stored it."""
    return base64.b64decode(json.loads(request.param.read_text())["record"])


def test_the_golden_record_is_read_to_what_it_says(record: bytes) -> None:
    epoch, offset, profile = decode(record)
    assert (epoch, offset) == (7, 115)
    profile.history_v1 = history(
        replace(watched, origin=watched.origin % ORIGINS) for watched in profile.history_v1
    )
    assert {field: getattr(profile, field) for field in REPORTED} == REPORTED


def test_it_is_stored_anew_to_the_same_values(record: bytes) -> None:
    profile = decode(record)[2]
    again = decode(encode(profile, Source(7, 0), 115))[2]
    assert {field: getattr(again, field) for field in REPORTED} == {
        field: getattr(profile, field) for field in REPORTED
    }
    assert all(is_repeated(again.delivery_v1, event.event_id) for event in STORY)


def test_its_delivery_still_recognises_what_it_folded(record: bytes) -> None:
    delivery = decode(record)[2].delivery_v1
    assert (delivery.version, delivery.cause_offset) == (len(STORY), 115)
    assert delivery.cause_id == STORY[-1].event_id
    assert delivery.surface == "home"
    assert all(is_repeated(delivery, event.event_id) for event in STORY)
    assert not is_repeated(delivery, "another")


def test_every_field_of_the_record_is_told(record: bytes) -> None:
    """A new signal is absent from the golden record, and has its initial value."""
    fresh, old = Profile(), decode(record)[2]
    for field in set(fresh.__struct_fields__) - {*REPORTED, "delivery_v1"}:
        assert getattr(old, field) == getattr(fresh, field)
