"""Logging: one line an event, readable in a terminal, JSON in a pipe."""

import logging
import sys
import time
from typing import Any

import orjson

from playhead.runtime.settings import Settings

LIBRARIES = ("faust", "mode", "aiokafka", "librdkafka", "asyncio", "rocksdict")


class Log:
    """A logger whose messages are events with fields: ``log.info("partition worker recovered", partition=3)``."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, /, **fields: Any) -> None:
        """Logs what only a developer wants to know."""
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, /, **fields: Any) -> None:
        """Logs what an operator may want to know."""
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, /, **fields: Any) -> None:
        """Logs what an operator should look at some time."""
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, /, error: BaseException | None = None, **fields: Any) -> None:
        """Logs what an operator must look at, with the traceback of ``error``."""
        self._write(logging.ERROR, event, fields, error)

    def _write(
        self, level: int, event: str, fields: dict[str, Any], error: BaseException | None = None
    ) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, event, extra={"fields": fields}, exc_info=error)


class JsonFormatter(logging.Formatter):
    """A formatter of one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, event, and the event's own fields."""
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


class TextFormatter(logging.Formatter):
    """A formatter of aligned text."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, event, then ``field=value``."""
        own = "".join(f"  {name}={value}" for name, value in getattr(record, "fields", {}).items())
        origin = "" if record.name.startswith("playhead") else f" [{record.name}]"
        line = f"{_time(record)} {record.levelname.lower():7} {record.getMessage()}{own}{origin}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure(settings: Settings) -> None:
    """Send this process's logs to standard error in the form that ``settings`` ask for."""
    text = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextFormatter() if text else JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("playhead").setLevel(settings.log_level.upper())
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Faust and mode hand their warnings on to the root, once.
    logging.captureWarnings(True)


def _time(record: logging.LogRecord) -> str:
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{seconds}.{int(record.msecs):03d}Z"
