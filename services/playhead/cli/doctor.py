"""``playhead doctor``: checks of the machine and of Kafka, each with its repair."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from playhead.cli.options import HOME, Bootstrap, DataDir, Home, Json, settings_from, stdout
from playhead.domain.errors import PlayheadError

if TYPE_CHECKING:
    from playhead.cli.checks import Finding, State
    from playhead.runtime.settings import Settings

STYLES = {"ok": "green", "warning": "yellow", "broken": "red"}
BROKER_S = 5.0


def doctor(
    bootstrap: Bootstrap = None, data_dir: DataDir = None, home: Home = HOME, as_json: Json = False
) -> None:
    """Check everything that Playhead depends on and name the repairs; exit with 1 when something is broken.

    Examples:
      playhead doctor
      playhead doctor --bootstrap kafka:9092 --json
    """
    settings = settings_from(bootstrap=bootstrap, data_dir=data_dir)
    findings = list(examine(settings, home))
    if as_json:
        import orjson

        print(orjson.dumps([finding._asdict() for finding in findings]).decode())  # noqa: T201  the result
    else:
        stdout.print(_table(findings))
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(1)


def examine(settings: "Settings", home: Path) -> Iterator["Finding"]:
    """Makes all checks, those of the machine first."""
    from playhead.cli import checks

    yield checks.check_python()
    yield checks.check_packages()
    yield checks.check_java(home)
    yield checks.check_kafka(home)
    yield checks.check_folder(settings.data_dir)
    yield checks.check_ports(settings.metrics_port)
    yield checks.check_files()
    broker = check_broker(settings)
    yield broker
    if broker.state == "ok":
        topics = check_topics(settings)
        yield topics
        if topics.state != "broken":
            yield check_placing(settings)
            yield from check_events(settings)


def check_broker(settings: "Settings") -> "Finding":
    """Whether Kafka answers."""
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    from playhead.cli.checks import Finding
    from playhead.runtime.connection import client_config

    # What librdkafka would log at each attempt is said once, as a finding.
    quiet = {"log_level": 0, "socket.connection.setup.timeout.ms": max(1_000, int(1_000 * BROKER_S))}
    try:
        topics = AdminClient(client_config(settings) | quiet).list_topics(timeout=BROKER_S)
    except KafkaException:
        repair = "Start one with playhead broker, or name yours with --bootstrap or PLAYHEAD_BOOTSTRAP."
        return Finding("broker", "broken", f"none answers at {settings.bootstrap}", repair)
    return Finding("broker", "ok", f"{len(topics.brokers)} at {settings.bootstrap}")


def check_topics(settings: "Settings") -> "Finding":
    """Whether the topics are as the table in the code says."""
    from playhead.cli.checks import Finding
    from playhead.runtime.admin import compare_topics
    from playhead.runtime.differences import messages_of

    try:
        wrong = compare_topics(settings)
    except PlayheadError as error:
        return Finding("topics", "broken", error.reason, error.repair)
    problems = messages_of(wrong)
    if not problems:
        return Finding("topics", "ok", "as the table says")
    state: State = "broken" if problems[0].state == "broken" else "warning"
    return Finding(
        "topics",
        state,
        " ".join(problem.reason for problem in problems),
        " ".join(dict.fromkeys(problem.repair for problem in problems)),
    )


def check_placing(settings: "Settings") -> "Finding":
    """Whether producers put events where their profiles are, by the newest of them."""
    from playhead.cli.checks import Finding
    from playhead.runtime.placing import look

    try:
        finding = look(settings)
    except PlayheadError as error:
        return Finding("partitioning", "broken", error.reason, error.repair)
    return Finding("partitioning", "warning" if finding.repair else "ok", finding.what, finding.repair)


def check_events(settings: "Settings") -> "Iterator[Finding]":
    """What is odd in the newest events: one finding for each kind, with its share and the first that shows it."""
    from playhead.cli.checks import Finding
    from playhead.runtime.oddities import look

    try:
        odd = look(settings)
    except PlayheadError as error:
        yield Finding("events", "broken", error.reason, error.repair)
        return
    for oddity in odd:
        share = f"{oddity.odd:,} of {oddity.of:,} ({oddity.odd / oddity.of:.1%}), such as {oddity.example}"
        yield Finding(oddity.name, "warning", share, oddity.repair)
    if not odd:
        yield Finding("events", "ok", "nothing odd in the newest")


def _table(findings: list["Finding"]) -> Table:
    table = Table(title="Playhead doctor")
    for column in ("", "state", "found", "repair"):
        table.add_column(column)
    for finding in findings:
        table.add_row(finding.name, finding.state, finding.what, finding.repair, style=STYLES[finding.state])
    return table
