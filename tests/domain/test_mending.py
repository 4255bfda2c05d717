"""Records that nearly fit their schema are mended, so that no record is lost for one small field."""

import json
from typing import Any

import msgspec
import pytest
from tests.timeline import happened

from playhead.domain.decoding import decode_event, decode_title
from playhead.domain.errors import Rejected

LONG = "Samsung CE 2021 Kant-S2 UHD TV Smart TV"
ODD_RATINGS: list[Any] = [None, "PG-13", "7", -1, 22, 99, 7.5, True, [], {"age": 7}]
BARE = {"title_id": "t", "name": "T"}


def event(_type: str = "page_viewed", **fields: Any) -> dict[str, Any]:
    wire = happened(_type) | fields
    read = decode_event(wire["profile_id"].encode(), json.dumps(wire).encode())
    return msgspec.structs.asdict(read)


def title(**fields: Any) -> dict[str, Any]:
    read = decode_title(b"t", json.dumps(BARE | fields).encode())
    return msgspec.structs.asdict(read)


@pytest.mark.parametrize(
    ("field", "sent", "read"),
    [
        ("device", LONG, LONG[:32]),
        ("language", "x" * 513, "x" * 512),
        ("surface", "s" * 600, "s" * 512),
        ("market", "us", "US"),
        ("market", "uS", "US"),
        ("utc_offset_min", 330.0, 330),
        ("surface", None, "home"),
        ("event_id", "e" * 128, "e" * 128),
    ],
)
def test_what_of_an_event_only_describes_is_made_to_fit(field: str, sent: Any, read: Any) -> None:
    assert event(**{field: sent})[field] == read


def test_lists_of_events_may_be_null() -> None:
    assert event("search_performed", query="q", results=None)["results"] == ()
    assert event("history_removed", title_id="t", event_ids=None)["event_ids"] == ()
    assert event("impressions_shown", items=None)["items"] == ()


def test_what_is_in_lists_and_objects_is_made_to_fit_too() -> None:
    shown = event("impressions_shown", items=[{"title_id": "t", "rank": 2.0}])
    assert shown["items"][0].rank == 2
    [art] = title(artworks=[{"artwork_id": "a", "attributes": None}])["artworks"]
    assert art.attributes == {}
    assert title(attributes={"tone": "x" * 600, "pace": 2.5})["attributes"] == {
        "tone": "x" * 512,
        "pace": 2.5,
    }


@pytest.mark.parametrize(
    ("field", "sent", "read"),
    [
        ("genres", None, ()),
        ("tags", None, ()),
        ("credits", None, ()),
        ("artworks", None, ()),
        ("embeddings", None, {}),
        ("attributes", None, {}),
        ("markets", None, None),
        ("markets", ["us", "Br"], ("US", "BR")),
        ("genres", ["g" * 600], ("g" * 512,)),
        ("tags", [str(n) for n in range(300)], tuple(str(n) for n in range(256))),
        ("synopsis", "s" * 9_000, "s" * 8_192),
        ("repeatable", None, False),
        ("released_at", -855_619_200_000, -855_619_200_000),
        ("maturity", 0, 0),
        ("maturity", 12, 12),
        ("maturity", 21, 21),
        ("maturity", 7.0, 7),
        *[("maturity", odd, None) for odd in ODD_RATINGS],
    ],
)
def test_what_of_a_title_nearly_fits_is_made_to_fit(field: str, sent: Any, read: Any) -> None:
    assert title(**{field: sent})[field] == read


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("market", "usa"),
        ("market", "ß"),
        ("utc_offset_min", 330.5),
        ("session_id", "s" * 129),
        ("kind", "cat"),
    ],
)
def test_what_can_not_be_mended_is_refused_with_its_own_reason(field: str, sent: Any) -> None:
    with pytest.raises(Rejected) as caught:
        event(device=LONG, **{field: sent})
    assert f"$.{field}" in caught.value.reason
    assert field in caught.value.repair


@pytest.mark.parametrize("at", [0, 1_767_225_600, 946_684_799_999])
def test_seconds_for_milliseconds_are_refused_as_such(at: int) -> None:
    with pytest.raises(Rejected, match="2000") as caught:
        event(occurred_at=at, event_id="e")
    assert "seconds for milliseconds" in caught.value.repair


def test_the_first_moment_of_2000_is_read() -> None:
    assert event(occurred_at=946_684_800_000)["occurred_at"] == 946_684_800_000
