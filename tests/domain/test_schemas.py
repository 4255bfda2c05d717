"""The generated documents: valid in themselves, complete, open for new fields, and the ones that are committed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.domain.golden import SCHEMAS

from playhead.domain.asyncapi import MESSAGES, RECEIVED, asyncapi
from playhead.domain.schemas import EVENT_TYPES, RECORDS, json_schemas
from playhead.domain.topics import TOPICS

DOCUMENT = asyncapi()


@pytest.mark.parametrize("name", json_schemas())
def test_each_is_a_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(json_schemas()[name])


def test_there_is_one_for_every_record() -> None:
    assert set(json_schemas()) == {*EVENT_TYPES, *RECORDS, "event"}


def test_none_forbids_fields_it_does_not_name() -> None:
    assert '"additionalProperties": false' not in json.dumps([*json_schemas().values()])


def test_every_document_says_what_it_is() -> None:
    assert all(schema["description"] and schema["title"] for schema in json_schemas().values())


def test_what_is_committed_is_what_is_generated() -> None:
    script = SCHEMAS.parent / "scripts" / "write_schemas.py"
    run = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        inside = [references(child) for child in node.values()]
        return set().union(*inside, {node["$ref"]} if "$ref" in node else set())
    return set().union(*map(references, node)) if isinstance(node, list) else set()


def resolved(reference: str) -> Any:
    path, _, pointer = reference.partition("#")
    node = json.loads(Path(SCHEMAS, path).read_text(encoding="utf-8")) if path else DOCUMENT
    for step in pointer.split("/")[1:]:
        node = node[step]
    return node


@pytest.mark.parametrize("reference", sorted(references(DOCUMENT)))
def test_references_of_the_asyncapi_document_resolve(reference: str) -> None:
    assert isinstance(resolved(reference), dict)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_has_a_channel_as_it_is_created(topic: Any) -> None:
    kafka = DOCUMENT["channels"][topic.name]["bindings"]["kafka"]
    assert (kafka["topic"], kafka["partitions"]) == (topic.name, topic.partitions)
    assert kafka["topicConfiguration"]["cleanup.policy"] == [topic.cleanup]
    assert kafka["topicConfiguration"].get("retention.ms", -1) == topic.retention_ms


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_has_an_operation_with_its_messages(topic: Any) -> None:
    action = "receive" if topic.name in RECEIVED else "send"
    operation = DOCUMENT["operations"][f"{action}-{topic.name}"]
    assert operation["action"] == action
    assert operation["channel"] == {"$ref": f"#/channels/{topic.name}"}
    names = [message["$ref"].rsplit("/", 1)[-1] for message in operation["messages"]]
    assert names == list(MESSAGES[topic.name]) == list(DOCUMENT["channels"][topic.name]["messages"])


def test_the_event_channel_carries_every_event_type() -> None:
    assert set(DOCUMENT["channels"]["playhead.events"]["messages"]) == set(EVENT_TYPES)


def test_every_message_says_its_key() -> None:
    keys = [message["bindings"]["kafka"]["key"] for message in DOCUMENT["components"]["messages"].values()]
    assert all(key["type"] == "string" and key["description"] for key in keys)
