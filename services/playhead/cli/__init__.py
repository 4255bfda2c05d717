"""Every command a person types. Entry point: ``playhead.cli:main``.

Commands import what they need when they are called, so that ``playhead --help`` answers at once.
"""

import sys

import typer

from playhead import __version__
from playhead.cli import broker, demo, doctor, inspect, produce, rankings, replay, up, worker
from playhead.domain.errors import PlayheadError

EPILOG = """
First steps:  playhead demo --seconds 60  shows everything at once.
By hand:  playhead broker,  then  playhead topics,  playhead up,  playhead produce FILE,  playhead rankings.
Something is wrong:  playhead doctor  says what, and what repairs it.
"""

app = typer.Typer(
    name="playhead",
    help="Streaming personalization: playback events in, refreshed rankings out, within a second of each act.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
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
    """Streaming personalization: playback events in, refreshed rankings out, within a second of each act."""


app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.command("broker")(broker.broker)
app.command("topics")(broker.topics)
app.command("up")(up.up)
app.add_typer(worker.app, name="worker")
app.command("produce")(produce.produce)
app.command("rankings")(rankings.rankings)
app.command("replay")(replay.replay)
app.command("settings")(inspect.settings)
app.add_typer(inspect.dead_letters, name="dead-letters")


def main() -> None:
    """Run the command line; an error that somebody can act on is one line, not a traceback."""
    try:
        app()
    except PlayheadError as error:
        sys.stderr.write(f"playhead: {error}\n")
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has seen enough (`playhead rankings | head`).
        sys.stderr.close()
        sys.exit(0)
