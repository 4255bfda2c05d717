"""``playhead apprentice``: beside another system, to see what Playhead would do otherwise before it serves anybody."""

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from playhead.cli.ope import Reward, told
from playhead.cli.options import Bootstrap, Json, settings_from, stderr, stdout

if TYPE_CHECKING:
    from playhead.domain.records import Incoming
    from playhead.lab.evaluate.apprentice import Apprentice, ApprenticeReport
    from playhead.runtime.settings import Settings


def apprentice(
    incumbent_topic: Annotated[
        str,
        typer.Option(help="Rankings of the other system: ranking_id, profile_id, items with title_id each."),
    ],
    seconds: Annotated[
        float, typer.Option(min=0, help="Follow so long after the end of what is there; 0: only that.")
    ] = 0.0,
    reward: Reward = "click",
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Follow another system's rankings and playhead.events, learn, say how alike the lists are and what ours would bring. Serves nothing.

    Examples:
      playhead apprentice --incumbent-topic rankings-of-the-other
      playhead apprentice --incumbent-topic rankings-of-the-other --seconds 3600 --reward minutes --json
    """
    from playhead.experiments.logged import REWARDS
    from playhead.lab.evaluate.apprentice import Apprentice

    if reward not in REWARDS:
        raise typer.BadParameter(f"Name one of {', '.join(REWARDS)}.", param_hint="--reward")
    core = Apprentice()
    refused = _follow(settings_from(bootstrap=bootstrap), incumbent_topic, core, seconds)
    report = core.report(reward)
    if refused:
        stderr.print(f"{len(refused):,} rankings could not be used; the first: {refused[0]}")
    if as_json:
        _print(report)
        return
    stdout.print(
        f"{report.events:,} events and {report.rankings:,} rankings. Of their first ten {report.overlap:.0%} stand among ours, "
        f"{report.same_place:.0%} at the same place; {report.same_first:.0%} begin with the same title.",
        soft_wrap=True,
    )
    stdout.print(told(report.estimates, reward))
    stdout.print(report.estimates.judged.reason)


def _follow(settings: "Settings", topic: str, core: "Apprentice", seconds: float) -> list[Exception]:
    from playhead.domain.errors import Rejected
    from playhead.domain.topics import EVENTS, TITLES
    from playhead.runtime.reading import Reader

    refused: list[Exception] = []
    with Reader(settings, TITLES) as reader:
        for record in (one for batch in reader.to_end() for one in batch if one.value is not None):
            with suppress(Rejected):
                core.put_title(record.value or b"")
    with Reader(settings, EVENTS, topic) as reader:
        until_s: float | None = None
        while until_s is None or time.monotonic() < until_s:
            # Rankings are made of events: those of the same time come first.
            for record in sorted(reader.read(), key=lambda one: (one.timestamp_ms, one.topic == topic)):
                try:
                    _take(core, record, topic)
                except Rejected as error:
                    refused.append(error)
            if until_s is None and not reader.unfinished:
                until_s = time.monotonic() + seconds
    return refused


def _take(core: "Apprentice", record: "Incoming", topic: str) -> None:
    if record.value is None:
        return
    if record.topic == topic:
        core.take_ranking(record.value)
    else:
        core.take(record.value, record.offset, ranked=False)


def _print(report: "ApprenticeReport") -> None:
    import msgspec

    from playhead.cli.ope import values

    print(msgspec.json.encode({**report._asdict(), "estimates": values(report.estimates)}).decode())  # noqa: T201
