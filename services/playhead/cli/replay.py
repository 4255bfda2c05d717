"""``playhead replay``: the same core over a recorded log, without Kafka."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from playhead.cli.options import stderr


def replay(
    events: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Events, JSON lines, plain or gzip.")
    ],
    rankings: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="File to write: the ranking each event caused, in event order."),
    ] = None,
    titles: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The catalogue, JSON lines, plain or gzip."),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Rules in force from the first event on, JSON lines."),
    ] = None,
    experiments: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Experiments that run from the beginning, JSON lines."
        ),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            help="File to write: the heads' predictions for impressions and plays, with the outcomes.",
        ),
    ] = None,
) -> None:
    """Run a recorded log through the core and write the rankings it causes: same log, same bytes.

    Examples:
      playhead replay events.jsonl.gz --titles titles.jsonl.gz --rankings rankings.jsonl
      playhead replay events.jsonl.gz --titles titles.jsonl.gz --predictions predictions.jsonl
    """
    if rankings is None and predictions is None:
        raise typer.BadParameter("Name a file to write: --rankings, --predictions or both.")
    from rich.progress import Progress

    from playhead.lab.evaluate.predicting import write_predictions
    from playhead.replay.core import replay as write_rankings

    with ExitStack() as files, Progress(console=stderr, disable=not stderr.is_terminal) as progress:
        outs = [
            None if path is None else files.enter_context(path.open("wb")) for path in (rankings, predictions)
        ]
        task = progress.add_task("Replaying", total=None)

        def on_progress(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        if outs[1] is None:
            tally = write_rankings(events, titles, outs[0], on_progress, rules=rules, experiments=experiments)
        else:
            tally = write_predictions(events, titles, outs[0], outs[1], on_progress, experiments)
    written = " and ".join(str(path) for path in (rankings, predictions) if path)
    stderr.print(f"{tally.events:,} events caused {tally.rankings:,} rankings, written to {written}.")
    if tally.rejected:
        number, reason = tally.rejected[0]
        stderr.print(f"{len(tally.rejected):,} lines could not be used; the first is line {number}: {reason}")
