"""``playhead experiments``: lists experiments with the results of their arms; starts, ramps and stops them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from playhead.cli.options import Bootstrap, Json, settings_from, stderr, stdout, taught

if TYPE_CHECKING:
    from playhead.domain.experiments import Experiment, PolicyEstimate
    from playhead.experiments.report import Lift, Report

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="List, show, start, stop and ramp experiments (playhead.experiments).",
)
Name = Annotated[str, typer.Argument(help="The experiment_id.")]


@app.command("list", short_help="List all experiments.")
@taught
def list_all(bootstrap: Bootstrap = None, as_json: Json = False) -> None:
    """List all experiments, and records that were refused.

    Examples:
      playhead experiments list
      playhead experiments list --json
    """
    from playhead.runtime.experiments import read_standing

    standing = read_standing(settings_from(bootstrap=bootstrap))
    reports = standing.reports()
    if as_json:
        for report in reports:
            _print(report.experiment)
    elif reports:
        stdout.print(_listed(reports))
    for key, error in standing.refused.items():
        stderr.print(f"The newest record of {key.decode(errors='replace')} is refused: {error}")
    if not reports:
        stderr.print("There are no experiments.")


@app.command("show", short_help="Show the metrics of each arm.")
@taught
def show(name: Name, bootstrap: Bootstrap = None, as_json: Json = False) -> None:
    """Show an experiment: each arm's profiles, metrics, and lift over control with bounds that hold at all times at once.

    Examples:
      playhead experiments show finish-weight
      playhead experiments show finish-weight --json
    """
    from playhead.experiments.report import report
    from playhead.runtime.experiments import read_standing

    standing = read_standing(settings_from(bootstrap=bootstrap))
    result = report(standing.named(name), standing.parts)
    if as_json:
        _print(result)
        return
    experiment = result.experiment
    stdout.print(
        f"{name}: {experiment.status}, {experiment.share:.0%} of layer {experiment.layer}, judged by {experiment.metric}"
    )
    if experiment.stopped_because:
        stdout.print(f"Stopped because {experiment.stopped_because}")
    if experiment.estimate:
        stdout.print(_estimated(experiment.estimate))
    if experiment.status == "proposed":
        return
    stdout.print(_shown(result))
    if result.mismatch:
        stderr.print(
            "The profiles of the arms contradict their shares: trust nothing here, and find out why."
        )


@app.command("start", short_help="Start the experiments of a file.")
@taught
def start(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Experiments, one as JSON or one a line.")
    ],
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Start an experiment, or its newer version; one that can't run beside the others is refused before it is published.

    Examples:
      playhead experiments start finish-weight.json
    """
    from msgspec.structs import replace

    from playhead.runtime.experiments import put_experiment, read_standing

    settings = settings_from(bootstrap=bootstrap)
    standing = read_standing(settings)
    for experiment in _read(file):
        running = replace(experiment, status="running", stopped_because=None)
        put_experiment(settings, standing, running)
        _say(running, as_json=as_json)


