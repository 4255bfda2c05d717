"""Dockerfile and docker-compose.yml say what the command line and the settings of today understand."""

import os
import re
import subprocess
from dataclasses import fields
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from playhead.cli import app
from playhead.gateway.access import LEAST_KEY
from playhead.runtime.settings import Settings

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = {name: each for name, each in COMPOSE["services"].items() if each["image"].startswith("playhead")}
DOCKERFILE = (ROOT / COMPOSE["x-playhead"]["build"]["dockerfile"]).read_text()


@pytest.mark.parametrize("name", OURS)
def test_commands_exist(name: str) -> None:
    command = list(takewhile(lambda word: not word.startswith("-"), OURS[name]["command"]))
    answer = CliRunner().invoke(app, [*command, "--help"])
    assert answer.exit_code == 0
    assert f"playhead {' '.join(command)}" in answer.output


@pytest.mark.parametrize("name", OURS)
def test_variables_are_settings(name: str) -> None:
    known = {f"PLAYHEAD_{each.name.upper()}" for each in fields(Settings)}
    assert set(OURS[name]["environment"]) <= known


def test_workers_have_names_and_folders_of_their_own() -> None:
    workers = [each for each in OURS.values() if each["command"][0] == "worker"]
    assert len({each["environment"]["PLAYHEAD_INSTANCE"] for each in workers}) == len(workers)
    assert len({each["volumes"][0] for each in workers}) == len(workers)
    for each in workers:
        assert each["volumes"][0].endswith(f":{each['environment']['PLAYHEAD_DATA_DIR']}")


def test_the_gateway_has_a_key_of_its_own_which_it_keeps(tmp_path: Path) -> None:
    """Its script, with a Playhead that says what it is told: a key that nobody else can read, the same at each start."""
    gateway = OURS["gateway"]
    folder, programs = tmp_path / "data", tmp_path / "bin"
    folder.mkdir()
    programs.mkdir()
    (programs / "playhead").write_text('#!/bin/sh\necho "$@"\n')
    (programs / "playhead").chmod(0o755)
    command = [each.replace("$$", "$") for each in gateway["entrypoint"]] + gateway["command"]
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    keys = set()
    for _ in range(2):
        result = subprocess.run(
            command, cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=True
        )
        assert result.stdout.split() == gateway["command"]
        keys.add((folder / "key").read_text().strip())
    assert (folder / "key").stat().st_mode & 0o077 == 0
    [key] = keys
    assert len(key) >= LEAST_KEY
    where = gateway["volumes"][0].split(":")[1]
    assert gateway["environment"]["PLAYHEAD_API_KEY_FILE"] == f"{where}/key"
    assert f"WORKDIR {where}" in DOCKERFILE


def test_what_can_be_reached_is_reached_from_this_machine_only() -> None:
    ports = [port for each in COMPOSE["services"].values() for port in each.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_what_the_image_copies_is_here_and_reaches_the_builder() -> None:
    let_through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    assert names
    assert names == let_through
    assert all((ROOT / name).exists() for name in names)
