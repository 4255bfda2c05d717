"""``playhead evaluate``: how well the core ranks what viewers chose next, on a recorded log."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from playhead.cli.options import stderr, stdout

if TYPE_CHECKING:
    from playhead.lab.evaluate.run import EvaluateOptions

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
        bool, typer.Option("--baselines", help="Also rank by the baselines, each at its best setting.")
    ] = False,
    ablate: Annotated[
        bool, typer.Option("--ablate", help="Also rank without one part of the recipe at a time.")
    ] = False,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without",
            metavar="PART",
            help="Also rank without this part of the recipe, or without several joined by +; as often as wanted.",
        ),
    ] = None,
    frozen_session: Annotated[
        bool,
        typer.Option("--frozen-session", help="Also rank with the profile as it was when its session began."),
    ] = False,
    fatigue: Annotated[
        bool,
        typer.Option(
            "--fatigue",
            help="Also rank with other treatments of impression fatigue, and with none.",
        ),
    ] = False,
    merge_profiles: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Instead: merge so many profiles at a time into a household, and compare with separate profiles.",
        ),
    ] = None,
    small_market: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Instead: give so many viewers a market of their own, and rank for them with and without the other markets.",
        ),
    ] = None,
    core: Annotated[
        bool, typer.Option("--core/--no-core", help="Rank by the core, or only by the other options.")
    ] = True,
    new_titles: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Instead: add so many titles in the middle of the log, and measure where they are listed.",
        ),
    ] = None,
    zero_evidence: Annotated[
        bool,
        typer.Option(
            "--zero-evidence",
            help="Instead: at each first choice of a title rank all titles that nobody has chosen, with and without content.",
        ),
    ] = False,
    json: Annotated[
        Path | None,
        typer.Option("--json", dir_okay=False, metavar="FILE", help="File to write: all results, by target."),
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(file_okay=False, help="Folder to write plots to, SVG.", metavar="FOLDER")
    ] = None,
    write_docs: Annotated[
        bool, typer.Option("--write-docs", help="Put the tables into docs/quality.md of this clone.")
    ] = False,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(metavar="A.json B.json", help="Two results of one log: is A better than B?"),
    ] = None,
) -> None:
    """Rank each page of a log before learning the choices made there; ends with tables.

    The core is the one that serves. Each choice after the first fifth is looked up in the list of
    the page before it. Nothing is sampled, nothing is learned early.

    Examples:
      playhead evaluate events.jsonl.gz --titles titles.jsonl.gz --json now.json
      playhead evaluate events.jsonl.gz --titles titles.jsonl.gz --baselines
      playhead evaluate events.jsonl.gz --frozen-session --ablate --plots plots
      playhead evaluate events.jsonl.gz --titles titles.jsonl.gz --without tags --without content+tags
      playhead evaluate events.jsonl.gz --titles titles.jsonl.gz --new-titles 30
      playhead evaluate events.jsonl.gz --titles titles.jsonl.gz --merge-profiles 2
      playhead evaluate events.jsonl.gz --titles titles.jsonl.gz --small-market 200
      playhead evaluate events.jsonl.gz --titles titles.jsonl.gz --zero-evidence
      playhead evaluate --compare now.json before.json
    """
    from playhead.lab.evaluate.plots import write_plots
    from playhead.lab.evaluate.run import EvaluateOptions, write

    if compare is not None:
        _compare(*compare)
        return
    if events is None:
        raise typer.BadParameter("Name a log of events, or --compare two results.")
    if new_titles is not None:
        _launch(events, _named(titles, "that titles are added to"), new_titles, limit)
        return
    if zero_evidence:
        _untried(events, _named(titles, "whose titles are put in order"), limit)
        return
    parts = tuple(without or ())
    asked = (core, baselines, ablate, parts, frozen_session, fatigue, merge_profiles, small_market)
    result = _measured(EvaluateOptions(events, titles, limit, *asked))
    if json:
        write(json, result)
    if plots:
        write_plots(plots, result)
    if write_docs:
        _document(events, result)
    _show(result)


def _measured(options: "EvaluateOptions") -> dict[str, Any]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from playhead.lab.evaluate.run import run

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr, disable=not stderr.is_terminal) as progress:
        reading = progress.add_task("Reading the log", total=None)
        ranking = progress.add_task("Ranking", total=None)
        return run(
            options,
            reading=lambda done, total: progress.update(reading, completed=done, total=total),
            ranking=lambda done, total: progress.update(ranking, completed=done, total=total),
        )


def _show(result: dict[str, Any]) -> None:
    from playhead.lab.evaluate.compare import against
    from playhead.lab.evaluate.engines import CORE
    from playhead.lab.evaluate.tables import differences, tables

    out = _wide()
    for table in tables(result):
        out.print(table)
    if paired := [each for each in against(result, CORE) if each.metric == "ndcg@10"]:
        out.print(differences(paired, "Against each, paired"))
    if result["left_out"]:
        stderr.print(result["left_out"])
    if result["rejected"]["lines"]:
        stderr.print(
            f"{result['rejected']['lines']:,} lines could not be used; {result['rejected']['first']}"
        )


def _named(titles: Path | None, purpose: str) -> Path:
    if titles is None:
        raise typer.BadParameter(f"Name the catalogue {purpose}: --titles FILE.")
    return titles


def _untried(events: Path, titles: Path, limit: int | None) -> None:
    from playhead.lab.evaluate.tables import differences, untried
    from playhead.lab.evaluate.zero_evidence import evaluate_zero_evidence

    orders = evaluate_zero_evidence(events, titles, limit)
    out = _wide()
    for among in orders.sets():
        out.print(untried(orders, among))
        paired = [each for each in orders.differences(among) if each.metric == "ndcg@10"]
        out.print(differences(paired, "Against each, paired"))


def _launch(events: Path, titles: Path, count: int, limit: int | None) -> None:
    from rich.table import Table

    from playhead.lab.evaluate.new_titles import evaluate_new_titles

    statistics, change = evaluate_new_titles(events, titles, count, limit)
    caption = f"ndcg@10 of other titles: {change.mean:+.4f} by exploration ({change.low:+.4f} to {change.high:+.4f})"
    table = Table(title="New titles", caption=caption)
    for column in ("", *statistics):
        table.add_column(column, justify="right" if column else "left")
    for name in next(iter(statistics.values())):
        values = [figures[name] for figures in statistics.values()]
        table.add_row(
            name, *(f"{value:.4f}" if isinstance(value, float) else f"{value:,}" for value in values)
        )
    _wide().print(table)


def _document(events: Path, result: dict[str, Any]) -> None:
    from datetime import UTC, datetime

    from playhead.lab.bench.machine import this_machine
    from playhead.lab.evaluate.document import write_document

    machine = this_machine()
    where = f"{machine.cpu}, {machine.cores} cores, Python {machine.python}"
    write_document(events.name.partition(".")[0], result, where, datetime.now(UTC).strftime("%Y-%m-%d"))


def _compare(first: Path, second: Path) -> None:
    from playhead.lab.evaluate.compare import compare
    from playhead.lab.evaluate.run import read
    from playhead.lab.evaluate.tables import differences

    _wide().print(
        differences(compare(read(first), read(second)), f"{first.name} against {second.name}, paired")
    )


def _wide() -> Console:
    # Lines of a file have no width to keep to.
    return stdout if stdout.is_terminal else Console(width=WIDE, highlight=False)
