"""What the documentation shows runs. Snippets that need a broker: ``tests/broker/test_snippets.py``."""

import json
import re
from typing import Any

import pytest
from tests.docs.snippets import NEEDS_BROKER, ROOT, Snippet, snippets

from playhead.domain.decoding import decode_event

ALONE = snippets(needing_broker=False)
JSON_BLOCK = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("snippet", ALONE, ids=[snippet.name for snippet in ALONE])
def test_snippets_run(snippet: Snippet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    snippet.run()


@pytest.mark.parametrize(
    "snippet", [*ALONE, *snippets(needing_broker=True)], ids=lambda snippet: snippet.name
)
def test_fences_say_what_we_understand(snippet: Snippet) -> None:
    assert snippet.info in {"", NEEDS_BROKER}
    assert snippet.needs_broker or "localhost:9092" not in snippet.code


@pytest.mark.parametrize("text", JSON_BLOCK.findall((ROOT / "docs" / "producers.md").read_text("utf-8")))
def test_events_that_producers_are_shown_are_events(text: str) -> None:
    wire: dict[str, Any] = json.loads(text)
    decode_event(wire["profile_id"].encode(), text.encode())


def test_the_kcat_example_sends_an_event_under_its_key() -> None:
    page = (ROOT / "docs" / "producers.md").read_text("utf-8")
    match = re.search(r"echo '(?P<value>\{.*\})' \|\n\s+kcat -P .* -k (?P<key>\S+) ", page)
    assert match is not None
    decode_event(match["key"].encode(), match["value"].encode())
