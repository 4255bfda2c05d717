"""The Python that the documentation shows, as it stands there, ready to be run."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
BROKER = "localhost:9092"
"""What snippets call their broker."""
NEEDS_BROKER = 'title="needs a broker"'
_FENCE = re.compile(r"^```python(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


class Snippet(NamedTuple):
    """A fenced block of Python; ``line`` is where its first line stands."""

    path: Path
    line: int
    info: str
    code: str

    @property
    def name(self) -> str:
        """Where it stands, as an id for tests."""
        return f"{self.path.name}:{self.line}"

    @property
    def needs_broker(self) -> bool:
        """Whether its fence says so."""
        return NEEDS_BROKER in self.info

    def run(self, bootstrap: str = BROKER) -> dict[str, object]:
        """Run it alone, against a broker elsewhere; what it has defined. Tracebacks name the page and line."""
        code = "\n" * (self.line - 1) + self.code.replace(BROKER, bootstrap)
        names: dict[str, object] = {"__name__": self.name}
        exec(compile(code, str(self.path), "exec"), names)
        return names


def snippets(*, needing_broker: bool) -> list[Snippet]:
    """All snippets of README and docs that need a broker, or all that don't."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    all_snippets = [snippet for page in pages for snippet in _of(page)]
    return [snippet for snippet in all_snippets if snippet.needs_broker == needing_broker]


def _of(page: Path) -> Iterator[Snippet]:
    text = page.read_text(encoding="utf-8")
    for block in _FENCE.finditer(text):
        line = text.count("\n", 0, block.start("code")) + 1
        yield Snippet(page, line, block["info"].strip(), block["code"])
