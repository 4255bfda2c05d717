"""Writes what is generated from the domain's types, or says how the committed files differ from it (``--check``)."""

import difflib
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from msgspec.inspect import Field, StructType, type_info

from playhead.domain.asyncapi import asyncapi
from playhead.domain.events import Event
from playhead.domain.repairs import description, in_words
from playhead.domain.schemas import EVENT_TYPES, components, json_schemas

ROOT = Path(__file__).parent.parent
SCHEMAS = ROOT / "schemas"
PRODUCERS = ROOT / "docs" / "producers.md"
TABLE = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> int:
    """Write, or with ``--check`` compare; 1 when something differs."""
    wanted = generated()
    stale = [path for path in SCHEMAS.rglob("*.json") if path not in wanted and path.parent.name != "golden"]
    if "--check" not in sys.argv:
        write(wanted, stale)
        return 0
    lines = [line for path, text in wanted.items() for line in difference(path, text)]
    lines += [f"{path.relative_to(ROOT)} is no longer generated\n" for path in stale]
    sys.stdout.writelines(lines)
    if lines:
        sys.stdout.write(
            "\nThe committed files differ from the types. Repair: run scripts/schemas, commit.\n"
        )
    return int(bool(lines))


def generated() -> dict[Path, str]:
    """The text of every generated file by its path."""
    files = {SCHEMAS / schema["$id"]: pretty(schema) for schema in json_schemas().values()}
    files[SCHEMAS / "asyncapi.json"] = pretty(asyncapi())
    page = PRODUCERS.read_text(encoding="utf-8")
    files[PRODUCERS] = TABLE.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}{found[3]}", page)
    return files


def pretty(document: dict[str, Any]) -> str:
    """JSON as a person reads it, with a newline at the end."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def event_table() -> str:
    """The event types as a Markdown table: what each adds to the envelope, and its meaning."""
    rows = ["| type | adds | meaning |", "| --- | --- | --- |"]
    for name, struct in EVENT_TYPES.items():
        meaning = (struct.__doc__ or "").split("\n", 1)[0].replace("``", "`")
        rows.append(f"| `{name}` | {', '.join(added(struct))} | {meaning} |")
    return "\n".join(rows) + "\n"


def field_table(struct: str) -> str:
    """The fields of a struct as a Markdown table, without those that are structs themselves."""
    rows = ["| field | is | meaning |", "| --- | --- | --- |"]
    schema = components()[struct]
    for name, field in schema["properties"].items():
        mark = "" if name in schema["required"] else "?"
        wanted = in_words(field).removesuffix(", or leave it out")
        meaning = description(field).rstrip(".")
        if name == "type":
            wanted, meaning = "a string", "What happened: one of the types below"
        rows.append(f"| `{name}`{mark} | {wanted} | {meaning} |")
    return "\n".join(rows) + "\n"


TABLES: dict[str, Callable[[], str]] = {
    "event types": event_table,
    "title": lambda: field_table("Title"),
    "envelope": lambda: field_table("ProfileErased"),
    "dead letter headers": lambda: field_table("DeadLetterHeaders"),
}
"""What stands between the markers of the docs, by the marker's name."""


def added(struct: type) -> Iterator[str]:
    """The fields that an event has beyond the envelope; ``?`` marks those that may be absent."""
    for field in fields(struct):
        if field.name not in Event.__struct_fields__:
            yield f"`{field.name}`" + ("" if field.required else "?")


def fields(struct: type) -> tuple[Field, ...]:
    """A struct's fields."""
    info = type_info(struct)
    assert isinstance(info, StructType)
    return info.fields


def difference(path: Path, text: str) -> Iterator[str]:
    """How a file differs from the text that it should have."""
    name = str(path.relative_to(ROOT))
    committed = path.read_text(encoding="utf-8") if path.exists() else ""
    return difflib.unified_diff(
        committed.splitlines(keepends=True), text.splitlines(keepends=True), name, f"{name} (generated)"
    )


def write(wanted: dict[Path, str], stale: list[Path]) -> None:
    """Write every file, remove those of types that are gone."""
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in stale:
        path.unlink()


if __name__ == "__main__":
    sys.exit(main())
