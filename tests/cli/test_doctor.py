"""The doctor: each finding has a state, and each one that is not well has a repair."""

import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from playhead.cli import app, checks, doctor

runner = CliRunner()


def test_says_in_json_what_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "BROKER_S", 0.5)
    arguments = ["doctor", "--json", "--home", str(tmp_path), "--bootstrap", "127.0.0.1:1"]
    answer = runner.invoke(app, arguments)
    findings = {each["name"]: each for each in json.loads(answer.output)}
    assert answer.exit_code == 1
    assert findings["broker"]["state"] == "broken"
    assert "playhead broker" in findings["broker"]["repair"]
    assert findings["kafka files"]["state"] == "warning"
    assert findings["python"]["state"] == "ok"
    for each in findings.values():
        assert (each["state"] == "ok") == (each["repair"] == "")


def test_a_port_that_is_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        check_ports = checks.check_ports(other.getsockname()[1])
    assert check_ports.state == "broken"
    assert "PLAYHEAD_METRICS_PORT" in check_ports.repair


def test_a_store_folder_that_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    assert checks.check_folder(file / "stores").state == "broken"
    assert checks.check_folder(tmp_path / "a" / "b").state == "ok"


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "FREE_BYTES", 2**80)
    assert checks.check_folder(tmp_path).state == "broken"


def test_packages_that_are_not_those_of_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("rich==0.0.1 \\\n    --hash=sha256:00\nno-such-package==1.0 \\\n")
    check_packages = checks.check_packages(lock)
    assert check_packages.state == "warning"
    assert "rich is" in check_packages.what
    assert "no-such-package is not installed" in check_packages.what


def test_the_lock_in_use_is_the_one_installed() -> None:
    assert checks.check_packages().state == "ok"
