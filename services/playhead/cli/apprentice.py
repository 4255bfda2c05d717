"""``playhead apprentice``: learns beside another system, compares rankings, serves nothing."""

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from playhead.cli.options import (
    Bootstrap,
    Json,
    MetricsPort,
    interrupt_once,
    settings_from,
    stderr,
    stdout,
)

if TYPE_CHECKING:
    from playhead.domain.records import Incoming
    from playhead.experiments.ratio import Ratio
    from playhead.replay.apprentice import Apprentice, ApprenticeReport
    from playhead.runtime.settings import Settings


def apprentice(
    incumbent_topic: Annotated[str, typer.Option(help="Topic with the rankings of the system in place.")],
    places: Annotated[int, typer.Option(min=1, max=500, help="Titles of a list that count.")] = 10,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two reports.")] = 10.0,
    once: Annotated[
        bool, typer.Option("--once", help="End where the topics end, with one report, instead of following.")
    ] = False,
    metrics_port: MetricsPort = None,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Learn from all events beside another recommender, and compare its rankings with ours. Serves nothing.

    Its records are JSON: profile_id, computed_at in milliseconds, and title_ids (or items with a title_id each). docs/apprentice.md
    explains the estimates. Ctrl-C ends with a last report.

    Examples:
      playhead apprentice --incumbent-topic recommender.lists --metrics-port 9401
      playhead apprentice --incumbent-topic recommender.lists --once --json
    """
    from playhead.replay.apprentice import Apprentice

    learning, settings = (
        Apprentice(places=places),
        settings_from(bootstrap=bootstrap, metrics_port=metrics_port),
    )
    if settings.metrics_port:
        _serve(settings)
    show = _json if as_json else _table
    try:
        with interrupt_once():
            reported_s = time.monotonic()
            for _ in _followed(settings, learning, incumbent_topic, follow=not once):
                if not once and time.monotonic() - reported_s >= every:
                    report = learning.report()
                    _export(report)
                    show(report)
                    reported_s = time.monotonic()
    finally:
        show(learning.report())


def _followed(
    settings: "Settings", learning: "Apprentice", incumbent_topic: str, *, follow: bool
) -> Iterator[None]:
    """Takes in the catalogue, then events and rankings in the order of their times; a moment for each."""
    from playhead.domain.topics import EVENTS, TITLES
    from playhead.runtime.by_time import by_time
    from playhead.runtime.reading import Reader

    with Reader(settings, TITLES) as catalogue:
        for record in (each for batch in catalogue.to_end() for each in batch):
            _put(learning, record)
    topics = TITLES, incumbent_topic, EVENTS  # a list comes before what was chosen from it
    with Reader(settings, *topics) as reader:
        for each in by_time(reader, topics, follow=follow):
            if each is not None and each.topic == TITLES:
                _put(learning, each)
            elif each is not None and each.value is not None:
                (learning.learn if each.topic == EVENTS else learning.compare)(each.value)
            yield


def _put(learning: "Apprentice", record: "Incoming") -> None:
    from playhead.domain.errors import Rejected

    if record.value is None:
        learning.replay.withdraw_title((record.key or b"").decode(errors="replace"))
        return
    # What can't be used, workers leave out too; ``playhead doctor`` reports it.
    with suppress(Rejected):
        learning.replay.put_title(record.value)


def _serve(settings: "Settings") -> None:
    from playhead.observe import endpoint, metrics

    endpoint.identify("apprentice", settings.instance)
    endpoint.serve(settings.metrics_port, settings.metrics_host)
    metrics.READY.set(1)


def _export(report: "ApprenticeReport") -> None:
    from playhead.observe import metrics

    metrics.APPRENTICE_RANKINGS.set(report.rankings)
    metrics.APPRENTICE_OVERLAP.set(report.overlap)
    metrics.APPRENTICE_COVERAGE.set(report.coverage)
    metrics.APPRENTICE_HITS.labels("incumbent").set(report.choices_in_theirs)
    metrics.APPRENTICE_HITS.labels("ours").set(report.choices_in_ours)
    for metric, uplift in (("choices", report.choices_uplift), ("minutes", report.minutes_uplift)):
        for bound, value in (("low", uplift.low), ("uplift", uplift.value), ("high", uplift.high)):
            if value is not None:
                metrics.APPRENTICE_UPLIFT.labels(metric, bound).set(value)


def _json(report: "ApprenticeReport") -> None:
    import msgspec

    print(msgspec.json.encode(report).decode(), flush=True)  # noqa: T201


def _table(report: "ApprenticeReport") -> None:
    table = Table(show_header=False)
    for name, value in (
        ("rankings compared", f"{report.rankings:,} of {report.profiles:,} profiles"),
        ("titles in both", f"{report.overlap:.0%}, the same first in {report.first_same:.0%}"),
        ("choices seen", f"{report.choices:,}"),
        ("of these among their first", f"{report.choices_in_theirs:.0%}"),
        ("of these among our first", f"{report.choices_in_ours:.0%}"),
        ("our list that could be judged", f"{report.coverage:.0%}"),
        ("our choices, estimated", _shown(report.choices_uplift)),
        ("our minutes watched, estimated", _shown(report.minutes_uplift)),
    ):
        table.add_row(name, value)
    stdout.print(table)
    if report.refused:
        stderr.print(
            f"{report.refused:,} records are no rankings. The first: {report.first_refused}", markup=False
        )


def _shown(uplift: "Ratio") -> str:
    if uplift.value is None:
        return "nothing yet"
    bounds = "" if uplift.low is None else f" ({uplift.low:+.1%} to {uplift.high:+.1%})"
    return f"{uplift.value:+.1%}{bounds}"
