"""The supervisor: what dies starts again, what is stopped stays stopped, and nobody is left behind."""

import os
import time
from contextlib import suppress
from pathlib import Path
from threading import Timer

import pytest

from playhead.cli import up
from playhead.process import children, supervisor
from playhead.process.supervisor import ServiceSpec, Supervisor
from playhead.runtime.settings import Settings


@pytest.fixture(autouse=True)
def _shell_as_playhead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "command", lambda: ["sh", "-c"])
    monkeypatch.setattr(supervisor, "FIRST_WAIT_S", 0.05)


def supervise(services: list[ServiceSpec], seconds: float) -> list[tuple[str, str]]:
    """Names of services and lines that a supervisor wrote while it ran for some seconds."""
    messages: list[tuple[str, str]] = []
    with (
        suppress(KeyboardInterrupt),
        Supervisor(services, lambda name, line: messages.append((name, line))) as running,
    ):
        Timer(seconds, lambda: os.kill(os.getpid(), 2)).start()
        running.run()
    return messages


def test_what_dies_starts_again() -> None:
    messages = supervise([ServiceSpec("short", ("echo hello; exit 3",), {})], 2.0)
    assert messages.count(("short", "hello")) >= 2
    assert any("exit code 3" in line for _, line in messages)


def test_all_are_stopped(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    messages = supervise(
        [ServiceSpec(name, (f"echo $$ >> {pids}; exec sleep 60",), {}) for name in ("a", "b")], 0.7
    )
    assert ("up", "stopping all workers") in messages
    for pid in pids.read_text().split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


def test_children_who_do_not_stop_are_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "STOP_S", 0.3)
    begun = time.monotonic()
    supervise([ServiceSpec("deaf", ("trap '' TERM; while :; do sleep 0.1; done",), {})], 0.5)
    assert time.monotonic() - begun < 5


def test_workers_have_names_folders_and_ports_of_their_own() -> None:
    services = up.services(Settings(metrics_port=9100), personalize=2, learn=1)
    assert [service.name for service in services] == ["personalize-0", "personalize-1", "learn-0"]
    for variable in ("PLAYHEAD_INSTANCE", "PLAYHEAD_DATA_DIR", "PLAYHEAD_METRICS_PORT"):
        assert len({service.environment[variable] for service in services}) == 3


def test_a_gateway_is_run_where_one_is_wanted() -> None:
    assert "gateway-0" not in {service.name for service in up.services(Settings(), 1, 1)}
    *_, service = up.services(Settings(bootstrap="here:9092", log_format="text"), 1, 1, 8080)
    assert service.arguments == ("gateway", "--port", "8080")
    assert service.environment["PLAYHEAD_BOOTSTRAP"] == "here:9092"
    assert service.environment["PLAYHEAD_INSTANCE"].endswith("gateway-0")


def test_who_gives_no_sign_of_life_is_killed_and_starts_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "SILENT_S", 0.5)
    pulse = tmp_path / "pulse"
    # Alive for a second, then it hangs.
    hangs = f"echo born; for i in 1 2 3 4 5; do touch {pulse}; sleep 0.2; done; exec sleep 60"
    messages = supervise([ServiceSpec("hangs", (hangs,), {}, pulse)], 4.0)
    assert ("hangs", "gives no sign of life: killed") in messages
    assert messages.count(("hangs", "born")) >= 2


def test_a_pulse_of_a_former_life_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "SILENT_S", 5.0)
    monkeypatch.setattr(supervisor, "STARTING_S", 100.0)
    file = tmp_path / "pulse"
    file.touch()
    pulse = supervisor.Pulse(file, 1000.0)
    assert not pulse.is_lost(1099.0)
    assert pulse.is_lost(1101.0)
    os.utime(file, (1, 1))
    assert not pulse.is_lost(1102.0)
    assert pulse.is_lost(1108.0)


def test_a_spare_that_has_got_ready_takes_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # first ─▶ after 0.3 s a spare, which waits ─▶ first ends ─▶ the spare is told where ─▶ goes on as the worker
    monkeypatch.setattr(supervisor, "SPARE_AFTER_S", 0.3)
    lives = f"""
        if [ -n "$PLAYHEAD_STANDBY" ]; then touch {tmp_path}/waits; read where; echo told $where; exec sleep 60; fi
        until [ -e {tmp_path}/waits ]; do sleep 0.05; done; sleep 0.2; echo first ends; exit 1
    """
    messages = supervise([ServiceSpec("worker", (lives,), {}, bootstrap="here:9092")], 3.0)
    assert messages.index(("worker", "first ends")) < messages.index(("worker", "told here:9092"))
    assert messages.count(("worker", "first ends")) == 1
