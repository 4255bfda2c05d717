"""The demonstration for real: its own Kafka, workers and audience; nothing of it is left, however it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.effort import THOROUGH

from playhead.lab.demo.catalogue import catalogue
from playhead.lab.kafka import EmbeddedBroker

pytest.importorskip("playhead.recipe")
START_S = 120.0


class Demo:
    """A running demonstration, and what belongs to it."""

    def __init__(self, folder: Path, home: Path, *options: str) -> None:
        self.errors = folder / "stderr"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "playhead.cli", "demo", "--json", "--home", str(home), *options],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def wait_until_it_runs(self) -> None:
        until_s = time.monotonic() + START_S
        while (
            " of " not in self.errors.read_text() or "ranked 0 of" in self.errors.read_text().splitlines()[-1]
        ):
            assert time.monotonic() < until_s, self.errors.read_text()
            assert self.process.poll() is None, self.errors.read_text()
            time.sleep(0.1)

    def children(self) -> set[int]:
        return children_of(self.process.pid)

    def summary(self) -> dict[str, float]:
        out, _ = self.process.communicate(timeout=START_S + 60)
        assert out, self.errors.read_text()
        summary: dict[str, float] = json.loads(out.splitlines()[-1])
        return summary


def children_of(parent: int) -> set[int]:
    """Processes whose parent that is."""
    children = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            ppid = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        if ppid == parent:
            children.add(int(stat.parent.name))
    return children


def alive(processes: set[int]) -> set[int]:
    return {pid for pid in processes if Path(f"/proc/{pid}").exists()}


def gone_within(processes: set[int], seconds: float) -> bool:
    until_s = time.monotonic() + seconds
    while alive(processes) and time.monotonic() < until_s:
        time.sleep(0.1)
    return not alive(processes)


@pytest.fixture
def demo(tmp_path: Path, home: Path) -> Iterator[Demo]:
    running = Demo(tmp_path, home, "--seconds", "300")
    running.wait_until_it_runs()
    yield running
    running.process.kill()
    running.process.communicate()


def test_a_run_ends_with_a_summary_in_which_every_viewer_is_ranked(tmp_path: Path, home: Path) -> None:
    demo = Demo(tmp_path, home, "--seconds", "20")
    summary = demo.summary()
    assert demo.process.returncode == 0, demo.errors.read_text()
    assert summary["events"] > 20 * 200 * 0.8
    assert summary["rankings"] > summary["events"] * 0.1
    assert summary["dead_letters"] == 0
    assert summary["profiles_active"] > 100
    assert summary["profiles_ranked"] == summary["profiles_active"]
    assert 0 < summary["freshness_p50_ms"] <= summary["freshness_p99_ms"]
    assert summary["seconds_to_first_ranking"] > 0


def test_an_interrupted_run_stops_its_children_and_still_sums_up(demo: Demo) -> None:
    children = demo.children()
    assert len(children) == 4  # Kafka, two workers and the gateway
    demo.process.send_signal(signal.SIGINT)
    assert demo.summary()["profiles_ranked"] > 0
    assert demo.process.returncode == 130
    assert not alive(children)


@pytest.mark.skipif(not THOROUGH, reason="a demo of its own for one signal: HYPOTHESIS_PROFILE=thorough")
def test_a_killed_run_leaves_nobody_behind(demo: Demo) -> None:
    children = demo.children()
    os.kill(demo.process.pid, signal.SIGKILL)
    assert gone_within(children, 10)


@pytest.mark.skipif(not THOROUGH, reason="a demo of its own for one death: HYPOTHESIS_PROFILE=thorough")
def test_a_worker_that_dies_ends_the_run_with_its_last_words(demo: Demo) -> None:
    for child in demo.children():
        if b"personalize" in Path(f"/proc/{child}/cmdline").read_bytes():
            os.kill(child, signal.SIGKILL)
    demo.process.communicate(timeout=60)
    assert demo.process.returncode == 1
    assert "The personalize worker ended by itself" in demo.errors.read_text()


def test_a_recorded_log_on_a_running_cluster(tmp_path: Path, home: Path, broker: EmbeddedBroker) -> None:
    #  each of 40 viewers: opens the app, views the page, finishes one title
    titles = catalogue(seed=5, count=50)
    (tmp_path / "titles.jsonl").write_text(
        "".join(json.dumps({"title_id": title.title_id, "name": title.name}) + "\n" for title in titles)
    )
    events = [
        {"type": kind, "profile_id": f"p{viewer}", "occurred_at": 1_767_225_600_000 + viewer, **more}
        for viewer in range(40)
        for kind, more in (
            ("session_started", {}),
            ("page_viewed", {}),
            ("playback_completed", {"title_id": titles[viewer].title_id}),
        )
    ]
    (tmp_path / "events.jsonl").write_text(
        "".join(json.dumps({"event_id": f"e{number}", **event}) + "\n" for number, event in enumerate(events))
    )
    files = ("--events", str(tmp_path / "events.jsonl"), "--titles", str(tmp_path / "titles.jsonl"))
    summary = Demo(tmp_path, home, *files, "--bootstrap", broker.bootstrap, "--rate", "100").summary()
    assert summary["events"] == len(events)
    assert summary["profiles_ranked"] == summary["profiles_active"] == 40
    assert summary["dead_letters"] == 0