@app.command("stop", short_help="Stop an experiment at once.")
@taught
def stop(
    name: Name,
    because: Annotated[str, typer.Option(help="Why, for whoever asks later.")] = "An operator stopped it.",
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Stop an experiment: the next ranking of each profile is made without it.

    Examples:
      playhead experiments stop finish-weight --because "clicks fell"
    """
    _change(name, bootstrap, as_json=as_json, status="stopped", stopped_because=because)


@app.command("withdraw", short_help="Remove an experiment and its metrics.")
@taught
def withdraw(name: Name, bootstrap: Bootstrap = None, as_json: Json = False) -> None:
    """Remove an experiment and its metrics; its id may be used again, for another one.

    Examples:
      playhead experiments withdraw finish-weight
    """
    from playhead.runtime.experiments import read_standing, withdraw_experiment

    settings = settings_from(bootstrap=bootstrap)
    experiment = read_standing(settings).named(name)
    withdraw_experiment(settings, experiment)
    if as_json:
        _print(experiment)
    else:
        stderr.print(f"{name} is withdrawn.")


@app.command("ramp", short_help="Change the share of an experiment.")
@taught
def ramp(
    name: Name,
    share: Annotated[float, typer.Argument(min=0.0, max=1.0, help="Of its layer: 0.2 for a fifth.")],
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Change an experiment's share of its layer; profiles in it stay in the same arm, as long as the share grows.

    Examples:
      playhead experiments ramp finish-weight 0.5
    """
    _change(name, bootstrap, as_json=as_json, share=share)


@app.command("settings", short_help="List what an arm may change.")
@taught
def settings(as_json: Json = False) -> None:
    """List every setting that an arm may change, with its value in the recipe.

    Examples:
      playhead experiments settings
    """
    from playhead.experiments.settings import settings as of
    from playhead.personalize.arms import FIXED
    from playhead.recipe import RECIPE

    known = of(RECIPE, FIXED)
    if as_json:
        _print(known)
        return
    for name, value in known.items():
        print(f"{name} = {value!r}")  # noqa: T201


def _change(name: str, bootstrap: str | None, *, as_json: bool, **fields: Any) -> None:
    from msgspec.structs import replace

    from playhead.runtime.experiments import put_experiment, read_standing

    settings = settings_from(bootstrap=bootstrap)
    standing = read_standing(settings)
    changed = replace(standing.named(name), **fields)
    put_experiment(settings, standing, changed)
    _say(changed, as_json=as_json)


def _read(file: Path) -> "list[Experiment]":
    import msgspec

    from playhead.domain.decoding import decode_experiment

    whole = file.read_bytes()
    try:
        lines = [msgspec.json.encode(msgspec.json.decode(whole))]
    except msgspec.DecodeError:
        lines = [line for line in whole.splitlines() if line.strip()]
    return [decode_experiment(_key(line), line) for line in lines]


def _key(line: bytes) -> bytes:
    """The id that a line names, empty where it names none: decoding the line says what is wrong."""
    import msgspec

    try:
        return str(msgspec.json.decode(line)["experiment_id"]).encode()
    except (msgspec.DecodeError, KeyError, TypeError):
        return b""


def _listed(reports: "list[Report]") -> Table:
    table = Table(title="Experiments")
    table.add_column("experiment", no_wrap=True)  # an id is of no use in parts
    table.add_column("status", no_wrap=True)
    table.add_column("share", justify="right")
    table.add_column("profiles", justify="right")
    table.add_column("arms, with lifts over control")
    for report in reports:
        experiment = report.experiment
        table.add_row(
            experiment.experiment_id,
            experiment.status,
            f"{experiment.share:.0%} of {experiment.layer}",
            f"{sum(arm.profiles for arm in report.arms):,}",
            _result(report),
        )
    return table


def _result(report: "Report") -> str:
    experiment = report.experiment
    if experiment.holdout:
        return "holdout"
    if experiment.status == "proposed" and experiment.estimate is not None:
        return f"estimated {experiment.estimate.gain:+.5f} {experiment.estimate.reward} per title"
    if report.mismatch:
        return "mismatch: profiles contradict the shares"
    return "\n".join(
        f"{arm.name} {experiment.metric} {_bounds(arm.lifts[experiment.metric])}" if arm.lifts else arm.name
        for arm in report.arms
    )


def _shown(report: "Report") -> Table:
    table = Table()
    for column in ("arm", "profiles", "metric", "mean", "lift over control", ""):
        table.add_column(column, justify="right" if column in {"profiles", "mean"} else "left")
    for arm in report.arms:
        for n, (metric, mean) in enumerate(arm.means.items()):
            lift = arm.lifts.get(metric)
            table.add_row(
                arm.name if not n else "",
                f"{arm.profiles:,}" if not n else "",
                f"{metric} *" if metric == report.experiment.metric else metric,
                "–" if mean is None else f"{mean:.3f}",
                "" if lift is None else _bounds(lift),
                "known" if lift is not None and lift.known else "",
                end_section=n == len(arm.means) - 1,
            )
    return table


def _bounds(lift: "Lift") -> str:
    if lift.low is None or lift.lift is None or lift.high is None:
        return "not known yet"
    return f"{lift.lift:+.1%} ({lift.low:+.1%} to {lift.high:+.1%})"


def _estimated(estimate: "PolicyEstimate") -> str:
    gain = f"{estimate.gain:+.5f} ({estimate.low:+.5f} to {estimate.high:+.5f})"
    known = f"{estimate.effective_size:,.0f} effective decisions, {estimate.coverage:.0%} explored"
    return f"Estimated from a log, {estimate.reward} per title shown: {gain}; {known}. {estimate.reason}"


def _say(experiment: "Experiment", *, as_json: bool) -> None:
    if as_json:
        _print(experiment)
    else:
        stderr.print(f"{experiment.experiment_id}: {experiment.status}, {experiment.share:.0%} of its layer.")


def _print(value: object) -> None:
    import msgspec

    print(msgspec.json.encode(value).decode())  # noqa: T201
