"""A log that Playhead itself has served: an audience of planted tastes sees its rankings, and acts on them."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from playhead.domain.rankings import Ranking
from playhead.domain.topics import DECISIONS, RANKINGS
from playhead.lab.demo.audience import Audience
from playhead.lab.demo.catalogue import NEWEST_MS, catalogue
from playhead.replay.core import Replay

STEP_MS = 500
"""Time from event to event: a hundred viewers act every 50 s, so that what they pass over is known to be within the log."""
_rankings = msgspec.json.Decoder(Ranking)


class ServedLog(NamedTuple):
    """What was written."""

    events: int
    decisions: int
    titles: int


def write_served(
    folder: Path, seed: int, events: int, viewers: int, titles: int, progress: Callable[[int], None]
) -> ServedLog:
    """Writes ``events.jsonl``, ``titles.jsonl`` and ``decisions.jsonl`` into a folder; the same ones for the same seed."""
    folder.mkdir(parents=True, exist_ok=True)
    shelf = catalogue(seed, titles)
    audience, core = Audience(seed, viewers, shelf), Replay()
    published = decided = ticks = 0
    with (
        (folder / "titles.jsonl").open("wb") as known,
        (folder / "events.jsonl").open("wb") as log,
        (folder / "decisions.jsonl").open("wb") as made,
    ):
        for title in shelf:
            line = msgspec.json.encode(title)
            core.put_title(line)
            known.write(line + b"\n")
        while published < events:
            ticks += 1  # whoever waits for a page that does not come goes on after a while
            for event in audience.act(NEWEST_MS + STEP_MS * ticks, 1):
                line = msgspec.json.encode(event)
                log.write(line + b"\n")
                for outgoing in core.take(line, published).then:
                    if outgoing.topic == RANKINGS and outgoing.value is not None:
                        audience.see(_rankings.decode(outgoing.value))
                    elif outgoing.topic == DECISIONS and outgoing.value is not None:
                        made.write(outgoing.value + b"\n")
                        decided += 1
                published += 1
                progress(published)
    return ServedLog(published, decided, len(shelf))
