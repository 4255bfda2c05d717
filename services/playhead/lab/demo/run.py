"""The demonstration itself: Kafka, topics, workers and catalogue, then events in and rankings out until it is over."""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from playhead.domain.decoding import decode_title
from playhead.domain.experiments import Arm, Experiment
from playhead.domain.titles import Title
from playhead.domain.topics import TITLES
from playhead.lab.demo.answers import RankingTail
from playhead.lab.demo.audience import Audience
from playhead.lab.demo.board import Board
from playhead.lab.demo.catalogue import catalogue
from playhead.lab.demo.load import AudienceLoad, Load, RecordedLoad
from playhead.lab.demo.loop import Loop
from playhead.lab.demo.publish import EventPublisher
from playhead.lab.demo.screen import ProgressScreen
from playhead.lab.demo.spotlight import Spotlight
from playhead.lab.kafka import EmbeddedBroker
from playhead.lab.kafka.folders import borrow
from playhead.lab.kafka.ports import free
from playhead.process.children import STANDBY, Children
from playhead.replay.recorded import Recording
from playhead.runtime.admin import create_topics
from playhead.runtime.experiments import Standing, put_experiment
from playhead.runtime.settings import Settings

PICTURES = Experiment(
    experiment_id="chosen-pictures",
    share=1.0,
    arms=(
        Arm(name="control", share=0.5),
        Arm(name="first_picture", share=0.5, settings={"pipeline.artwork.chosen": False}),
    ),
    metric="click",
    lift=0.1,
)


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What a person may choose; ``seconds`` counts from when both workers are up, None is until Ctrl-C or the log's end."""

    home: Path = Path(".playhead")
    bootstrap: str | None = None
    events: Path | None = None
    titles: Path | None = None
    seconds: float | None = None
    rate: float = 200.0
    viewers: int = 500
    seed: int = 1
    page_port: int = 0


def run_demo(options: DemoOptions, settings: Settings, screen: ProgressScreen, board: Board) -> None:
    """Runs everything from the broker to the last answer; ``board`` has the statistics, also when this is interrupted.

    Raises:
        Unavailable: something did not start, or ended by itself; whatever was started is stopped.
    """
    with ExitStack() as stack:
        # The embedded broker forgets, so its workers must too.
        stores = borrow(options.home.absolute() / "run")
        stack.callback(stores.close)
        children = stack.enter_context(Children())
        # On standby it imports, and after an install compiles, what it needs while Kafka starts.
        start_worker(children, "personalize", options.home, stores.path, {STANDBY: "1"})
        titles = read_titles(options)
        if options.bootstrap is None:
            broker = stack.enter_context(EmbeddedBroker(options.home, progress=screen.say, brief=True))
            # The broker is entered last, so it would be stopped first; workers must be able to finish on it.
            stack.callback(children.stop)
            settings = replace(settings, bootstrap=broker.bootstrap)
        screen.say(f"Kafka answers at {settings.bootstrap}.")
        create_topics(settings)
        if options.bootstrap is None:
            start_experiment(settings)
        children.go(settings.bootstrap)
        # Nobody waits for the models at first, so this one does not compete with Kafka's start.
        start_worker(children, "learn", options.home, stores.path, {"PLAYHEAD_BOOTSTRAP": settings.bootstrap})
        publisher = EventPublisher(settings)
        stack.callback(publisher.close)
        publish_titles(publisher, titles)
        screen.say(
            f"{len(titles):,} titles published; workers start, their logs are in {options.home / 'logs'}."
        )
        screen.say(f"The live page: {start_gateway(children, options, settings)} (as soon as all are warm).")
        loop = Loop(
            settings,
            publisher=publisher,
            answers=stack.enter_context(RankingTail(settings)),
            board=board,
            spotlight=Spotlight({title.title_id: title.name for title in titles}),
            screen=screen,
            children=children,
        )
        load = make_load(options, titles)
        stack.callback(load.close)
        loop.run(load, options.rate, options.seconds)


def start_worker(children: Children, role: str, home: Path, stores: Path, more: Mapping[str, str]) -> None:
    """Starts a worker of that role, with a store and a log of its own."""
    environment = {
        "PLAYHEAD_DATA_DIR": str(stores / role),
        "PLAYHEAD_INSTANCE": f"demo-{role}-{os.getpid()}",
        "PLAYHEAD_LOG_FORMAT": "text",
        "PLAYHEAD_METRICS_PORT": str(port := free(1)[0]),
    }
    log = home / "logs" / f"demo-{role}.log"
    readyz = f"http://127.0.0.1:{port}/readyz"
    children.start(role, ["worker", role], environment | dict(more), log, readyz=readyz)


def start_gateway(children: Children, options: DemoOptions, settings: Settings) -> str:
    """Starts the gateway with the live page; returns its address."""
    port = options.page_port or free(1)[0]
    environment = {"PLAYHEAD_BOOTSTRAP": settings.bootstrap, "PLAYHEAD_LOG_FORMAT": "text"}
    log = options.home / "logs" / "demo-gateway.log"
    page = f"http://127.0.0.1:{port}/"
    children.start("gateway", ["gateway", "--port", str(port)], environment, log, readyz=f"{page}readyz")
    return page


def start_experiment(settings: Settings) -> None:
    """Starts an experiment, so that there is one to look at: pictures chosen for their viewer against each title's first."""
    put_experiment(settings, Standing(), PICTURES)


def publish_titles(publisher: EventPublisher, titles: Sequence[Title]) -> None:
    """Publishes the catalogue, and waits until it is stored."""
    for title in titles:
        publisher.send(TITLES, title.title_id, msgspec.json.encode(title))
        publisher.serve()
    publisher.flush()


def make_load(options: DemoOptions, titles: Sequence[Title]) -> Load:
    """The recorded log, if one is given; else the audience."""
    if options.events is not None:
        return RecordedLoad(options.events)
    return AudienceLoad(Audience(options.seed, options.viewers, titles))


def read_titles(options: DemoOptions) -> Sequence[Title]:
    """The given catalogue; none for a log without one (its titles are known by id); else an invented one."""
    if options.titles is not None:
        with Recording(options.titles) as recording:
            lines = recording.lines("titles", validate=True)
            return [decode_title(line.key.encode(), line.value) for line in lines]
    return () if options.events is not None else catalogue(options.seed)
