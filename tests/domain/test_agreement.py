"""The decoder and the JSON Schemas accept the same records, and the decoder's only complaint is ``Rejected``."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.golden import validator
from tests.domain.wire import ANYTHING, Json, nearly, record
from tests.effort import tried

from playhead.domain.decoding import decode_event, decode_title
from playhead.domain.errors import Rejected
from playhead.domain.schemas import EVENT_TYPES

SOME = tried(15)
MANY = tried(150)


def event_is_read(wire: Json) -> bool:
    key = str(wire.get("profile_id", "")) if isinstance(wire, dict) else ""
    try:
        decode_event(key.encode(), json.dumps(wire).encode())
    except Rejected:
        return False
    return True


def title_is_read(wire: dict[str, Json]) -> bool:
    try:
        decode_title(str(wire.get("title_id", "")).encode(), json.dumps(wire).encode())
    except Rejected:
        return False
    return True


@pytest.mark.parametrize("name", EVENT_TYPES)
@given(data=st.data())
@SOME
def test_events_right_and_nearly_right(name: str, data: st.DataObject) -> None:
    struct = EVENT_TYPES[name].__name__
    wire = data.draw(record(struct) | nearly(struct))
    assert event_is_read(wire) == validator("event").is_valid(wire)
    if wire.get("type") == name:
        assert event_is_read(wire) == validator(f"events/{name}").is_valid(wire)


@given(wire=record("Title") | nearly("Title"))
@MANY
def test_titles_right_and_nearly_right(wire: dict[str, Json]) -> None:
    assert title_is_read(wire) == validator("title").is_valid(wire)


@pytest.mark.parametrize("name", EVENT_TYPES)
@given(data=st.data())
@SOME
def test_unknown_fields_change_nothing(name: str, data: st.DataObject) -> None:
    wire = data.draw(record(EVENT_TYPES[name].__name__))
    if name == "history_removed" and not event_is_read(wire):
        wire["title_id"] = "t"  # there must be something to remove
    more = data.draw(st.dictionaries(st.text(max_size=8).map(lambda text: f"x_{text}"), ANYTHING, max_size=3))
    text = json.dumps({**more, **wire})
    assert event_is_read(wire)
    key = str(wire["profile_id"]).encode()
    assert decode_event(key, text.encode()) == decode_event(key, json.dumps(wire).encode())


def test_a_whole_float_is_an_integer() -> None:
    wire = {"type": "page_viewed", "event_id": "e", "occurred_at": 1767225600000.0, "profile_id": "p"}
    assert validator("event").is_valid(wire)
    assert event_is_read(wire)


@given(key=st.none() | st.binary(), value=st.none() | st.binary(max_size=400))
@MANY
def test_any_bytes_are_read_or_rejected(key: bytes | None, value: bytes | None) -> None:
    with pytest.raises(Rejected) as caught:
        decode_event(key, value)
    assert caught.value.reason
    assert caught.value.repair


@given(wire=ANYTHING)
@MANY
def test_any_json_is_read_or_rejected(wire: Json) -> None:
    assert not event_is_read(wire)


@pytest.mark.parametrize("name", EVENT_TYPES)
@given(data=st.data())
@SOME
def test_any_field_of_any_type_is_read_or_rejected(name: str, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted(EVENT_TYPES[name].__struct_fields__)))
    wire = {**data.draw(record(EVENT_TYPES[name].__name__)), field: data.draw(ANYTHING)}
    event_is_read(wire)


@given(data=st.data())
@MANY
def test_flipped_bytes_are_read_or_rejected(data: st.DataObject) -> None:
    wire = data.draw(record("ImpressionsShown"))
    value = bytearray(json.dumps(wire, ensure_ascii=False).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Rejected):
        decode_event(str(wire["profile_id"]).encode(), bytes(value))
