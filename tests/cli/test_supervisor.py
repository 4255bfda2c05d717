"""The supervisor: what dies starts again, what is stopped stays stopped, and nobody is left behind."""

import os
import time
from contextlib import suppress
from pathlib import Path
from threading import Timer

import pytest

from playhead.cli import supervisor, up
from playhead.cli.supervisor import Post, Supervisor
from playhead.demo import children
from playhead.runtime.settings import Settings


@pytest.fixture(autouse=True)
def _shell_as_playhead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "command", lambda: ["sh", "-c"])
    monkeypatch.setattr(supervisor, "FIRST_WAIT_S", 0.05)


def supervise(posts: list[Post], seconds: float) -> list[tuple[str, str]]:
    """What was told while it ran for some seconds."""
    told: list[tuple[str, str]] = []
    with (
        suppress(KeyboardInterrupt),
        Supervisor(posts, lambda name, line: told.append((name, line))) as running,
    ):
        Timer(seconds, lambda: os.kill(os.getpid(), 2)).start()
        running.run()
    return told


def test_what_dies_starts_again() -> None:
    told = supervise([Post("short", ("echo hello; exit 3",), {})], 2.0)
    assert told.count(("short", "hello")) >= 2
    assert any("exit code 3" in line for _, line in told)


def test_all_are_stopped(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    told = supervise([Post(name, (f"echo $$ >> {pids}; exec sleep 60",), {}) for name in ("a", "b")], 0.7)
    assert ("up", "stopping all workers") in told
    for pid in pids.read_text().split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


def test_children_who_do_not_stop_are_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "STOP_S", 0.3)
    begun = time.monotonic()
    supervise([Post("deaf", ("trap '' TERM; while :; do sleep 0.1; done",), {})], 0.5)
    assert time.monotonic() - begun < 5


def test_workers_have_names_folders_and_ports_of_their_own() -> None:
    posts = up.posts(Settings(metrics_port=9100), personalize=2, learn=1)
    assert [post.name for post in posts] == ["personalize-0", "personalize-1", "learn-0"]
    for variable in ("PLAYHEAD_INSTANCE", "PLAYHEAD_DATA_DIR", "PLAYHEAD_METRICS_PORT"):
        assert len({post.environment[variable] for post in posts}) == 3
