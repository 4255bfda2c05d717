"""The cause that a card names is one: without it the title sinks more than without another title of the same viewer."""

import json
from random import Random
from typing import Any

from tests.effort import THOROUGH
from tests.stage import Stage
from tests.timeline import happened

from playhead.domain.topics import RANKINGS
from playhead.replay.core import Replay

KINDS, FILMS = 6, 72
ASKED = 500 if THOROUGH else 100
VIEWERS = ASKED + 40


class Audience(Stage):
    """A stage that remembers who watched what."""

    watched: set[tuple[str, str]]


def audience(rng: Random) -> Audience:
    """Viewers who watch mostly films of two of six kinds, in no order."""
    stage = Audience(
        [{"title_id": f"t{n}", "duration_s": 5_400, "genres": [f"g{n % KINDS}"]} for n in range(FILMS)]
    )
    stage.watched = set()
    for viewer in range(VIEWERS):
        liked = rng.sample(range(KINDS), 2)
        films = [n for n in range(FILMS) if n % KINDS in liked or rng.random() < 0.08]
        for n in rng.sample(films, 10):
            stage.minutes += 1
            seen = happened(
                "playback_completed", profile=f"v{viewer}", at_s=60 * stage.minutes, title_id=f"t{n}"
            )
            stage.core.take(_line(seen), ranked=False)
            stage.watched.add((f"v{viewer}", f"t{n}"))
    return stage


def test_taking_the_named_cause_away_lowers_a_title_by_more_than_taking_another_away() -> None:
    rng = Random(26)
    fell: list[float] = []
    otherwise: list[float] = []
    while len(fell) < ASKED:
        stage = audience(rng)
        for viewer in range(VIEWERS):
            fell_by, other_by = asked(stage, f"v{viewer}", rng)
            fell += fell_by
            otherwise += other_by
    assert sum(fell) / len(fell) > 0.1 + sum(otherwise) / len(otherwise)
    assert sum(own_fall > other for own_fall, other in zip(fell, otherwise, strict=True)) > 0.65 * len(fell)


def asked(stage: Audience, viewer: str, rng: Random) -> tuple[list[float], list[float]]:
    """By how much the first title with a named cause falls without it, and without another that was watched; empty for none."""
    page = happened("page_viewed", profile=viewer, at_s=60 * (stage.minutes + 1))
    for item in items(stage.core, page, stage.core.stored[viewer.encode()]):
        reason = next(iter(item["reasons"]), {"code": ""})
        if reason["code"] != "because_you_watched":
            continue
        watched = {title for seen, title in stage.watched if seen == viewer}
        another = rng.choice(sorted(watched - {reason["title_id"]}))
        return (
            [item["score"] - without(stage, viewer, reason["title_id"], item["title_id"], page)],
            [item["score"] - without(stage, viewer, another, item["title_id"], page)],
        )
    return [], []


def without(stage: Stage, viewer: str, watched: str, title_id: str, page: dict[str, Any]) -> float:
    """The score of a title, had another never been watched; the lowest of the list where it is not on it."""
    removal = happened("history_removed", profile=viewer, at_s=60 * stage.minutes, title_id=watched)
    [(_, stored)] = stage.core.imagine(_line(removal), stage.core.stored[viewer.encode()], ranked=False).state
    scores = {item["title_id"]: item["score"] for item in items(stage.core, page, stored)}
    return float(scores.get(title_id, min(scores.values())))


def items(core: Replay, page: dict[str, Any], stored: bytes | None) -> list[dict[str, Any]]:
    """The list that a page view causes with a stored record."""
    [ranking] = [record for record in core.imagine(_line(page), stored).then if record.topic == RANKINGS]
    listed: list[dict[str, Any]] = json.loads(ranking.value or b"")["items"]
    return listed


def _line(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()
