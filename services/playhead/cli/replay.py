"""``playhead replay``: the same core over a recorded log, without Kafka."""

from pathlib import Path
from typing import Annotated

import typer

from playhead.cli.options import stderr


def replay(
    events: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Events, JSON lines, plain or gzip.")
    ],
    rankings: Annotated[
        Path,
        typer.Option(dir_okay=False, help="File to write: the ranking each event caused, in event order."),
    ],
    titles: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The catalogue, JSON lines, plain or gzip."),
    ] = None,
) -> None:
    """Run a recorded log through the core and write the rankings it causes: same log, same bytes.

    Examples:
      playhead replay events.jsonl.gz --titles titles.jsonl.gz --rankings rankings.jsonl
    """
    from rich.progress import Progress

    from playhead.evaluate.replay import replay as run

    with rankings.open("wb") as out, Progress(console=stderr, disable=not stderr.is_terminal) as progress:
        task = progress.add_task("Replaying", total=None)
        tally = run(
            events, titles, out, lambda done, total: progress.update(task, completed=done, total=total)
        )
    stderr.print(f"{tally.events:,} events caused {tally.rankings:,} rankings, written to {rankings}.")
    if tally.rejected:
        number, reason = tally.rejected[0]
        stderr.print(f"{len(tally.rejected):,} lines could not be used; the first is line {number}: {reason}")
