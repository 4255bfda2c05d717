"""The workers under attack, each kept running by the product's own supervisor."""

import re
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.broker.faults.points import ASLEEP, Point
from tests.broker.faults.worker import CLOCK, TRAP, WITHOUT

from playhead.lab.kafka.ports import free
from playhead.process.children import Child
from playhead.process.supervisor import LOOK_S, ServiceSpec, Supervisor
from playhead.runtime.settings import Settings

PROGRAM = (sys.executable, "-m", "tests.broker.faults.worker")


class Member:
    """A post, whoever holds it."""

    def __init__(self, role: str, number: int, supervisor: Supervisor, folder: Path, port: int) -> None:
        self.role = role
        self.number = number
        self.folder = folder
        self.supervisor = supervisor
        self.trap = folder / "trap"
        self._port = port

    @property
    def child(self) -> Child:
        """The process that holds it now."""
        [child] = self.supervisor.children
        return child

    def signal(self, number: signal.Signals) -> None:
        """Send it to the process that holds the post now."""
        self.child.process.send_signal(number)

    def kill(self) -> None:
        """End the process as kill -9 does; the supervisor starts another."""
        self.signal(signal.SIGKILL)
        self.child.process.wait(10)

    def die_at(self, point: Point, within_s: float = 20) -> bool:
        """Let the process kill itself at a point; False when it never came there."""
        process = self.child.process
        point.write(self.trap)
        until_s = time.monotonic() + within_s
        while process.poll() is None:
            if time.monotonic() > until_s:
                self.trap.unlink(missing_ok=True)
                return False
            time.sleep(0.005)
        return True

    def sleep_at(self, step: str, within_s: float = 20) -> None:
        """Let the process stop itself before a step, as SIGSTOP does, and wait until it has."""
        Point(step, ASLEEP, 1).write(self.trap)
        stat = Path(f"/proc/{self.child.process.pid}/stat")
        until_s = time.monotonic() + within_s
        while stat.read_text().rpartition(")")[2].split()[0] != "T":
            assert time.monotonic() < until_s, f"{step} was never passed"
            time.sleep(0.005)

    def metrics(self) -> str:
        """What it tells Prometheus, "" while it does not answer."""
        try:
            with urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""


class Crew:
    """All workers of a run; ``without`` is the protection that they lack."""

    def __init__(self, settings: Settings, folder: Path, without: str = "") -> None:
        self._settings = settings
        self._folder = folder
        self._without = without
        self.members: list[Member] = []
        self.log = folder / "workers.log"
        self._lock = threading.Lock()
        self._over = threading.Event()
        # The kernel ends a child with the thread that started it: this one lives as long as the crew.
        self._thread = threading.Thread(target=self._look, name="crew", daemon=True)
        self._thread.start()

    def hire(self, role: str, number: int = 0, *, watched: bool = False) -> Member:
        """A new post, and its first worker; ``watched``: it is ended when it gives no sign of life."""
        name = f"{role}-{number}"
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        [port] = free(1)
        pulse = folder / "data" / role / f"{name}.pulse" if watched else None
        environment = self._environment(name, folder, port)
        post = ServiceSpec(name, (role,), environment, pulse, self._settings.bootstrap, PROGRAM)
        # One that dies is always started again at once: here death says nothing about health.
        supervisor = Supervisor([post], self._tell, healthy_s=0.0)
        member = Member(role, number, supervisor, folder, port)
        with self._lock:
            supervisor.__enter__()
            self.members.append(member)
        return member

    def dismiss(self, member: Member, *, gently: bool = False) -> None:
        """End a post for good: with SIGTERM, or as a machine that is gone."""
        with self._lock:
            self.members.remove(member)
            if not gently:
                member.signal(signal.SIGKILL)
            member.supervisor.__exit__(None, None, None)

    @contextmanager
    def nobody_starts(self) -> Iterator[None]:
        """While the block runs, workers that have died stay dead."""
        with self._lock:
            yield

    def folder_of(self, role: str, number: int = 0) -> Path:
        """Where its data will be."""
        return self._folder / f"{role}-{number}" / "data"

    def found(self, pattern: str) -> list[Any]:
        """What the workers' log has of that."""
        return re.findall(pattern, self.log.read_text())

    def of(self, role: str) -> list[Member]:
        """All who do that."""
        return [member for member in self.members if member.role == role]

    def close(self) -> None:
        """End all posts at once."""
        for member in list(self.members):
            self.dismiss(member)
        self._over.set()
        self._thread.join()

    def _environment(self, name: str, folder: Path, port: int) -> Mapping[str, str]:
        return {
            "PLAYHEAD_BOOTSTRAP": self._settings.bootstrap,
            "PLAYHEAD_DATA_DIR": str(folder / "data"),
            "PLAYHEAD_INSTANCE": name,
            "PLAYHEAD_METRICS_PORT": str(port),
            "PLAYHEAD_PUBLISH_EVERY_S": str(self._settings.publish_every_s),
            "PLAYHEAD_LOG_FORMAT": "text",
            TRAP: str(folder / "trap"),
            CLOCK: str(folder / "clock"),
            WITHOUT: self._without,
        }

    def _look(self) -> None:
        while not self._over.wait(LOOK_S):
            with self._lock:
                for member in self.members:
                    member.supervisor.look()

    def _tell(self, name: str, line: str) -> None:
        with self.log.open("a") as log:
            log.write(f"{time.strftime('%H:%M:%S')} {name} {line}\n")
