"""Repairs for rejected records: what a producer must change, in the words of the field's schema."""

import re
from difflib import get_close_matches

from playhead.domain.schemas import EVENT_TYPES, Schema, components

_MISSING = re.compile(r"missing required field `(?P<field>\w+)`(?: - at `(?P<path>[^`]*)`)?")
_AT = re.compile(r"at `(?:key in )?(?P<path>\$[^`]*)`")
_UNKNOWN = re.compile(r"Invalid value '(?P<type>.*)' - at `\$\.type`", re.DOTALL)


def repair(message: str, struct: str) -> str:
    """The repair for an error that msgspec raised; ``struct`` names the record's schema, "" for an event's."""
    if unknown := _UNKNOWN.search(message):
        return _unknown_type(unknown["type"])
    if missing := _MISSING.search(message):
        parent = missing["path"] or "$"
        return f"Add the field {_describe(struct, parent + '.' + missing['field'])}"
    if at := _AT.search(message):
        return f"Send {_describe(struct, at['path'])}"
    return "Send one JSON object, as the JSON Schema of its type says."


def _unknown_type(name: str) -> str:
    if name in EVENT_TYPES:
        return "Send type once."
    close = get_close_matches(name[:64], EVENT_TYPES, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    return f"{hint}Send type as one of {', '.join(EVENT_TYPES)}."


def _describe(struct: str, path: str) -> str:
    """The path of a field and the values that it accepts; a field of the envelope is looked up in any type of event."""
    name = path.removeprefix("$").removeprefix(".") or "the value"
    if name == "type":
        return f"type as one of {', '.join(EVENT_TYPES)}."
    schema: Schema | None = components()[struct or "ProfileErased"]
    for step in re.findall(r"\w+|\[[^]]*\]", path):
        schema = _inside(schema, step)
    if schema is None:
        return f"{name} as the JSON Schema of its type says."
    meaning = description(schema).rstrip(".")
    return f"{name} as {in_words(schema)}" + (f": {meaning}." if meaning else ".")


def _inside(schema: Schema | None, step: str) -> Schema | None:
    if schema is None:
        return None
    schema = _plain(schema)
    if not step.startswith("["):
        inside = schema.get("properties", {}).get(step)
    elif step == "[...]":
        inside = schema.get("additionalProperties")
    else:
        inside = schema.get("items")
    return inside if isinstance(inside, dict) else None


def _plain(schema: Schema) -> Schema:
    """The schema itself, behind references and ``or null``."""
    if "anyOf" in schema and "type" not in schema:
        return _plain(schema["anyOf"][0])
    if "$ref" in schema:
        return components()[schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def description(schema: Schema) -> str:
    """What a field means, "" where its schema doesn't say."""
    return str(schema.get("description") or schema.get("anyOf", [{}])[0].get("description", ""))


def in_words(schema: Schema) -> str:
    """Which values a schema accepts.

    >>> in_words({"type": "integer", "minimum": 0, "maximum": 100_000})
    'an integer from 0 to 100,000'
    """
    if "anyOf" in schema and "type" not in schema:
        kinds = [in_words(kind) for kind in schema["anyOf"] if kind.get("type") != "null"]
        return " or ".join(kinds) + (", or leave it out" if {"type": "null"} in schema["anyOf"] else "")
    schema = _plain(schema)
    if "x-wanted" in schema:
        return in_words(schema["x-wanted"])
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return f"one of {', '.join(str(value) for value in schema['enum'] if value is not None)}"
    return {"string": _string, "array": _array, "integer": _number, "number": _number}.get(
        _type(schema), _other
    )(schema)


def _type(schema: Schema) -> str:
    """The type of a schema that may accept null in its place."""
    kind = schema.get("type", "value")
    return str(kind[0] if isinstance(kind, list) else kind)


def _string(schema: Schema) -> str:
    if "pattern" in schema:
        return f"a string that matches {schema['pattern']}"
    if "x-cut-to" in schema:
        return f"a string, cut to {schema['x-cut-to']:,} characters"
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    lengths = f"{least} to {most}" if least else f"at most {most}"
    return "a string" + (f" of {lengths} characters" if most else "")


def _array(schema: Schema) -> str:
    if "x-cut-to" in schema:
        return f"a list, cut to {schema['x-cut-to']:,}"
    most = schema.get("maxItems")
    return "a list" + (f" of at most {most:,}" if most else "")


def _number(schema: Schema) -> str:
    kind = "an integer" if schema["type"] == "integer" else "a finite number"
    least, most = schema.get("minimum"), schema.get("maximum")
    # All bounds are whole numbers, if not always ints: they are printed without ".0".
    return kind if least is None or most is None else f"{kind} from {int(least):,} to {int(most):,}"


def _other(schema: Schema) -> str:
    return "a JSON object" if _type(schema) == "object" else f"a {_type(schema)}"
