"""``playhead demo``: everything at once, live in a terminal."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from playhead.cli.options import (
    HOME,
    Bootstrap,
    Home,
    interrupt_once,
    settings_from,
    stderr,
    stdout,
)

if TYPE_CHECKING:
    from playhead.lab.demo.board import Summary
    from playhead.lab.demo.screen import ProgressScreen


def demo(
    *,
    events: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Replay this recorded log instead of the audience."),
    ] = None,
    titles: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The catalogue that belongs to --events.")
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0, help="End by itself so long after the workers are up; without it Ctrl-C ends it."
        ),
    ] = None,
    rate: Annotated[float, typer.Option(min=0, help="Events a second; 0 is as fast as it goes.")] = 200.0,
    viewers: Annotated[int, typer.Option(min=1, help="Simulated viewers.")] = 500,
    seed: Annotated[int, typer.Option(help="Same seed, same catalogue and viewers.")] = 1,
    page_port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port of the live page on 127.0.0.1, 0 for a free one.")
    ] = 0,
    bootstrap: Bootstrap = None,
    home: Home = HOME,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="The last line of standard output is the summary as one JSON object."),
    ] = False,
) -> None:
    """Run Kafka, workers and simulated viewers, live in this terminal and on a page; ends with a summary.

    Without --bootstrap an Apache Kafka of its own is started, and fetched at the first time. The viewers react
    to their rankings, and their tastes drift. Time is compressed: a film is watched in seconds, while
    lengths inside the events stay real.

    Examples:
      playhead demo --seconds 60
      playhead demo --viewers 2000 --rate 1000
      playhead demo --events events.jsonl.gz --titles titles.jsonl.gz --rate 500 --seconds 120
      playhead demo --bootstrap 127.0.0.1:9092 --seconds 30 --json
    """
    from playhead.lab.demo.board import Board, process_started_s
    from playhead.lab.demo.run import DemoOptions, run_demo
    from playhead.lab.demo.screen import LiveScreen, PlainScreen

    options = DemoOptions(home, bootstrap, events, titles, seconds, rate, viewers, seed, page_port)
    board = Board(process_started_s())
    screen: ProgressScreen = LiveScreen(stderr) if stderr.is_terminal and not as_json else PlainScreen(stderr)
    try:
        with interrupt_once(), screen:
            run_demo(options, settings_from(bootstrap=bootstrap), screen, board)
    except (KeyboardInterrupt, SystemExit):
        _conclude(board.summary(), as_json=as_json)
        raise
    _conclude(board.summary(), as_json=as_json)


def _conclude(summary: "Summary", *, as_json: bool) -> None:
    from playhead.lab.demo.screen import summary_table

    if as_json:
        import orjson

        print(orjson.dumps(summary.as_dict()).decode(), flush=True)  # noqa: T201  the result
    else:
        stdout.print(summary_table(summary))
