"""``playhead policy``: settings tuned by a log, promoted only where they are known to be better, and taken back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from playhead.cli.ope import Decisions, Log, Policy, Reward, Titles, estimates_table, judged_beside, policy_of
from playhead.cli.options import Bootstrap, Json, settings_from, stderr, stdout, taught

if TYPE_CHECKING:
    from playhead.domain.experiments import Experiment, PolicyEstimate, Setting
    from playhead.experiments.logged import Estimates, LoggedDecisions
    from playhead.runtime.experiments import Standing
    from playhead.runtime.settings import Settings

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Propose settings from a log, estimate them off-policy, promote those that are significantly better, roll back.",
)
TUNED = (
    "pipeline.artwork.spread",
    "pipeline.artwork.support",
    "pipeline.artwork.most_new",
    "pipeline.weights.long_view",
    "pipeline.weights.finish",
    "pipeline.weights.goes_on",
)
"""What is tried unless settings are named."""
Current = Annotated[
    str, typer.Option(help="What the log was served with beside the recipe; JSON, or a file of it.")
]
SettingNames = Annotated[list[str] | None, typer.Option(help="A setting to move; several are tried.")]
StepShare = Annotated[float, typer.Option(min=0.01, max=1.0, help="How far, as a share.")]
Publish = Annotated[
    bool,
    typer.Option(
        "--publish", help="Publish the estimate on playhead.experiments, for Grafana; rankings do not change."
    ),
]


@app.command("propose", short_help="Find the best neighbour of the current policy, by a log.")
@taught
def propose(
    log: Log,
    titles: Titles = None,
    decisions: Decisions = None,
    reward: Reward = "click",
    setting: SettingNames = None,
    step: StepShare = 0.5,
    current: Current = "{}",
    as_json: Json = False,
) -> None:
    """Move each setting up and down, estimate all on the first half of a log, print the one that gains most; `estimate` judges it by the other half.

    Examples:
      playhead policy propose events.jsonl.gz --titles titles.jsonl.gz > policy.json
      playhead policy propose events.jsonl.gz --setting pipeline.artwork.spread --step 1 --json
    """
    from playhead.experiments.logged import estimates

    tried, joined = _neighbours(log, titles, decisions, setting, step, policy_of(current))
    estimated = [estimates(logged.columns(reward, _half(logged, 0))) for logged in joined]
    if as_json:
        _print(
            [
                {"policy": policy, "gain": each.gain._asdict()}
                for policy, each in zip(tried, estimated, strict=True)
            ]
        )
        return
    for neighbour, result in zip(tried, estimated, strict=True):
        gain = result.gain
        stderr.print(f"{gain.value:+.5f}  weight {gain.mean_weight:.2f}  {neighbour}", soft_wrap=True)
    _print(max(zip(tried, estimated, strict=True), key=lambda pair: pair[1].gain.value)[0])


@app.command("estimate", short_help="Judge a policy by the second half of a log.")
@taught
def estimate(
    log: Log,
    policy: Policy,
    titles: Titles = None,
    decisions: Decisions = None,
    reward: Reward = "click",
    current: Current = "{}",
    publish: Publish = False,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Estimate a policy on the second half of a log, and say whether it may take over: only if the lower bound of its gain is above 0.

    Examples:
      playhead policy estimate events.jsonl.gz --titles titles.jsonl.gz --policy policy.json
      playhead policy estimate events.jsonl.gz --titles titles.jsonl.gz --policy policy.json --publish
    """
    estimated = _judged(log, policy, titles, decisions, reward, policy_of(current))
    if publish:
        from playhead.runtime.experiments import read_standing

        settings = settings_from(bootstrap=bootstrap)
        _publish(settings, read_standing(settings), policy_of(policy), _record(estimated, reward))
    if as_json:
        _print(
            {
                "promote": estimated.judged.promote,
                "reason": estimated.judged.reason,
                "gain": estimated.gain._asdict(),
            }
        )
        return
    stdout.print(estimates_table(estimated, reward))
    stdout.print(f"{'May' if estimated.judged.promote else 'May not'} take over. {estimated.judged.reason}")


