"""The golden records of ``schemas/golden``, and validators over the committed schemas."""

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

SCHEMAS = Path(__file__).parents[2] / "schemas"
Json = dict[str, Any]


def lines(name: str) -> list[bytes]:
    """The records of a golden file, as bytes."""
    return (SCHEMAS / "golden" / f"{name}.jsonl").read_bytes().splitlines()


def bad_events() -> list[Json]:
    """Golden records that must be rejected."""
    records: list[Json] = json.loads((SCHEMAS / "golden" / "bad-events.json").read_text(encoding="utf-8"))
    return records


def bad_value(record: Json) -> bytes | None:
    """The bytes of a bad record."""
    if "base64" in record:
        return base64.b64decode(record["base64"])
    if "template" in record:
        text: str = record["template"].replace("%s", record["repeat"] * record["times"])
        return text.encode()
    return None if "value" not in record else str(record["value"]).encode()


@cache
def validator(name: str) -> Draft202012Validator:
    """The validator of ``schemas/<name>.schema.json``; references between the schemas resolve by path."""
    return Draft202012Validator({"$ref": f"{name}.schema.json"}, registry=_registry())


@cache
def _registry() -> "Registry[Any]":
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.rglob("*.schema.json")]
    return Registry().with_resources(
        (document["$id"], Resource.from_contents(document)) for document in documents
    )
