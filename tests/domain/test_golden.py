"""Golden records: the decoder reads them, the committed schemas accept them, nothing is lost in between."""

import json
from typing import Any

import msgspec
import pytest
from tests.domain.golden import bad_events, bad_value, lines, validator

from playhead.domain.decoding import decode_event, decode_title
from playhead.domain.errors import Rejected
from playhead.domain.schemas import EVENT_TYPES, RECORDS

EVENTS = lines("events")
OTHERS = [
    (name, line)
    for name in ("title", "experiment", "rule", "ranking", "decision", "example", "erasure")
    for line in lines(f"{name}s")
]
BAD = bad_events()
JSON_AT_ALL = [bad for bad in BAD if "not JSON" not in bad["reason"] and "not UTF-8" not in bad["reason"]]
SEEN_BY_SCHEMA = [bad for bad in JSON_AT_ALL if bad_value(bad) and not bad.get("beyond_schema")]


def same(wire: Any, decoded: Any) -> bool:
    """Whether a decoded value equals the JSON in all fields that its type has."""
    if isinstance(decoded, msgspec.Struct):
        if isinstance(wire, list):
            return wire == list(msgspec.to_builtins(decoded))
        return all(
            same(wire[name], getattr(decoded, name)) for name in decoded.__struct_fields__ if name in wire
        )
    if isinstance(decoded, tuple):
        return len(wire) == len(decoded) and all(map(same, wire, decoded))
    if isinstance(decoded, dict):
        return wire.keys() == decoded.keys() and all(same(wire[name], decoded[name]) for name in decoded)
    return bool(wire == decoded)


@pytest.mark.parametrize("value", EVENTS)
def test_events_are_read_whole(value: bytes) -> None:
    wire = json.loads(value)
    event = decode_event(wire["profile_id"].encode(), value)
    assert type(event) is EVENT_TYPES[wire["type"]]
    assert same(wire, event)


@pytest.mark.parametrize("value", EVENTS)
def test_events_satisfy_their_schema_and_the_union(value: bytes) -> None:
    wire = json.loads(value)
    validator(f"events/{wire['type']}").validate(wire)
    validator("event").validate(wire)


@pytest.mark.parametrize("value", EVENTS)
def test_events_survive_being_written_again(value: bytes) -> None:
    key = json.loads(value)["profile_id"].encode()
    event = decode_event(key, value)
    assert decode_event(key, msgspec.json.encode(event)) == event


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_type_has_a_least_and_a_full_example(name: str) -> None:
    examples = [set(wire) for wire in map(json.loads, EVENTS) if wire["type"] == name]
    struct = EVENT_TYPES[name]
    required = {field.name for field in msgspec.structs.fields(struct) if field.required}
    required |= {"title_id"} if name == "history_removed" else set()
    assert {"type", *required} in examples
    assert any(seen >= {"type", *struct.__struct_fields__} for seen in without_attribution(name, examples))


def without_attribution(name: str, examples: list[set[str]]) -> list[set[str]]:
    """Ending a play of a child, and an erasure, come from no ranking: no example says that they do."""
    exempt = {"attribution"} if name in {"playback_completed", "profile_erased"} else set()
    return [seen | exempt for seen in examples]


@pytest.mark.parametrize(("name", "value"), OTHERS)
def test_other_records_are_read_whole_and_satisfy_their_schema(name: str, value: bytes) -> None:
    wire = json.loads(value)
    record = msgspec.json.decode(value, type=RECORDS[name])
    validator(name).validate(wire)
    assert same(wire, record)
    again = msgspec.json.encode(record)
    assert msgspec.json.decode(again, type=RECORDS[name]) == record
    validator(name).validate(json.loads(again))


@pytest.mark.parametrize("value", lines("titles"))
def test_titles_are_read_under_their_key_alone(value: bytes) -> None:
    title_id = json.loads(value)["title_id"]
    assert decode_title(title_id.encode(), value).title_id == title_id
    with pytest.raises(Rejected, match="title_id as the key"):
        decode_title(b"another", value)


@pytest.mark.parametrize("bad", BAD, ids=[bad["name"] for bad in BAD])
def test_bad_events_are_rejected_with_reason_and_repair(bad: dict[str, Any]) -> None:
    key = None if bad["key"] is None else bad["key"].encode()
    with pytest.raises(Rejected) as caught:
        decode_event(key, bad_value(bad))
    assert bad["reason"] in caught.value.reason
    assert bad["repair"] in caught.value.repair


@pytest.mark.parametrize("bad", SEEN_BY_SCHEMA, ids=[bad["name"] for bad in SEEN_BY_SCHEMA])
def test_the_schema_refuses_what_the_decoder_refuses(bad: dict[str, Any]) -> None:
    assert not validator("event").is_valid(json.loads(bad_value(bad) or b""))
