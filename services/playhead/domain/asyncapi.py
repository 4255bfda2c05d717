"""The AsyncAPI 3.0 document: the topics, their messages, and who sends and receives them."""

from inspect import getdoc
from typing import Any

from msgspec import Struct

from playhead.domain import topics
from playhead.domain.schemas import EVENT_TYPES, RECORDS
from playhead.domain.topics import TOPICS, Topic

Document = dict[str, Any]

BINDING = "0.5.0"
"""Version of AsyncAPI's Kafka bindings."""
RECEIVED = frozenset({topics.EVENTS, topics.TITLES, topics.RULES, topics.EXPERIMENTS})
"""Topics that Playhead reads and others write; it writes all the others."""
MESSAGES: dict[str, tuple[str, ...]] = {
    topics.EVENTS: tuple(EVENT_TYPES),
    topics.TITLES: ("title",),
    topics.TAGS: ("title-tags",),
    topics.RULES: ("rule",),
    topics.EXPERIMENTS: ("experiment",),
    topics.TOTALS: ("experiment-totals",),
    topics.RANKINGS: ("ranking",),
    topics.DECISIONS: ("decision",),
    topics.EXAMPLES: ("example",),
    topics.MODELS: ("model",),
    topics.ERASURES: ("erasure",),
    topics.DEAD_LETTERS: ("dead-letter",),
    topics.PROFILES_CHANGELOG: ("profile",),
}
"""Names of the messages on each topic."""
_WITHOUT_SCHEMA: dict[str, str] = {
    "model": "A snapshot or a delta of a model's parameters; internal, may change with any version.",
    "profile": "The stored record of a profile; internal, may change with any version.",
}


def asyncapi() -> Document:
    """An AsyncAPI 3.0 document; references to payloads are relative to ``schemas/``."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Playhead",
            "version": "1.0.0",
            "description": "Viewer events in, refreshed rankings out. The version is the wire contract's.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {f"{_action(topic)}-{topic.name}": _operation(topic) for topic in TOPICS},
        "components": {
            "messages": {name: _message(name, topic) for topic in TOPICS for name in MESSAGES[topic.name]}
        },
    }


def _action(topic: Topic) -> str:
    return "receive" if topic.name in RECEIVED else "send"


def _channel(topic: Topic) -> Document:
    configuration: Document = {
        "cleanup.policy": [topic.cleanup],
        "max.message.bytes": topic.max_message_bytes,
    }
    if topic.cleanup == "delete":
        configuration["retention.ms"] = topic.retention_ms
    kafka = {
        "topic": topic.name,
        "partitions": topic.partitions,
        "topicConfiguration": configuration,
        "bindingVersion": BINDING,
    }
    return {
        "address": topic.name,
        "description": f"{topic.holds[0].upper()}{topic.holds[1:]}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in MESSAGES[topic.name]},
        "bindings": {"kafka": kafka},
    }


def _operation(topic: Topic) -> Document:
    channel = f"#/channels/{topic.name}"
    verb = "reads" if topic.name in RECEIVED else "writes"
    return {
        "action": _action(topic),
        "channel": {"$ref": channel},
        "summary": f"Playhead {verb} {topic.holds}.",
        "messages": [{"$ref": f"{channel}/messages/{name}"} for name in MESSAGES[topic.name]],
    }


def _message(name: str, topic: Topic) -> Document:
    key = {"type": "string", "description": f"{topic.key}, UTF-8."}
    message: Document = {
        "name": name,
        "contentType": "application/json",
        **_content(name),
        "bindings": {"kafka": {"key": key, "bindingVersion": BINDING}},
    }
    if topic.cleanup == "compact":
        message["description"] = "A record without a value, a tombstone, takes back the key's record."
    return message


def _content(name: str) -> Document:
    if name in EVENT_TYPES:
        return _payload(EVENT_TYPES[name], f"events/{name}")
    if name in RECORDS:
        return _payload(RECORDS[name], name)
    if name == "dead-letter":
        return {
            "summary": "The original bytes under the original key, the reason in the headers.",
            "contentType": "application/octet-stream",
            "headers": {"$ref": "./dead-letter-headers.schema.json"},
        }
    return {"summary": _WITHOUT_SCHEMA[name], "payload": {"type": "object"}}


def _payload(struct: type[Struct], path: str) -> Document:
    summary = (getdoc(struct) or "").split("\n", 1)[0]
    return {"summary": summary, "payload": {"$ref": f"./{path}.schema.json"}}
