"""``playhead worker``: one process of one role."""

import gc
import os
import sys
import time
from typing import Annotated

import typer

from playhead.cli.options import Bootstrap, DataDir, Instance, MetricsPort, settings_from, taught

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Run one worker of a role in the foreground; playhead up runs several and restarts dead ones.",
)

# Set by a parent of ours, of no use to people, so they aren't shown: a worker must not outlive its parent, and
# on standby it reads where Kafka is from standard input, when it has imported everything.
Parent = Annotated[int | None, typer.Option(envvar="PLAYHEAD_PARENT", hidden=True)]
Standby = Annotated[bool, typer.Option(envvar="PLAYHEAD_STANDBY", hidden=True)]


@app.command("personalize", short_help="Fold events into profiles and rank.")
@taught
def personalize(
    *,
    bootstrap: Bootstrap = None,
    data_dir: DataDir = None,
    instance: Instance = None,
    metrics_port: MetricsPort = None,
    parent: Parent = None,
    standby: Standby = False,
) -> None:
    """Fold events into profiles and rank: owns the profiles of its partitions of playhead.events.

    Several of them share the partitions; each needs an --instance name and a --data-dir of its own.

    Examples:
      playhead worker personalize
      playhead worker personalize --instance p-1 --data-dir stores/p-1 --metrics-port 9101
    """
    bind(parent)
    gc.disable()  # until it serves: nothing of what is imported and compiled is garbage
    from playhead.personalize.core import Personalizer
    from playhead.recipe import RECIPE
    from playhead.runtime.personalize import run_personalize
    from playhead.runtime.warmup import warm_up, warmed

    warm_up()
    core = warmed(Personalizer(RECIPE, clock=time.perf_counter))

    settings = settings_from(
        bootstrap=_bootstrap_from_parent() if standby else bootstrap,
        data_dir=data_dir,
        instance=instance,
        metrics_port=metrics_port,
    )
    raise typer.Exit(run_personalize(settings, core))


@app.command("learn", short_help="Learn from examples, publish models.")
@taught
def learn(
    *,
    bootstrap: Bootstrap = None,
    data_dir: DataDir = None,
    instance: Instance = None,
    metrics_port: MetricsPort = None,
    parent: Parent = None,
    standby: Standby = False,
) -> None:
    """Learn from examples and publish the models: owns the shards of its partitions of playhead.examples.

    Examples:
      playhead worker learn
      playhead worker learn --instance l-1 --metrics-port 9201
    """
    bind(parent)
    gc.disable()  # until it serves: nothing of what is imported and compiled is garbage
    from playhead.learn.choices import Learners
    from playhead.recipe import RECIPE
    from playhead.runtime.learn import run_learn
    from playhead.runtime.warmup import warm_up

    warm_up()

    settings = settings_from(
        bootstrap=_bootstrap_from_parent() if standby else bootstrap,
        data_dir=data_dir,
        instance=instance,
        metrics_port=metrics_port,
    )
    raise typer.Exit(run_learn(settings, Learners(RECIPE.pipeline, RECIPE.river)))


@app.command("tag", short_help="Predict tags of titles, publish them.")
@taught
def tag(
    *,
    bootstrap: Bootstrap = None,
    data_dir: DataDir = None,
    instance: Instance = None,
    metrics_port: MetricsPort = None,
    parent: Parent = None,
    standby: Standby = False,
) -> None:
    """Understand titles and publish their tags, moods and embeddings on playhead.tags.

    One is enough. It stores nothing: when it starts it reads the catalogue, and publishes what differs. A second one
    says the same.

    Examples:
      playhead worker tag
      playhead worker tag --instance t-1 --metrics-port 9301
    """
    bind(parent)
    from playhead.runtime.tag import run_tag

    settings = settings_from(
        bootstrap=_bootstrap_from_parent() if standby else bootstrap,
        data_dir=data_dir,
        instance=instance,
        metrics_port=metrics_port,
    )
    raise typer.Exit(run_tag(settings))


def bind(parent: int | None) -> None:
    """Makes this process die with its parent, if a parent's id is given."""
    if parent is not None and parent != os.getpid():
        from playhead.process.parent import watch_parent

        watch_parent(parent)


def _bootstrap_from_parent() -> str:
    bootstrap = sys.stdin.readline().strip()
    if not bootstrap:  # the parent is gone
        raise typer.Exit(1)
    return bootstrap
