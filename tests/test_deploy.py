"""Dockerfile and docker-compose.yml say what the command line and the settings of today understand."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from playhead.cli import app
from playhead.runtime.settings import Settings

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = {name: each for name, each in COMPOSE["services"].items() if each["image"].startswith("playhead")}
DOCKERFILE = (ROOT / COMPOSE["x-playhead"]["build"]["dockerfile"]).read_text()


@pytest.mark.parametrize("name", OURS)
def test_commands_exist(name: str) -> None:
    command = OURS[name]["command"]
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


def test_what_the_image_copies_is_here_and_reaches_the_builder() -> None:
    let_through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    assert names
    assert names == let_through
    assert all((ROOT / name).exists() for name in names)
