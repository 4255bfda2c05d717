"""Every command a person types. Entry point: ``playhead.cli:main``.

Commands import what they need when they are called, so that ``playhead --help`` answers at once;
help is plain text for the same reason: drawing it with rich took twice as long as all else.
"""

import sys

import typer

from playhead import __version__
from playhead.cli import (
    apprentice,
    bench,
    broker,
    demo,
    doctor,
    evaluate,
    experiments,
    gateway,
    inspect,
    markets,
    models,
    ope,
    policy,
    produce,
    rankings,
    replay,
    rules,
    simulate,
    titles,
    up,
    why,
    worker,
)
from playhead.cli.options import taught
from playhead.domain.errors import PlayheadError

EPILOG = """\b
First steps:  playhead demo --seconds 60  shows everything at once.
By hand:  playhead broker,  then  playhead topics,  playhead up,  playhead produce FILE,  playhead rankings.
Something is wrong:  playhead doctor  says what, and how to repair it.
"""

app = typer.Typer(
    name="playhead",
    help="Streaming personalization: playback events in, refreshed rankings out, within a second of each event.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Streaming personalization: playback events in, refreshed rankings out, within a second of each event."""


app.command("demo", short_help="Run everything, live in this terminal.")(taught(demo.demo))
app.command("doctor", short_help="Say what is wrong, and how to repair it.")(taught(doctor.doctor))
app.command("broker", short_help="Run an embedded Kafka in the foreground.")(taught(broker.broker))
app.command("topics", short_help="Create or check all topics.")(taught(broker.topics))
app.command("up", short_help="Run all roles, and restart dead workers.")(taught(up.up))
app.add_typer(worker.app, name="worker", short_help="Run one worker of a role.")
app.command("gateway", short_help="Serve HTTP and the live page.")(taught(gateway.gateway))
app.command("produce", short_help="Publish a file of events or titles.")(taught(produce.produce))
app.command("rankings", short_help="Follow the rankings as they come.")(taught(rankings.rankings))
app.command("why", short_help="Recompute, verify and explain a ranking.")(taught(why.why))
app.command("tag", short_help="Predict the tags of a file's titles.")(taught(titles.tag))
app.add_typer(titles.app, name="titles", short_help="Show tags of the live catalogue.")
app.add_typer(rules.app, name="rules", short_help="List, put, remove and try out business rules.")
app.command("markets", short_help="Show how markets differ.")(taught(markets.markets))
app.command("replay", short_help="Rank a recorded log without Kafka.")(taught(replay.replay))
app.command("evaluate", short_help="Measure how well a log's choices are predicted.")(
    taught(evaluate.evaluate)
)
app.command("bench", short_help="Measure the speed on this machine.")(taught(bench.bench))
app.command("apprentice", short_help="Learn beside another recommender, and compare.")(
    taught(apprentice.apprentice)
)
app.add_typer(experiments.app, name="experiments", short_help="Show, start and stop experiments.")
app.command("ope", short_help="Estimate another policy from a log.")(taught(ope.ope))
app.add_typer(policy.app, name="policy", short_help="Tune weights by a log, safely; roll back.")
app.add_typer(simulate.app, name="simulate", short_help="Test experiments and bandits by simulation.")
app.command("settings", short_help="List every setting with its value.")(taught(inspect.settings))
app.add_typer(inspect.dead_letters, name="dead-letters", short_help="List unusable records, send them again.")
app.add_typer(models.app, name="models", short_help="List River models in force; repair their topic.")


def main() -> None:
    """Run the command line; an error that somebody can act on is one line, not a traceback."""
    try:
        app(prog_name="playhead")
    except PlayheadError as error:
        sys.stderr.write(f"playhead: {error}\n")
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has seen enough (`playhead rankings | head`).
        sys.stderr.close()
        sys.exit(0)
