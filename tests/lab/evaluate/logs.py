"""Small logs for tests of evaluation: pages and what was chosen there."""

import json
from pathlib import Path
from typing import Any

from tests.timeline import happened

Events = list[dict[str, Any]]


def visits(*acts: tuple[str, str], type_: str = "playback_completed", gap_s: float = 60) -> Events:
    """A page view and right after it a choice, for each (profile, title); a page view alone for a title ""."""
    events: Events = []
    for n, (profile, title) in enumerate(acts):
        at_s = n * gap_s
        events.append(happened("page_viewed", at_s=at_s, profile=profile, event_id=f"v{n}"))
        if title:
            events.append(happened(type_, at_s=at_s + 1, profile=profile, title_id=title, event_id=f"c{n}"))
    return events


def written(folder: Path, events: Events, name: str = "log.jsonl") -> Path:
    """The log as a file."""
    path = folder / name
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def catalogue(folder: Path, *titles: str) -> Path:
    """A catalogue of these titles as a file."""
    path = folder / "titles.jsonl"
    path.write_text("".join(json.dumps({"title_id": title, "name": title}) + "\n" for title in titles))
    return path
