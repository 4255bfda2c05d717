"""The demonstration itself: Kafka, topics, workers and catalogue, then events in and rankings out until it is over."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from playhead.demo.answers import Answers
from playhead.demo.audience import Audience
from playhead.demo.board import Board
from playhead.demo.catalogue import catalogue
from playhead.demo.children import Children
from playhead.demo.load import Load, Log, Viewers
from playhead.demo.loop import Loop
from playhead.demo.publish import Publisher, publish_all
from playhead.demo.recorded import Recording
from playhead.demo.screen import Screen
from playhead.demo.spotlight import Spotlight
from playhead.domain.decoding import decode_title
from playhead.domain.titles import Title
from playhead.domain.topics import TITLES
from playhead.runtime.admin import create_topics
from playhead.runtime.embedded import EmbeddedBroker
from playhead.runtime.settings import Settings

ROLES = ("personalize", "learn")


@dataclass(frozen=True, slots=True)
class Options:
    """What a person may choose; ``seconds`` counts from the first event, None is until Ctrl-C or the log's end."""

    home: Path = Path(".playhead")
    bootstrap: str | None = None
    events: Path | None = None
    titles: Path | None = None
    seconds: float | None = None
    rate: float = 200.0
    viewers: int = 500
    seed: int = 1


def run_demo(options: Options, settings: Settings, screen: Screen, board: Board) -> None:
    """Everything from the broker to the last answer; ``board`` has the figures, also when this is interrupted.

    Raises:
        Unavailable: something did not start, or ended by itself; whatever was started is stopped.
    """
    with ExitStack() as stack:
        if options.bootstrap is None:
            broker = stack.enter_context(EmbeddedBroker(options.home, progress=screen.say))
            settings = replace(settings, bootstrap=broker.bootstrap)
        screen.say(f"Kafka answers at {settings.bootstrap}.")
        create_topics(settings)
        children = stack.enter_context(Children())
        start_workers(children, settings, options.home, stack.enter_context(scratch(options.home)))
        titles = read_titles(options)
        publish_all(settings, TITLES, ((title.title_id, msgspec.json.encode(title)) for title in titles))
        screen.say(
            f"{len(titles):,} titles published; workers start, their logs are in {options.home / 'logs'}."
        )
        spotlight = Spotlight({title.title_id: title.name for title in titles})
        answers = stack.enter_context(Answers(settings))
        loop = Loop(
            settings,
            publisher=Publisher(settings),
            answers=answers,
            board=board,
            spotlight=spotlight,
            screen=screen,
            children=children,
        )
        loop.run(make_load(options, titles), options.rate, options.seconds)


def start_workers(children: Children, settings: Settings, home: Path, data: Path) -> None:
    """One worker a role, each with a store of its own."""
    for role in ROLES:
        environment = {
            "PLAYHEAD_BOOTSTRAP": settings.bootstrap,
            "PLAYHEAD_DATA_DIR": str(data / role),
            "PLAYHEAD_INSTANCE": f"demo-{role}-{os.getpid()}",
            "PLAYHEAD_LOG_FORMAT": "text",
        }
        children.start(role, ["worker", role], environment, home / "logs" / f"demo-{role}.log")


def make_load(options: Options, titles: Sequence[Title]) -> Load:
    """The recorded log, if one is given; else the audience."""
    if options.events is not None:
        return Log(options.events)
    return Viewers(Audience(options.seed, options.viewers, titles))


def read_titles(options: Options) -> Sequence[Title]:
    """The given catalogue; none for a log without one (its titles are known by id); else an invented one."""
    if options.titles is not None:
        with Recording(options.titles) as recording:
            lines = recording.lines("titles", validate=True)
            return [decode_title(line.key.encode(), line.value) for line in lines]
    return () if options.events is not None else catalogue(options.seed)


@contextmanager
def scratch(home: Path) -> Iterator[Path]:
    """A folder for the stores of one run: the embedded broker forgets, so its workers must too."""
    home.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="demo-", dir=home)).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
