"""JSON Schemas of every record of the wire, made from the types that decode it, so that the two can't differ."""

from collections.abc import Iterator
from functools import cache
from inspect import cleandoc
from typing import Any, get_args

import msgspec
from msgspec import Struct

from playhead.domain.dead_letters import DeadLetterHeaders
from playhead.domain.events import AnyEvent, Impression
from playhead.domain.examples import Example
from playhead.domain.experiment_totals import ExperimentTotals
from playhead.domain.experiments import Arm, Experiment, Guardrail
from playhead.domain.fields import SINCE_MS
from playhead.domain.rankings import Decision, Erasure, Ranking
from playhead.domain.rules import Rule
from playhead.domain.title_tags import TitleTags
from playhead.domain.titles import Artwork, Title

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
EVENT_TYPES: dict[str, type[Struct]] = {
    str(struct.__struct_config__.tag): struct for struct in get_args(AnyEvent)
}
"""Every event's struct by its ``type`` on the wire."""
RECORDS: dict[str, type[Struct]] = {
    "title": Title,
    "experiment": Experiment,
    "rule": Rule,
    "title-tags": TitleTags,
    "experiment-totals": ExperimentTotals,
    "ranking": Ranking,
    "decision": Decision,
    "erasure": Erasure,
    "example": Example,
    "dead-letter-headers": DeadLetterHeaders,
}
"""Every other record's struct by the name of its schema."""
_RULES: dict[str, Schema] = {
    "HistoryRemoved": {
        "anyOf": [
            {"required": ["title_id"], "properties": {"title_id": {"type": "string"}}},
            {"required": ["event_ids"], "properties": {"event_ids": {"type": "array", "minItems": 1}}},
        ]
    }
}
"""Constraints that ``decoding`` checks beyond the types of the fields, by struct."""


def json_schemas() -> dict[str, Schema]:
    """A self-contained JSON Schema 2020-12 document per record, by wire name; ``event`` is the union of events.

    ``$id`` is the document's path below ``schemas/``. Unknown fields are allowed everywhere.
    """
    documents = {name: _document(f"events/{name}", struct) for name, struct in EVENT_TYPES.items()}
    documents["event"] = _union()
    documents.update({name: _document(name, struct) for name, struct in RECORDS.items()})
    return documents


@cache
def components() -> dict[str, Schema]:
    """The bare schema of every struct by the struct's name; they refer to each other as ``#/$defs/Name``."""
    structs = [*EVENT_TYPES.values(), *RECORDS.values()]
    _, schemas = msgspec.json.schema_components(structs, ref_template="#/$defs/{name}")
    tidied = {name: tidy(schema) | _RULES.get(name, {}) for name, schema in schemas.items()}
    sent: tuple[type[Struct], ...] = (
        *EVENT_TYPES.values(),
        Impression,
        Title,
        Artwork,
        Experiment,
        Arm,
        Guardrail,
        Rule,
    )
    taken = {struct.__name__ for struct in sent}
    return {name: _nullable(schema) if name in taken else schema for name, schema in tidied.items()}


def _document(path: str, struct: type[Struct]) -> Schema:
    schema = components()[struct.__name__]
    document: Schema = {"$schema": DIALECT, "$id": f"{path}.schema.json", **schema}
    if needed := _needed(schema):
        document["$defs"] = {name: components()[name] for name in needed}
    return document


def _union() -> Schema:
    paths = {name: f"events/{name}.schema.json" for name in EVENT_TYPES}
    return {
        "$schema": DIALECT,
        "$id": "event.schema.json",
        "title": "Event",
        "description": "Any event; `type` tells which.",
        "type": "object",
        "required": ["type"],
        "oneOf": [{"$ref": path} for path in paths.values()],
        "discriminator": {"propertyName": "type", "mapping": paths},
    }


def _needed(schema: Schema) -> list[str]:
    """Names of the structs that a schema refers to, directly or through others."""
    names: list[str] = []
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop(0)
        if name not in names:
            names.append(name)
            waiting += _references(components()[name])
    return sorted(names)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].rsplit("/", 1)[-1]
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)


def tidy(node: Any) -> Any:
    """The schema with single-valued enums as ``const``, and without ``default: null``, which optional fields imply."""
    if isinstance(node, list):
        return [tidy(child) for child in node]
    if not isinstance(node, dict):
        return node
    kept = {key: tidy(child) for key, child in node.items() if not (key == "default" and child is None)}
    if isinstance(kept.get("description"), str):
        kept["description"] = cleandoc(kept["description"])
    if list(kept) == ["enum"] and len(kept["enum"]) == 1:
        return {"const": kept["enum"][0]}
    return _widened(kept)


def _widened(schema: Schema) -> Schema:
    """The schema of the values that are accepted after mending (``domain.mending``)."""
    match schema.get("x-mend"):
        case "cut":
            most = schema.pop("maxLength", None) or schema.pop("maxItems")
            return schema | {"x-cut-to": most}
        case "capitals":
            return schema | {"pattern": schema["pattern"].replace("A-Z", "A-Za-z")}
        case "since":
            return schema | {"minimum": SINCE_MS}
        case "unrated":
            wanted = {name: schema.pop(name) for name in ("type", "minimum", "maximum")}
            return schema | {"x-wanted": wanted}
    return schema


def _nullable(schema: Schema) -> Schema:
    """The schema of a producer's record, in which null stands for a field left out, or for an empty list."""
    fields = {
        name: _or_null(field) if "default" in field or field.get("type") == "array" else field
        for name, field in schema["properties"].items()
    }
    return schema | {"properties": fields}


def _or_null(field: Schema) -> Schema:
    if "type" in field:
        return field | {"type": [field["type"], "null"]}
    return field | {"enum": [*field["enum"], None]}
