"""``playhead simulate``: what experiments and bandits promise, measured on audiences whose truth is known."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from playhead.cli.options import Json, stderr, stdout, taught

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Test experiments and bandits on simulated audiences with known tastes.",
)
Seed = Annotated[int, typer.Option(help="The same seed gives the same answer.")]
Runs = Annotated[int, typer.Option(min=1, help="How many audiences.")]


@app.command("aa", short_help="False positives of continuously monitored tests.")
@taught
def aa(
    runs: Runs = 1000,
    events: Annotated[int, typer.Option(min=1000, help="Events of each run.")] = 20_000,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Run A/A tests, look after every event, tell in how many a lift is ever claimed; 5 % are allowed.

    Examples:
      playhead simulate aa --runs 1000
      playhead simulate aa --runs 100 --json
    """
    from playhead.lab.simulate.comparing import false_positives

    with _progress(runs) as step:
        _tell(false_positives(runs, seed, events, step), as_json)


@app.command("lift", short_help="Events until a planted lift is found.")
@taught
def lift(
    lift: Annotated[float, typer.Option(min=0.001, help="The relative lift: 0.05 for five percent.")] = 0.05,
    runs: Runs = 400,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Plant a lift, look after every event, tell when it is found, beside a test of fixed horizon.

    Examples:
      playhead simulate lift --lift .05
      playhead simulate lift --lift .2 --runs 100 --json
    """
    from playhead.lab.simulate.comparing import planted

    with _progress(runs) as step:
        _tell(planted(lift, runs, seed, progress=step), as_json)


@app.command("artwork", short_help="Regret of the bandit that chooses pictures.")
@taught
def artwork(
    impressions: Annotated[int, typer.Option(min=100, help="How many cards are shown.")] = 20_000,
    posterior: Annotated[str, typer.Option(help="serving, logistic or river_linear.")] = "serving",
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Choose pictures for an audience of planted tastes, as serving does; regret beside a random and the best fixed picture.

    Examples:
      playhead simulate artwork
      playhead simulate artwork --posterior river_linear --impressions 5000
    """
    from playhead.lab.simulate.artwork import POSTERIORS, regret
    from playhead.lab.simulate.served_pictures import served_regret

    if posterior not in (known := ("serving", *POSTERIORS)):
        raise typer.BadParameter(f"Name one of {', '.join(known)}.")
    _tell(
        served_regret(seed, impressions) if posterior == "serving" else regret(seed, impressions, posterior),
        as_json,
    )


@app.command("exploration", short_help="Computed propensities against drawn frequencies.")
@taught
def exploration(
    slates: Annotated[int, typer.Option(min=1, help="How many choices.")] = 200,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Compare computed propensities with the shares of 100,000 draws.

    Examples:
      playhead simulate exploration
      playhead simulate exploration --slates 20 --seed 2 --json
    """
    from playhead.lab.simulate.policies import exploration as compared

    _tell(compared(seed, slates), as_json)


@app.command("fatigue", short_help="Treatments of impression fatigue.")
@taught
def fatigue(
    viewers: Annotated[int, typer.Option(min=2, help="How many viewers.")] = 100,
    days: Annotated[int, typer.Option(min=2, help="Three visits each; the second half counts.")] = 14,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Let viewers tire of what they are shown; clicks and long views an impression, by the way that lists treat it.

    Examples:
      playhead simulate fatigue
      playhead simulate fatigue --viewers 30 --days 4 --json
    """
    from playhead.lab.simulate.fatigue import compared

    results = compared(seed, viewers, days)
    if as_json:
        import orjson

        print(orjson.dumps(results).decode())  # noqa: T201
        return
    for arm, figures in results.items():
        text = ", ".join(f"{value:,.4g} {name}" for name, value in figures.items())
        stdout.print(f"{arm:>16}  {text}")


@app.command("drift", short_help="Recovery after viewers' tastes have changed.")
@taught
def drift(
    impressions: Annotated[int, typer.Option(min=4000, help="Tastes change half-way.")] = 40_000,
    posterior: Annotated[str, typer.Option(help="serving, or logistic.")] = "serving",
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Turn all tastes into their opposite; how soon pictures fit again, with and without noticing it.

    Examples:
      playhead simulate drift
      playhead simulate drift --seed 2 --json
    """
    from playhead.lab.simulate.artwork import recovery
    from playhead.lab.simulate.served_pictures import served_recovery

    if posterior not in {"serving", "logistic"}:
        raise typer.BadParameter("Name one of serving, logistic.")
    of = served_recovery if posterior == "serving" else recovery
    _tell(of(seed, impressions), as_json)


@app.command("policy", short_help="Weights tuned by long-term reward, safely.")
@taught
def policy(
    rounds: Annotated[int, typer.Option(min=1, help="Of propose, estimate, promote.")] = 12,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Tune the weights of a value model by minutes watched, from its own log; tell whether a worse one took over.

    Examples:
      playhead simulate policy
      playhead simulate policy --rounds 30 --json
    """
    from playhead.lab.simulate.policies import tuning

    _tell(tuning(seed, rounds), as_json)


@app.command("giving-up", short_help="Sessions without a choice, with and without the rescue row.")
@taught
def giving_up(
    viewers: Annotated[int, typer.Option(min=2, help="How many viewers.")] = 60,
    sessions: Annotated[int, typer.Option(min=1, help="Of each.")] = 10,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Let viewers of planted wishes look for something to watch; tell how many leave without, and what the rescue row changes.

    Examples:
      playhead simulate giving-up
      playhead simulate giving-up --viewers 20 --sessions 8 --json
    """
    from playhead.lab.simulate.giving_up import giving_up as compared

    with _progress(2 * viewers * sessions) as step:
        _tell(compared(seed, viewers, sessions, step), as_json)


@app.command("log", short_help="A log that Playhead itself has served.")
@taught
def log(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where events, titles and decisions go.")],
    events: Annotated[int, typer.Option(min=1, help="How many events, at least.")] = 5_000,
    viewers: Annotated[int, typer.Option(min=1, help="How many viewers.")] = 100,
    titles: Annotated[int, typer.Option(min=1, help="How many titles.")] = 300,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Serve the demo's audience without Kafka, and write what happened: what playhead ope and playhead policy read.

    Examples:
      playhead simulate log served --events 20000
      playhead ope served/events.jsonl --titles served/titles.jsonl --policy '{"pipeline.artwork.spread": 0}'
    """
    from playhead.lab.simulate.served_log import write_served

    with _progress(events) as step:
        _tell(write_served(folder, seed, events, viewers, titles, step), as_json)


@app.command("years", short_help="A log over years, with seasons and makers.")
@taught
def years(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where events and titles go.")],
    days: Annotated[int, typer.Option(min=1, help="How many days.")] = 730,
    choices: Annotated[float, typer.Option(min=1, help="Of a day, in the mean.")] = 20.0,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Write what an audience watches that follows the time of the year and the makers of new films: what playhead evaluate reads.

    Examples:
      playhead simulate years planted
      playhead evaluate planted/events.jsonl --titles planted/titles.jsonl --without season --without makers
    """
    from playhead.lab.simulate.years import write_years

    _tell(write_years(folder, seed, days, choices), as_json)


def _tell(result: NamedTuple, as_json: bool) -> None:
    values: dict[str, Any] = result._asdict()
    if as_json:
        import orjson

        print(orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY).decode())  # noqa: T201
        return
    for name, value in values.items():
        stdout.print(
            f"{name.replace('_', ' '):>22}  {value:,.4g}"
            if isinstance(value, float)
            else f"{name.replace('_', ' '):>22}  {value:,}"
        )


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    from rich.progress import Progress

    with Progress(console=stderr, disable=not stderr.is_terminal) as progress:
        task = progress.add_task("Simulating", total=total)
        yield lambda done: progress.update(task, completed=done)
