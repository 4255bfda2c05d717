"""A single-node Apache Kafka that starts and ends with this process."""

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from playhead.domain.errors import Unavailable
from playhead.lab.kafka import node, ports
from playhead.lab.kafka.artifacts import find_kafka
from playhead.lab.kafka.folders import OwnedFolder, borrow, keep
from playhead.lab.kafka.java import find_java
from playhead.lab.kafka.node import Address, PortTakenError
from playhead.lab.kafka.storage import Kafka, prepared

if TYPE_CHECKING:
    from playhead.lab.kafka.child import KafkaProcess

logger = logging.getLogger(__name__)

ATTEMPTS = 5
LOGS_KEPT = 20


def _say_nothing(_: str) -> None:
    pass


class EmbeddedBroker:
    """Kafka on free loopback ports: ``with EmbeddedBroker(home=Path(".playhead")) as broker: ...``.

    ``home`` caches what is fetched, and holds the logs. ``data`` is kept over runs; without it the data are in a
    temporary folder inside ``home``, removed at the end (or, after a kill -9 of this process, by the next broker).
    ``settings`` overrule those of ``settings.py``. ``progress`` is called before long steps. A ``brief`` broker, for a
    life of minutes, is quick at once rather than later. Any thread may call the methods, one thread at a time.
    """

    def __init__(
        self,
        home: Path,
        data: Path | None = None,
        progress: Callable[[str], None] = _say_nothing,
        *,
        settings: Mapping[str, str] | None = None,
        brief: bool = False,
        start_timeout_s: float = 60.0,
        stop_timeout_s: float = 20.0,
    ) -> None:
        self._home = home.absolute()
        self._data = data.absolute() if data is not None else None
        self._progress = progress
        self._settings = dict(settings or {})
        self._brief = brief
        self._start_timeout_s = start_timeout_s
        self._stop_timeout_s = stop_timeout_s
        self._folder: OwnedFolder | None = None
        self._kafka: Kafka | None = None
        self._address: Address | None = None
        self._child: KafkaProcess | None = None
        self.log_path = self._home / "logs" / f"kafka-{time.time_ns()}.log"

    def __enter__(self) -> Self:
        try:
            self._kafka = prepared(
                self._home,
                find_java(self._home, self._progress),
                find_kafka(self._home, self._progress),
                self._progress,
            )
            self._folder = keep(self._data) if self._data else borrow(self._home / "run")
            self._start_anywhere()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def bootstrap(self) -> str:
        """``127.0.0.1:PORT``, the same for the whole life of the broker."""
        assert self._address is not None, "the broker is not started: use it in a with statement"
        return self._address.bootstrap

    @property
    def pid(self) -> int:
        """The process id of the newest run; a restart changes it."""
        assert self._child is not None, "the broker is not started: use it in a with statement"
        return self._child.pid

    def kill(self) -> None:
        """End the process as kill -9 does. Data and ports stay ours: ``restart`` goes on with both."""
        if self._child is not None:
            self._child.kill()

    def restart(self) -> None:
        """Start again on the same ports and data, after a clean stop when it runs.

        Raises:
            Unavailable: Kafka does not start, or someone else took the port meanwhile.
        """
        assert self._address is not None, "the broker is not started: use it in a with statement"
        self._stop_child()
        try:
            self._start(self._address)
        except PortTakenError as error:
            raise Unavailable(
                f"Kafka can't restart: a port of {self.bootstrap} was taken meanwhile.", "Start a new broker."
            ) from error

    def stop(self) -> None:
        """End the process, cleanly when it can be, and let go of the data. Doing it twice does nothing more."""
        self._stop_child()
        if self._folder is not None:
            self._folder.close()
            self._folder = None

    def _start_anywhere(self) -> None:
        for _ in range(ATTEMPTS):
            self._address = Address(*ports.free(2))
            try:
                return self._start(self._address)
            except PortTakenError as error:
                logger.info("Trying other ports: %s", error)
        raise Unavailable(
            f"{ATTEMPTS} times, others took the ports that were free. Kafka's log is {self.log_path}.",
            "Look for what takes so many ports, then start again.",
        )

    def _start(self, address: Address) -> None:
        assert self._kafka is not None
        assert self._folder is not None
        _make_room(self.log_path)
        begun = time.monotonic()
        self._child = node.start(
            self._kafka,
            address,
            self._folder.path,
            self.log_path,
            self._settings,
            brief=self._brief,
            timeout_s=self._start_timeout_s,
        )
        logger.info("Kafka answers on %s after %.1f s", address.bootstrap, time.monotonic() - begun)

    def _stop_child(self) -> None:
        if self._child is not None and not self._child.stop(self._stop_timeout_s):
            logger.warning("Kafka did not stop in %s s and was killed", self._stop_timeout_s)


def _make_room(log: Path) -> None:
    """Removes all but the newest logs; these outlive their brokers, to be read after a failure."""
    log.parent.mkdir(parents=True, exist_ok=True)
    for old in sorted(log.parent.glob("kafka-*.log"))[:-LOGS_KEPT]:
        old.unlink(missing_ok=True)
