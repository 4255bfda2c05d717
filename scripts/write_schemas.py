"""Writes what is generated from the code, or says how the committed files differ from it (``--check``)."""

import difflib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docs_tables import TABLES
from grafana.dashboards import dashboards
from playhead.domain.asyncapi import asyncapi
from playhead.domain.schemas import json_schemas
from playhead.gateway.openapi import openapi

ROOT = Path(__file__).parent.parent
SCHEMAS = ROOT / "schemas"
DASHBOARDS = ROOT / "deploy" / "grafana" / "dashboards"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TABLE = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> int:
    """Write, or with ``--check`` compare; 1 when something differs."""
    wanted = generated()
    made = (*SCHEMAS.rglob("*.json"), *DASHBOARDS.glob("*.json"))
    stale = [path for path in made if path not in wanted and path.parent.name != "golden"]
    if "--check" not in sys.argv:
        write(wanted, stale)
        return 0
    lines = [line for path, text in wanted.items() for line in difference(path, text)]
    lines += [f"{path.relative_to(ROOT)} is no longer generated\n" for path in stale]
    sys.stdout.writelines(lines)
    if lines:
        sys.stdout.write("\nThe committed files differ from the code. Repair: run scripts/schemas, commit.\n")
    return int(bool(lines))


def generated() -> dict[Path, str]:
    """The text of every generated file by its path."""
    files = {SCHEMAS / schema["$id"]: pretty(schema) for schema in json_schemas().values()}
    files[SCHEMAS / "asyncapi.json"] = pretty(asyncapi())
    files[SCHEMAS / "openapi.json"] = pretty(openapi())
    files |= {DASHBOARDS / name: text for name, text in dashboards().items()}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if TABLE.search(text):
            files[page] = TABLE.sub(lambda match: f"{match[1]}{TABLES[match[2]]()}{match[3]}", text)
    return files


def pretty(document: dict[str, Any]) -> str:
    """JSON as a person reads it, with a newline at the end."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def difference(path: Path, text: str) -> Iterator[str]:
    """How a file differs from the text that it should have."""
    name = str(path.relative_to(ROOT))
    committed = path.read_text(encoding="utf-8") if path.exists() else ""
    return difflib.unified_diff(
        committed.splitlines(keepends=True), text.splitlines(keepends=True), name, f"{name} (generated)"
    )


def write(wanted: dict[Path, str], stale: list[Path]) -> None:
    """Write every file, remove those that nothing makes any more."""
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in stale:
        path.unlink()


if __name__ == "__main__":
    sys.exit(main())
