"""Mends values that nearly fit their schema, as the schema says, so that no record is lost for one small field.

It is called only for records that the decoder has refused, so valid records cost nothing.
"""

from typing import Any

from playhead.domain.schemas import Schema, components


def mended(wire: Any, struct: str) -> Any:
    """A decoded JSON value, mended as the schema of ``struct`` says.

    Descriptive text is cut, countries are put in capitals, whole numbers lose their ``.0``, a null field is
    left out, an unreadable age rating becomes null.

    >>> mended({"market": "br", "utc_offset_min": 330.0}, "PageViewed")
    {'market': 'BR', 'utc_offset_min': 330}
    """
    return _object(wire, components().get(struct, {}))


def _value(value: Any, schema: Schema) -> Any:
    for kind in schema.get("anyOf", ()) if "type" not in schema else ():
        value = _value(value, kind)
    if "$ref" in schema:
        schema = components()[schema["$ref"].rsplit("/", 1)[-1]]
    if "x-wanted" in schema:
        return _rating(value, schema["x-wanted"])
    match value:
        case None if "array" in schema.get("type", ()):
            value = []
        case str():
            value = value[: schema.get("x-cut-to")]
            value = value.upper() if schema.get("x-mend") == "capitals" and value.isascii() else value
        case float() if schema.get("type") == "integer" and value.is_integer():
            value = int(value)
        case dict():
            value = _object(value, schema)
        case list():
            value = [_value(item, schema.get("items", {})) for item in value[: schema.get("x-cut-to")]]
    return value


def _object(value: Any, schema: Schema) -> Any:
    if not isinstance(value, dict):
        return value
    fields, additional = schema.get("properties", {}), schema.get("additionalProperties", {})
    return {
        name: _value(item, fields.get(name, additional))
        for name, item in value.items()
        if item is not None or "default" not in fields.get(name, ())
    }


def _rating(value: Any, wanted: Schema) -> int | None:
    age = _value(value, wanted)
    fits = (
        isinstance(age, int) and not isinstance(age, bool) and wanted["minimum"] <= age <= wanted["maximum"]
    )
    return age if fits else None
