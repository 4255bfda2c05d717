"""``playhead evaluate``: how well the core ranks what viewers chose next, on a recorded log."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from playhead.cli.options import stderr, stdout

if TYPE_CHECKING:
    from playhead.evaluate.run import Options

WIDE = 160


def evaluate(
    events: Annotated[
        Path | None,
        typer.Argument(
            exists=True, dir_okay=False, help="Events, JSON lines, plain or gzip, in order of time."
        ),
    ] = None,
    titles: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The catalogue, JSON lines, plain or gzip."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the log's first so many lines.")] = None,
    baselines: Annotated[
        bool, typer.Option("--baselines", help="Also rank by what others do, each at its best setting.")
    ] = False,
    core: Annotated[
        bool, typer.Option("--core/--no-core", help="Rank by the core, or only by what else is asked for.")
    ] = True,
    json: Annotated[
        Path | None,
        typer.Option("--json", dir_okay=False, metavar="FILE", help="File to write: all results, by target."),
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(metavar="A.json B.json", help="Two results of one log: is A better than B?"),
    ] = None,
) -> None:
    """Rank each page of a log before learning what was chosen there; ends with tables.

    The core is the one that serves. Each choice after the first fifth is looked up in the list that stood on
    the page before it. Nothing is sampled, nothing is learned early.

    Examples:
      playhead evaluate events.jsonl.gz --titles titles.jsonl.gz --json now.json
      playhead evaluate events.jsonl.gz --titles titles.jsonl.gz --baselines
      playhead evaluate --compare now.json before.json
    """
    from playhead.evaluate.run import Options

    if compare is not None:
        _compare(*compare)
        return
    if events is None:
        raise typer.BadParameter("Name a log of events, or --compare two results.")
    _evaluate(Options(events, titles, limit, core, baselines), json)


def _evaluate(options: "Options", json: Path | None) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from playhead.evaluate.compare import against
    from playhead.evaluate.run import CORE, run, write
    from playhead.evaluate.tables import differences, tables

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr, disable=not stderr.is_terminal) as progress:
        reading = progress.add_task("Reading the log", total=None)
        ranking = progress.add_task("Ranking", total=None)
        result = run(
            options,
            reading=lambda done, total: progress.update(reading, completed=done, total=total),
            ranking=lambda done, total: progress.update(ranking, completed=done, total=total),
        )
    if json:
        write(json, result)
    out = _wide()
    for table in tables(result):
        out.print(table)
    if found := [each for each in against(result, CORE) if each.metric == "ndcg@10"]:
        out.print(differences(found, "Against each, paired"))
    if result["left_out"]:
        stderr.print(result["left_out"])
    if result["rejected"]["lines"]:
        stderr.print(
            f"{result['rejected']['lines']:,} lines could not be used; {result['rejected']['first']}"
        )


def _compare(first: Path, second: Path) -> None:
    from playhead.evaluate.compare import compare
    from playhead.evaluate.run import read
    from playhead.evaluate.tables import differences

    _wide().print(
        differences(compare(read(first), read(second)), f"{first.name} against {second.name}, paired")
    )


def _wide() -> Console:
    # Lines of a file have no width to keep to.
    return stdout if stdout.is_terminal else Console(width=WIDE, highlight=False)
