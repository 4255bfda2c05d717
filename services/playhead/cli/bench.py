"""``playhead bench``: how fast this is, on this machine, beside what it is compared with."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from playhead.cli.options import HOME, Home, interrupt_once, say, stdout

WIDE = 160


def bench(
    *,
    rounds: Annotated[int, typer.Option(min=1, help="Each measures everything, in turn.")] = 3,
    seconds: Annotated[
        float, typer.Option(min=1, help="Of each latency in each round, beyond a warm-up.")
    ] = 20.0,
    events: Annotated[int, typer.Option(min=10, help="The backlog of each round.")] = 40_000,
    rate: Annotated[float, typer.Option(min=1, help="Events a second where latency is measured.")] = 200.0,
    titles: Annotated[int, typer.Option(min=50, help="Size of the catalogue.")] = 2_000,
    profiles: Annotated[int, typer.Option(min=1, help="Simulated viewers.")] = 5_000,
    seed: Annotated[int, typer.Option(help="Same seed, same catalogue and events.")] = 1,
    home: Home = HOME,
    json: Annotated[
        Path | None,
        typer.Option(
            "--json", dir_okay=False, help="File to write: an array of one object a measure.", metavar="FILE"
        ),
    ] = None,
    svg: Annotated[
        Path | None, typer.Option(file_okay=False, help="Folder to write plots to.", metavar="FOLDER")
    ] = None,
    write_docs: Annotated[
        bool, typer.Option(help="Put table and plots into docs/performance.md of this clone.")
    ] = False,
) -> None:
    """Measure throughput and latency beside a bare Faust agent and a bare round trip; ends with a table.

    It starts an Apache Kafka of its own. The events are those of simulated viewers, made once and kept. Leave
    the machine alone meanwhile.

    Examples:
      playhead bench
      playhead bench --rounds 1 --seconds 5 --events 5000
      playhead bench --json bench.json --svg plots
    """
    from playhead.bench import plots, report
    from playhead.bench.run import Options, run

    options = Options(home, rounds, seconds, events, rate, titles, profiles, seed)
    with interrupt_once():
        measured = run(options, say)
    # Lines of a file have no width to keep to.
    (stdout if stdout.is_terminal else Console(width=WIDE)).print(report.table(measured))
    if json:
        report.write_json(json, measured)
    if svg:
        plots.write_plots(svg, measured)
    if write_docs:
        report.write_document(measured)
        plots.write_plots(report.PLOTS, measured)
