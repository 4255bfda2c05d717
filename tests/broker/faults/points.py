"""Where a worker can be made to die: the steps by which a batch's effects become durable.

The places are functions of the product, wrapped in a worker of the tests (``worker.py``). A trap file names one of
them; who passes it for the given time kills itself as kill -9 does, and takes the trap file with it.
"""

import asyncio
import functools
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from playhead.runtime.changelog import Changelog
from playhead.runtime.commits import Committer
from playhead.runtime.learn import ShardWork
from playhead.runtime.outbox import Outbox, Ticket
from playhead.runtime.personalize import Personalization
from playhead.runtime.publication import Publisher
from playhead.runtime.store import Store

STEPS: dict[str, tuple[type, str]] = {
    "step": (Personalization, "_step"),
    "send": (Ticket, "send"),
    "produce": (Outbox, "produce"),
    "followed": (Ticket, "send_followed"),
    "flush": (Ticket, "delivered"),
    "confirm": (Committer, "confirm"),
    "changelog": (Changelog, "append"),
    "write": (Store, "write"),
    "note": (Committer, "note"),
    "commit": (Committer, "_commit_at_once"),
}
"""What a personalize worker does with a batch, in its order."""
LEARN_STEPS: dict[str, tuple[type, str]] = {
    "learn": (ShardWork, "process"),
    "tick": (ShardWork, "tick"),
    "publish": (Publisher, "publish"),
    "commit": (Committer, "_commit_at_once"),
}
MOMENTS = ("before", "within", "after")
ASLEEP = "asleep"
"""Before, and by SIGSTOP: who passes falls asleep there and goes on from there."""
WITHIN_S = 0.004
"""Within a step is up to so long after its beginning: a flush takes 0.3 to 3 ms, a write 0.1, a commit 2.5."""
WITHIN_PUBLISHING_S = 0.03
"""A transaction takes longer."""


class Point(NamedTuple):
    """A moment of a step, at its ``passage``-th passage from now."""

    step: str
    moment: str
    passage: int

    def write(self, trap: Path) -> None:
        """Set the trap."""
        new = trap.with_suffix(".new")
        new.write_text(f"{self.step} {self.moment} {self.passage}")
        new.rename(trap)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Traps:
    """Looks at the trap file at every passage of a step."""

    def __init__(self, trap: Path) -> None:
        self._trap = trap
        self._armed: Point | None = None
        self._passed = 0

    def lay(self, steps: dict[str, tuple[type, str]]) -> None:
        """Wrap all steps."""
        for step, (owner, name) in steps.items():
            setattr(owner, name, self._wrapped(step, getattr(owner, name)))

    def _wrapped(self, step: str, original: Callable[..., Any]) -> Callable[..., Any]:
        if asyncio.iscoroutinefunction(original):

            @functools.wraps(original)
            async def later(*args: Any, **named: Any) -> Any:
                hit = self._hit(step)
                self._at("before", hit, step)
                result = await original(*args, **named)
                self._at("after", hit, step)
                return result

            return later

        @functools.wraps(original)
        def at_once(*args: Any, **named: Any) -> Any:
            hit = self._hit(step)
            self._at("before", hit, step)
            result = original(*args, **named)
            self._at("after", hit, step)
            return result

        return at_once

    def _hit(self, step: str) -> str:
        """The moment of this passage at which the process is to die, "" for none."""
        if self._armed is None and self._trap.exists():
            text = self._trap.read_text().split()
            self._armed = Point(text[0], text[1], int(text[2]))
            self._passed = 0
        if self._armed is None or self._armed.step != step:
            return ""
        self._passed += 1
        return self._armed.moment if self._passed == self._armed.passage else ""

    def _at(self, moment: str, hit: str, step: str) -> None:
        if hit == moment:
            self._trap.unlink(missing_ok=True)
            _die()
        elif hit == ASLEEP and moment == "before":
            self._trap.unlink(missing_ok=True)
            self._armed = None
            os.kill(os.getpid(), signal.SIGSTOP)
        elif hit == "within" and moment == "before":
            self._trap.unlink(missing_ok=True)
            # Not the same moment each time: the process's own clock is as good as a die.
            longest_s = WITHIN_PUBLISHING_S if step == "publish" else WITHIN_S
            wait_s = longest_s * (time.perf_counter_ns() % 1000) / 1000
            threading.Timer(wait_s, _die).start()
