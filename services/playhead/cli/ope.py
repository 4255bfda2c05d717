"""``playhead ope``: what other settings would have brought, from a log that Playhead has served."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.table import Table

from playhead.cli.options import Json, stderr, stdout

if TYPE_CHECKING:
    from playhead.domain.experiments import Setting
    from playhead.experiments.logged import Estimates, LoggedDecisions

Log = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="Events, JSON lines, plain or gzip, in order.")
]
Titles = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="The catalogue, JSON lines, plain or gzip.")
]
Decisions = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        help="Records of playhead.decisions, JSON lines; without, those that replaying the log makes.",
    ),
]
Policy = Annotated[
    str,
    typer.Option(help="What it changes of the recipe: JSON, or a file of it; playhead experiments settings."),
]
Reward = Annotated[Literal["click", "minutes"], typer.Option(help="What is estimated, a title shown.")]


def ope(
    log: Log,
    policy: Policy,
    titles: Titles = None,
    decisions: Decisions = None,
    reward: Reward = "click",
    as_json: Json = False,
) -> None:
    """Estimate the reward per title shown under other settings: IPS, SNIPS, DR, switch-DR, with intervals and effective sample size.

    Examples:
      playhead ope events.jsonl.gz --titles titles.jsonl.gz --policy '{"pipeline.artwork.spread": 0}'
      playhead ope events.jsonl.gz --titles titles.jsonl.gz --decisions decisions.jsonl --policy policy.json --reward minutes
    """
    from playhead.experiments.logged import estimates

    [joined] = judged_beside(log, titles, [policy_of(policy)], decisions)
    result = estimates(joined.columns(reward))
    if as_json:
        _print(result)
    else:
        stdout.print(estimates_table(result, reward))
        stdout.print(result.judged.reason)


def policy_of(given: str) -> "dict[str, Setting]":
    """The settings that a policy changes.

    Raises:
        Rejected: it is no object of settings, or there is no such file.
    """
    import msgspec

    from playhead.domain.errors import Rejected
    from playhead.domain.experiments import Settings

    repair = """Give settings by name, such as '{"pipeline.artwork.spread": 0}', or a file of them."""
    try:
        text = given if given.lstrip().startswith("{") else Path(given).read_text()
        return msgspec.json.decode(text, type=Settings)
    except (OSError, msgspec.MsgspecError) as error:
        raise Rejected(f"{given!r} is no policy: {error}.", repair) from error


def judged_beside(
    log: Path,
    titles: Path | None,
    policies: "Sequence[Mapping[str, Setting]]",
    decisions: Path | None,
    current: "Mapping[str, Setting] | None" = None,
) -> "list[LoggedDecisions]":
    """The decisions of a log joined with those of policies, one join a policy (``lab.evaluate.off_policy``)."""
    from playhead.lab.evaluate.off_policy import compared

    with _progress() as on_progress:
        return compared(log, titles, policies, decisions, on_progress, current or {})


def estimates_table(estimates: "Estimates", reward: str) -> Table:
    """The estimates as a table."""
    table = Table(
        title=f"{reward} of a title shown, {estimates.rows:,} of them; {estimates.logged:.5f} as logged"
    )
    for column in ("estimator", "value", "from", "to", "effective size", "mean weight"):
        table.add_column(column, justify="left" if column == "estimator" else "right")
    for name in ("ips", "snips", "dr", "switch_dr", "gain"):
        estimate = getattr(estimates, name)
        table.add_row(
            name.replace("_", "-"),
            *(f"{value:.5f}" for value in (estimate.value, estimate.low, estimate.high)),
            f"{estimate.effective_size:,.0f}",
            f"{estimate.mean_weight:.3f}",
        )
    return table


@contextmanager
def _progress() -> "Iterator[Any]":
    from rich.progress import Progress

    with Progress(console=stderr, disable=not stderr.is_terminal) as progress:
        task = progress.add_task("Ranking by both policies", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def values(estimates: "Estimates") -> dict[str, Any]:
    """The estimates by name, for programs."""
    named = {
        name: estimate._asdict() if hasattr(estimate, "_asdict") else estimate
        for name, estimate in estimates._asdict().items()
    }
    return named | {"judged": {"promote": estimates.judged.promote, "reason": estimates.judged.reason}}


def _print(estimates: "Estimates") -> None:
    import msgspec

    print(msgspec.json.encode(values(estimates)).decode())  # noqa: T201
