"""Every command explains itself, and every error that somebody can mend is one line that says how."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from playhead.cli import app, main
from playhead.domain.errors import PlayheadError

runner = CliRunner()
NOWHERE = "127.0.0.1:1"
COMMANDS = (
    "demo",
    "doctor",
    "broker",
    "topics",
    "up",
    "produce",
    "rankings",
    "replay",
    "evaluate",
    "bench",
    "settings",
    "worker personalize",
    "worker learn",
    "worker tag",
    "tag",
    "titles similar",
    "titles micro-genres",
    "rules list",
    "rules put",
    "rules remove",
    "rules dry-run",
    "dead-letters list",
    "dead-letters replay",
    "models repair",
    "experiments list",
    "experiments show",
    "experiments start",
    "experiments stop",
    "experiments ramp",
    "experiments withdraw",
    "experiments settings",
    "simulate aa",
    "simulate lift",
    "simulate artwork",
    "simulate exploration",
    "simulate drift",
    "simulate policy",
)


def error_of(*arguments: str) -> PlayheadError:
    """The error that a command ends with."""
    error = runner.invoke(app, arguments).exception
    assert isinstance(error, PlayheadError), error
    return error


def test_help_names_all_commands() -> None:
    answer = runner.invoke(app, ["--help"])
    assert answer.exit_code == 0
    assert all(command.split()[0] in answer.output for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_help_has_an_example(command: str) -> None:
    answer = runner.invoke(app, [*command.split(), "--help"])
    assert answer.exit_code == 0
    assert "Examples" in answer.output
    assert f"playhead {command}" in answer.output


def test_help_imports_nothing_heavy() -> None:
    # In a process of its own: this one has imported everything already.
    heavy = ("numpy", "faust", "river", "confluent_kafka", "rocksdict")
    code = (
        "import contextlib, sys, playhead.cli\n"
        "with contextlib.suppress(SystemExit): playhead.cli.app(['--help'])\n"
        f"sys.exit(', '.join(name for name in {heavy} if name in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_error_is_one_line_with_its_repair(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["playhead", "produce", "no-such-file.jsonl"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    errors = capsys.readouterr().err
    assert errors == (
        "playhead: no-such-file.jsonl can't be read: No such file or directory. Repair: Name a file of JSON lines.\n"
    )


def test_no_broker_is_said_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playhead.lab.demo.publish.ASK_S", 0.5)
    log = tmp_path / "log.jsonl"
    log.write_text(
        '{"event_id": "1", "type": "page_viewed", "occurred_at": 1767225600000, "profile_id": "ana"}'
    )
    error = error_of("produce", str(log), "--bootstrap", NOWHERE)
    assert NOWHERE in error.reason
    assert "playhead broker" in error.repair


def test_produce_says_what_a_file_must_hold(tmp_path: Path) -> None:
    odd = tmp_path / "odd.jsonl.gz"
    odd.write_bytes(gzip.compress(b'{"colour": "red"}\n'))
    assert "neither an event" in error_of("produce", str(odd)).reason


def test_settings_can_be_read_by_programs_and_mask_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYHEAD_SASL_PASSWORD", "open sesame")
    monkeypatch.setenv("PLAYHEAD_BOOTSTRAP", "kafka:9092")
    listed = {
        each["variable"]: each for each in json.loads(runner.invoke(app, ["settings", "--json"]).output)
    }
    assert listed["PLAYHEAD_BOOTSTRAP"]["value"] == "kafka:9092"
    assert listed["PLAYHEAD_BOOTSTRAP"]["meaning"]
    assert "open sesame" not in json.dumps(listed)


def test_version() -> None:
    assert runner.invoke(app, ["--version"]).output.strip() == "0.1.0"
