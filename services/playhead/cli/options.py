"""Options that several commands have, each named as the setting that it overrides."""

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console

if TYPE_CHECKING:
    from types import FrameType

    from playhead.runtime.settings import Settings

Command = TypeVar("Command", bound=Callable[..., None])

Bootstrap = Annotated[
    str | None,
    typer.Option(
        help="Kafka brokers to ask first, HOST:PORT, several with commas. Overrides PLAYHEAD_BOOTSTRAP.",
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the local stores. Overrides PLAYHEAD_DATA_DIR.",
        file_okay=False,
    ),
]
Instance = Annotated[
    str | None,
    typer.Option(
        help="Name of this worker: kept over restarts, unlike all others of its role. Overrides PLAYHEAD_INSTANCE.",
    ),
]
MetricsPort = Annotated[
    int | None,
    typer.Option(
        help="Port on 127.0.0.1 for Prometheus, 0 for none. Overrides PLAYHEAD_METRICS_PORT.",
    ),
]
Home = Annotated[
    Path,
    typer.Option(
        help="Folder for downloads (Kafka, Java), logs and temporary data.",
        file_okay=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
HOME = Path(".playhead")

stdout = Console(highlight=False)
stderr = Console(stderr=True, highlight=False)
"""Progress and errors; standard output is for results."""


def taught(command: Command) -> Command:
    """A decorator that keeps the examples in a command's help as they are: help rewraps all blocks but those behind a backspace."""
    command.__doc__ = re.sub(
        r"^( *)Examples:$", "\\1\b\n\\1Examples:", command.__doc__ or "", flags=re.MULTILINE
    )
    return command


def say(text: str) -> None:
    """Prints one line of progress, unwrapped however wide the terminal is."""
    stderr.print(text, markup=False, soft_wrap=True)


def settings_from(**given: Any) -> "Settings":
    """The settings from the environment, overridden by the given options."""
    from playhead.runtime.settings import from_environment

    return from_environment(**given)


@contextmanager
def interrupt_once() -> Iterator[None]:
    """Makes SIGTERM unwind like Ctrl-C, so that whatever was started is stopped; a second one doesn't disturb that.

    Ctrl-C ends with 130, as everywhere; SIGTERM with 0, as a supervisor expects of who stops when told.
    """

    def interrupt(number: int, _frame: "FrameType | None") -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(0)

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