@app.command("promote", short_help="Put a policy into force, if it is significantly better.")
@taught
def promote(
    log: Log,
    policy: Policy,
    titles: Titles = None,
    decisions: Decisions = None,
    reward: Reward = "click",
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Estimate a policy beside the one in force; where the lower bound of its gain is above 0 it takes over, within two seconds.

    It is an experiment named policy whose one arm everybody is in: playhead experiments list shows it.

    Examples:
      playhead policy promote events.jsonl.gz --titles titles.jsonl.gz --policy policy.json
    """
    from playhead.domain.errors import Rejected
    from playhead.experiments.policy import POLICY, current, promoted
    from playhead.runtime.experiments import put_experiment, read_standing

    settings = settings_from(bootstrap=bootstrap)
    standing = read_standing(settings)
    known = standing.trials.known.get(POLICY)
    estimated = _judged(log, policy, titles, decisions, reward, current(known))
    if not estimated.judged.promote:
        raise Rejected(
            f"The policy is not known to be better. {estimated.judged.reason}",
            "Estimate it on a longer log, or on one that has explored what it does; nothing has changed.",
        )
    made = promoted(known, policy_of(policy), _record(estimated, reward))
    put_experiment(settings, standing, made)
    _say(made, estimated.judged.reason, as_json=as_json)


@app.command(
    "auto", short_help="Propose, estimate and promote in one go, with guardrails; only if switched on."
)
@taught
def auto(
    log: Log,
    titles: Titles = None,
    decisions: Decisions = None,
    reward: Reward = "click",
    setting: SettingNames = None,
    step: StepShare = 0.5,
    switched_on: Annotated[
        bool, typer.Option("--switched-on", help="Promote; without, say what would be promoted.")
    ] = False,
    publish: Publish = False,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Take the neighbour of the recipe that gains most on the first half of a log; where the second half knows that it gains, promote it.

    Nine profiles in ten get it, the others go on with the recipe; where clicks, finishes or giving up are known to be worse by 2 % it is
    taken back by itself. One policy at a time: write it into recipe.py before the next. Without --switched-on nothing changes.

    Examples:
      playhead policy auto events.jsonl.gz --titles titles.jsonl.gz --publish
      playhead policy auto events.jsonl.gz --titles titles.jsonl.gz --switched-on
    """
    from playhead.experiments.logged import estimates
    from playhead.experiments.policy import automatic
    from playhead.runtime.experiments import put_experiment, read_standing

    settings = settings_from(bootstrap=bootstrap)
    standing = read_standing(settings)
    tried, joined = _neighbours(log, titles, decisions, setting, step, {})
    gains = [estimates(logged.columns(reward, _half(logged, 0))).gain.value for logged in joined]
    best = max(range(len(tried)), key=gains.__getitem__)
    estimate = _record(estimates(joined[best].columns(reward, _half(joined[best], 1))), reward)
    if publish:
        _publish(settings, standing, tried[best], estimate)
    made = automatic(standing.trials.known, tried[best], estimate)
    if switched_on:
        put_experiment(settings, standing, made)
    if as_json:
        _print({"switched_on": switched_on, "reason": estimate.reason, "experiment": made})
    else:
        done = "Promoted" if switched_on else "Not switched on: would promote"
        stderr.print(f"{estimate.reason} {done} {tried[best]} as {made.experiment_id}.", soft_wrap=True)


@app.command("rollback", short_help="Put the previous policy into force.")
@taught
def rollback(bootstrap: Bootstrap = None, as_json: Json = False) -> None:
    """Take the newest promoted policy back; what was in force before it is again, within two seconds.

    One that was promoted automatically is stopped: the recipe is in force.

    Examples:
      playhead policy rollback
    """
    from playhead.experiments.policy import POLICY, in_force, rolled_back
    from playhead.runtime.experiments import put_experiment, read_standing

    settings = settings_from(bootstrap=bootstrap)
    standing = read_standing(settings)
    put_experiment(
        settings, standing, made := rolled_back(in_force(standing.trials.known) or standing.named(POLICY))
    )
    _say(made, "Rolled back.", as_json=as_json)


def _neighbours(
    log: Path,
    titles: Path | None,
    decisions: Path | None,
    setting: list[str] | None,
    step: float,
    served: "dict[str, Setting]",
) -> "tuple[list[dict[str, Setting]], list[LoggedDecisions]]":
    """The neighbours of a policy, and the decisions of the log beside those of each."""
    from playhead.experiments.policy import steps
    from playhead.experiments.settings import settings as known
    from playhead.personalize.arms import FIXED, of_arm
    from playhead.recipe import RECIPE

    have = known(of_arm(RECIPE, served), FIXED)
    names = list(setting or TUNED)
    of_arm(RECIPE, {name: 0.0 for name in names if name not in have})  # says what there is instead
    tried = steps(have, names, step)
    return tried, judged_beside(
        log, titles, [{**served, **neighbour} for neighbour in tried], decisions, served
    )


def _judged(
    log: Path,
    policy: str,
    titles: Path | None,
    decisions: Path | None,
    reward: Reward,
    served: "dict[str, Setting]",
) -> "Estimates":
    from playhead.experiments.logged import estimates

    [joined] = judged_beside(log, titles, [{**served, **policy_of(policy)}], decisions, served)
    return estimates(joined.columns(reward, _half(joined, 1)))


def _record(estimated: "Estimates", reward: Reward) -> "PolicyEstimate":
    from playhead.experiments.logged import policy_estimate

    return policy_estimate(estimated, reward)


def _publish(
    settings: "Settings", standing: "Standing", changes: "dict[str, Setting]", estimate: "PolicyEstimate"
) -> None:
    from playhead.experiments.policy import proposed
    from playhead.runtime.experiments import put_experiment

    put_experiment(settings, standing, made := proposed(standing.trials.known, changes, estimate))
    stderr.print(f"Published as {made.experiment_id}, {made.status}.")


def _half(joined: "LoggedDecisions", which: int) -> slice:
    middle = len(joined.rows) // 2
    return slice(middle, None) if which else slice(middle)


def _say(made: "Experiment", reason: str, *, as_json: bool) -> None:
    if as_json:
        _print(made)
    else:
        from playhead.experiments.policy import current

        stderr.print(f"{reason} In force beside the recipe: {current(made) or 'nothing'}.", soft_wrap=True)


def _print(value: object) -> None:
    import msgspec

    print(msgspec.json.encode(value).decode())  # noqa: T201
