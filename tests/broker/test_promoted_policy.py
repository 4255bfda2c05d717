"""A policy through a real Kafka: what a log knows to be better is promoted and serves at once; what is better no longer is not."""

import json
import time
from collections.abc import Callable
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from tests.broker.pictures import Page, dark, event, films, looked_at, offer, opened
from tests.broker.world import Eyes, Tail, World
from tests.effort import THOROUGH
from typer.testing import CliRunner

from playhead.cli import app
from playhead.domain.errors import Rejected
from playhead.domain.topics import DECISIONS, EVENTS, EXPERIMENTS, RANKINGS
from playhead.lab.kafka.ports import free
from playhead.recipe import RECIPE
from playhead.replay.core import Replay

SETTING = "pipeline.artwork.support"
SUPPORT = RECIPE.pipeline.artwork.support
MOODS = ("dark", "bright", "warm", "cold", "calm", "loud")
"""Six pictures a film: by the support, five that nobody takes have a tenth of all draws, and half of it where that is halved."""
LIKED = (0.5, 0.3, 0.2, 0.1, 0.05, 0.02)
"""How often the dark picture of each film is taken, and no other."""
CATALOGUE = films(len(LIKED), MOODS)
VIEWERS, ROUNDS = 36, 10
AT_MS = 1_767_226_000_000
STEP_MS = 10


class Served:
    """A log as replay serves it, which says what workers would (``test_same_as_replay.py``): the same log in every run."""

    def __init__(self) -> None:
        self._core, self._now_ms = Replay(), AT_MS
        self.events: list[tuple[bytes, bytes]] = []
        for title in CATALOGUE:
            self._core.put_title(json.dumps(title).encode())

    def round(self, number: int, *, turned: bool = False) -> float:
        """New viewers look at their pages and take what they like; the share of dark pictures that they were shown.

        turned: they take all other pictures four times as often as dark ones, which the models still hold for the best.
        """
        viewers = [f"viewer-{number}-{n}" for n in range(VIEWERS)]
        pages = [page for who in viewers for page in self._take(event(who, f"view-{who}", "page_viewed"))]

        def likes(viewer: str, picture: str) -> bool:
            film, mood = picture.removeprefix("t").split("-")
            other = min(1.0, 4.0 * LIKED[int(film)]) if turned else 0.0
            return _chance(viewer + picture) < (LIKED[int(film)] if mood == "dark" else other)

        for page in pages:
            for act in looked_at(page, likes):
                self._take(act)
        return dark(pages)

    def _take(self, keyed: tuple[bytes, bytes]) -> list[Page]:
        self._now_ms += STEP_MS
        line = json.dumps(json.loads(keyed[1]) | {"occurred_at": self._now_ms}).encode()
        self.events.append((keyed[0], line))
        made = self._core.take(line).then
        return [json.loads(record.value or b"") for record in made if record.topic == RANKINGS]


def _chance(of: str) -> float:
    return int.from_bytes(blake2b(of.encode(), digest_size=4).digest()) / 2**32


