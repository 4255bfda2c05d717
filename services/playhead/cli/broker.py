"""``playhead broker`` and ``playhead topics``: an embedded Kafka, and its topics."""

import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from playhead.cli.options import (
    HOME,
    Bootstrap,
    Home,
    Json,
    interrupt_once,
    say,
    settings_from,
    stdout,
)
from playhead.domain.topics import MOST_PARTITIONS, MOST_SHARDS, TopicLayout
from playhead.domain.topics import topics as listed


def broker(
    data: Annotated[
        Path | None,
        typer.Option(help="Keep the data in this folder over runs; without it they are gone at the end."),
    ] = None,
    home: Home = HOME,
) -> None:
    """Run a single-node Apache Kafka in the foreground; its address is the one line on standard output.

    Kafka and, where the machine has none, Java are fetched once into --home. Ctrl-C stops it.

    Examples:
      playhead broker
      playhead broker --data kafka-data
      export PLAYHEAD_BOOTSTRAP=127.0.0.1:PORT   (what it printed), then: playhead topics
    """
    from playhead.lab.kafka import EmbeddedBroker

    with interrupt_once(), EmbeddedBroker(home, data, say) as running:
        say(f"Kafka answers; its log is {running.log_path}. Ctrl-C stops it.")
        print(running.bootstrap, flush=True)  # noqa: T201  the result
        signal.pause()


def topics(
    check: Annotated[
        bool, typer.Option("--check", help="Create nothing; exit with 1 when something differs.")
    ] = False,
    partitions: Annotated[
        int | None,
        typer.Option(
            min=1, max=MOST_PARTITIONS, help="Of each topic keyed by profile; 4 where it is left out."
        ),
    ] = None,
    shards: Annotated[
        int | None, typer.Option(min=1, max=MOST_SHARDS, help="Of the models; 4 where it is left out.")
    ] = None,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Create the topics that are missing, and show where the broker differs from the table in the code.

    What exists is never changed: a difference in partitions or cleanup is yours to decide. As many workers of a role can
    share the work as there are partitions (personalize) or shards (learn); both are chosen once, when the topics are made.

    Examples:
      playhead topics
      playhead topics --partitions 16 --shards 8
      playhead topics --check --json
    """
    from playhead.runtime.admin import compare_topics, create_topics
    from playhead.runtime.differences import messages_of
    from playhead.runtime.topology import layout

    settings = settings_from(bootstrap=bootstrap)
    created = [] if check else create_topics(settings, partitions, shards)
    differences = compare_topics(settings)
    if as_json:
        import orjson

        listed = [each._asdict() for each in differences]
        print(orjson.dumps({"created": created, "differences": listed}).decode())  # noqa: T201
    else:
        stdout.print(_table(created, [each._asdict() for each in differences], layout(settings)))
        for problem in messages_of(differences):
            say(str(problem))
    if differences:
        raise typer.Exit(1)


def _table(created: list[str], differences: list[dict[str, str]], layout: TopicLayout) -> Table:
    table = Table(title="Topics")
    for column in ("topic", "key", "partitions", "cleanup", "state"):
        table.add_column(column)
    wrong: dict[str, list[str]] = {}
    for each in differences:
        difference = (
            "missing"
            if each["what"] == "missing"
            else f"{each['what']} is {each['found']}, not {each['wanted']}"
        )
        wrong.setdefault(each["topic"], []).append(difference)
    for topic in listed(layout):
        state = "; ".join(wrong.get(topic.name, [])) or (
            "created" if topic.name in created else "as it should be"
        )
        style = "red" if topic.name in wrong else None
        table.add_row(topic.name, topic.key, str(topic.partitions), topic.cleanup, state, style=style)
    return table
