"""Rules through a real Kafka: in force within two seconds, refused with a letter, removed, and put by the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.broker.viewer import Viewer
from tests.broker.world import Eyes, World, wait_until

from playhead.cli import app
from playhead.domain.topics import DEAD_LETTERS, RULES, TITLES
from playhead.lab.kafka import ports


def put(world: World, rule_id: str, **rule: Any) -> None:
    value = json.dumps({"rule_id": rule_id, **rule}).encode() if rule else None
    world.produce(RULES, [(rule_id.encode(), value)])


def test_rules_hold_within_two_seconds_bad_ones_change_nothing_and_none_beats_maturity(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    [port] = ports.free(1)
    films = [
        {"title_id": f"t{n}", "name": f"t{n}", "genres": ["Drama"], "maturity": 18 if n == 3 else 0}
        for n in range(8)
    ]
    world.produce(TITLES, [(f"t{n}".encode(), json.dumps(film).encode()) for n, film in enumerate(films)])
    world.start("personalize", metrics_port=port)
    eyes = Eyes(world, port)
    adult, child = Viewer(world, eyes, "adult"), Viewer(world, eyes, "kids")
    assert len(adult.page()) == 8
    assert sorted(child.page()) == sorted(f"t{n}" for n in range(8) if n != 3)

    put(world, "out", action="exclude", title_ids=["t1"])
    took_s = adult.until(lambda titles: "t1" not in titles)
    with capsys.disabled():
        print(f"a rule held after {took_s:.2f} s")  # noqa: T201 - a figure to see
    put(world, "pin", action="pin", title_ids=["t3"], slot=1)
    adult.until(lambda titles: titles[0] == "t3")
    assert "t3" not in child.page()

    put(world, "out", action="exclude", title_ids=["t1"], slot=4)
    wait_until(lambda: len(world.read(DEAD_LETTERS)) > 0, "the bad rule has its letter", 20)
    [letter] = world.read(DEAD_LETTERS)
    assert dict(letter.headers)["topic"] == RULES.encode()
    assert b"Leave out slot" in (dict(letter.headers)["repair"] or b"")
    assert "t1" not in adult.page()

    monkeypatch.setenv("PLAYHEAD_BOOTSTRAP", world.settings.bootstrap)
    file = tmp_path / "rules.jsonl"
    file.write_text(json.dumps({"rule_id": "two", "action": "exclude", "title_ids": ["t2", "t3"]}))
    app(["rules", "dry-run", str(file), "--json"], standalone_mode=False)
    answer = json.loads(capsys.readouterr().out)
    assert (answer["rankings"], answer["concerned"], answer["changed"]) == (2, 2, 2)
    app(["rules", "put", str(file)], standalone_mode=False)
    assert "t3 is excluded" in capsys.readouterr().err
    adult.until(lambda titles: not {"t2", "t3"} & {*titles})
    app(["rules", "list"], standalone_mode=False)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["out", "pin", "two"]
    app(["rules", "remove", "two"], standalone_mode=False)
    put(world, "out")
    adult.until(lambda titles: len(titles) == 8)