class Live:
    """Workers that have learned from a log."""

    def __init__(self, world: World, rankings: Tail, served: Served) -> None:
        self._world, self._rankings = world, rankings
        [port] = free(1)
        offer(world, CATALOGUE)
        world.start("learn")
        world.start("personalize", metrics_port=port)
        eyes = Eyes(world, port)
        # Half of them say what viewers like.
        places = world.produce(EVENTS, served.events[: len(served.events) // 2])
        for place in {place.partition: place for place in places}.values():
            eyes.until_done(place, within_s=60)
        eyes.until_followed()

    def until(self, arms: Callable[[dict[str, str]], bool]) -> float:
        """Seconds until a ranking is made with such arms."""
        began_s = time.monotonic()
        while not arms(opened(self._world, self._rankings, ["ada"])[0]["experiments"]):
            assert time.monotonic() < began_s + 20
        return time.monotonic() - began_s

    def decides(self, viewers: list[str]) -> list[dict[str, Any]]:
        """What is decided for viewers who open the page."""
        made = {page["ranking_id"] for page in opened(self._world, self._rankings, viewers)}
        decisions = [json.loads(record.value or b"") for record in self._world.read(DECISIONS)]
        return [decision for decision in decisions if decision["ranking_id"] in made]


def automatic(served: Served, folder: Path, *switches: str) -> dict[str, Any]:
    """``playhead policy auto`` over a log."""
    return run("auto", *written(served, folder), "--setting", SETTING, *switches)


def written(served: Served, folder: Path) -> tuple[str, ...]:
    """The arguments that name a log and its titles."""
    log, titles = folder / "events.jsonl", folder / "titles.jsonl"
    log.write_bytes(b"".join(line + b"\n" for _, line in served.events))
    titles.write_text("".join(json.dumps(film) + "\n" for film in CATALOGUE))
    return str(log), "--titles", str(titles)


def run(*arguments: str) -> dict[str, Any]:
    """A command of ``playhead policy``."""
    result = CliRunner().invoke(app, ["policy", *arguments, "--json"])
    if isinstance(result.exception, Rejected):
        raise result.exception
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def least(decision: dict[str, Any]) -> float:
    """The smallest propensity of a picture that was drawn."""
    propensities: list[float] = decision["artwork_propensities"]
    return min(propensities)


def test_what_is_better_is_promoted_if_switched_on_serves_at_once_and_is_rolled_back(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYHEAD_BOOTSTRAP", world.settings.bootstrap)
    served = Served()
    shares = [served.round(number) for number in range(ROUNDS)]
    assert shares[0] < 0.3
    assert shares[-1] > 0.7
    with closing(Tail(world.settings, RANKINGS)) as rankings:
        live = Live(world, rankings, served)
        assert (
            min(least(decision) for decision in live.decides([f"before-{n}" for n in range(60)])) == SUPPORT
        )

        if THOROUGH:
            would = automatic(served, tmp_path)
            assert (would["switched_on"], world.read(EXPERIMENTS)) == (False, [])
        made = automatic(served, tmp_path, "--publish", "--switched-on")
        promoted = made["experiment"]["experiment_id"]
        records = [json.loads(record.value or b"") for record in world.read(EXPERIMENTS)]
        assert [(each["experiment_id"], each.get("status")) for each in records] == [
            (promoted, "proposed"),
            (promoted, None),  # as it runs
        ]
        assert records[0]["estimate"] == records[1]["estimate"]
        assert records[1]["estimate"]["low"] > 0.0
        assert made["experiment"]["arms"][1]["settings"] == {SETTING: SUPPORT / 2}
        in_force_s = live.until(lambda experiments: promoted in experiments)
        print(f"in force after {in_force_s:.2f} s: {made['reason']}")  # noqa: T201 - figures to see

        by_arm: dict[str, list[float]] = {"promoted": [], "control": []}
        for decision in live.decides([f"after-{n}" for n in range(100)]):
            by_arm[decision["experiments"][promoted]].append(least(decision))
        # Nine profiles in ten get what was promoted, the others go on with the recipe.
        assert 80 < len(by_arm["promoted"]) < 100
        assert min(by_arm["promoted"]) == SUPPORT / 2
        assert min(by_arm["control"]) >= SUPPORT

        assert run("rollback")["status"] == "stopped"
        live.until(lambda experiments: not experiments)
        again = live.decides([f"back-{n}" for n in range(60)])
        assert [page["experiments"] for page in again] == [{}] * 60
        assert min(map(least, again)) == SUPPORT

        # By hand it is the same, but nobody is held back.
        change = json.dumps({SETTING: SUPPORT / 2})
        by_hand = run("promote", *written(served, tmp_path), "--policy", change)
        assert by_hand["estimate"] == records[1]["estimate"]
        live.until(lambda experiments: experiments == {"policy": "promoted"})
        everybody = live.decides([f"by-hand-{n}" for n in range(60)])
        assert min(map(least, everybody)) == SUPPORT / 2
        assert {*(tuple(decision["experiments"].items()) for decision in everybody)} == {
            (("policy", "promoted"),)
        }
        assert run("rollback")["status"] == "stopped"
        live.until(lambda experiments: not experiments)


@pytest.mark.skipif(
    not THOROUGH, reason="half a minute for what needs no broker: HYPOTHESIS_PROFILE=thorough"
)
def test_what_was_better_before_tastes_turned_is_not_promoted(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYHEAD_BOOTSTRAP", world.settings.bootstrap)
    served = Served()
    for number in range(ROUNDS):
        served.round(number, turned=number >= ROUNDS // 2)
    # By its first half it is as good as in the log above.
    with pytest.raises(
        Rejected, match=rf"'{SETTING}': {SUPPORT / 2}}} is not known to be better. Its gain may be -"
    ):
        automatic(served, tmp_path, "--switched-on")
    assert world.read(EXPERIMENTS) == []
