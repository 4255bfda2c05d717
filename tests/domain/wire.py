"""Hypothesis strategies for JSON as it comes over the wire: right, nearly right, and anything."""

from typing import Any

from hypothesis import strategies as st

from playhead.domain.schemas import Schema, components

Json = Any
TEXT = st.characters(exclude_categories=["Cs"])
FINITE = st.floats(allow_nan=False, allow_infinity=False)
"""JSON has no other numbers: what stands for them is refused as text that is not JSON, whatever a schema allows."""
ANYTHING: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(TEXT),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(TEXT, max_size=8), inner, max_size=4),
    max_leaves=12,
)
ODD: st.SearchStrategy[Json] = st.sampled_from(
    [
        *[None, True, -1, 0, 0.5, -0.5, 1.5, 5, 7.0, 330.0, 21, 22, "PG-13", 10**9, 2**63, 2**70, 1e300],
        *[
            "",
            "a",
            "3",
            "BR",
            "br",
            "bR",
            "BR\n",
            "ß",
            "éé",
            "x" * 33,
            "ü" * 64,
            "ü" * 65,
            "a" * 128,
            "a" * 129,
            "🌊" * 512,
            "🌊" * 513,
        ],
        *[[], [None], ["t"], [[]], [1.5], ["t"] * 1_001],
        *[{}, {"a": {}}, {"title_id": "t"}, {"title_id": ""}, {"rank": -1}, {"propensity": 1.5}],
    ]
)
"""Values at which a decoder and a schema could disagree."""


def record(struct: str) -> st.SearchStrategy[dict[str, Json]]:
    """Records that the struct's schema accepts, with any of the optional fields."""
    return _object(components()[struct])


@st.composite
def nearly(draw: st.DrawFn, struct: str) -> dict[str, Json]:
    """A record with one field dropped, replaced, or added that no schema names."""
    wire = draw(record(struct))
    field = draw(st.sampled_from([*components()[struct]["properties"], "x_unknown"]))
    if draw(st.booleans()):
        wire.pop(field, None)
    else:
        wire[field] = draw(ODD)
    return wire


def _object(schema: Schema) -> st.SearchStrategy[dict[str, Json]]:
    fields = {name: _value(inside) for name, inside in schema.get("properties", {}).items()}
    required = {name: fields.pop(name) for name in schema.get("required", ())}
    if "properties" in schema:
        return st.fixed_dictionaries(required, optional=fields)
    return st.dictionaries(st.text(TEXT, max_size=8), _value(schema["additionalProperties"]), max_size=3)


def _value(schema: Schema) -> st.SearchStrategy[Json]:
    if "$ref" in schema:
        return record(schema["$ref"].rsplit("/", 1)[-1])
    if "anyOf" in schema:
        return st.one_of([_value(kind) for kind in schema["anyOf"]])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return st.one_of([_OF_TYPE[kind](schema) for kind in kinds]) if kinds else ANYTHING


def _string(schema: Schema) -> st.SearchStrategy[str]:
    if "pattern" in schema:
        return st.from_regex(schema["pattern"].replace("$", r"\Z"))
    return st.text(TEXT, min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 40), 40))


_OF_TYPE = {
    "null": lambda _: st.none(),
    "boolean": lambda _: st.booleans(),
    "string": _string,
    "integer": lambda schema: st.integers(schema["minimum"], schema["maximum"]),
    "number": lambda schema: st.floats(
        schema.get("minimum"), schema.get("maximum"), allow_nan=False, allow_infinity=False
    ),
    "array": lambda schema: st.lists(_value(schema["items"]), max_size=3),
    "object": _object,
}
