"""``playhead produce``: a file of events or titles onto its topic."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from playhead.cli.options import Bootstrap, Json, settings_from, stderr

if TYPE_CHECKING:
    from playhead.replay.recorded import Kind
    from playhead.runtime.settings import Settings

TICK_S = 0.02


def produce(
    file: Annotated[Path, typer.Argument(help="JSON lines of the wire contract, plain or gzip.")],
    *,
    events: Annotated[bool, typer.Option("--events", help="The file holds events.")] = False,
    titles: Annotated[bool, typer.Option("--titles", help="The file holds titles.")] = False,
    rate: Annotated[float, typer.Option(min=0, help="Records a second; 0 is as fast as it goes.")] = 0.0,
    validate: Annotated[
        bool, typer.Option(help="Check each record against the contract and stop at the first bad one.")
    ] = True,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Publish a file of events or of titles, keyed and partitioned as Playhead's consumers expect.

    Which of the two it holds is seen from its first record. Producing a file again is safe: events are told
    apart by event_id, titles by title_id.

    Examples:
      playhead produce titles.jsonl.gz
      playhead produce events.jsonl.gz --rate 500
      playhead produce broken.jsonl --no-validate   (bad records go to dead letters)
    """
    from playhead.replay.recorded import detect

    if events and titles:
        raise typer.BadParameter("choose --events or --titles, or neither")
    kind: Kind = "events" if events else "titles" if titles else detect(file)
    started_s = time.monotonic()
    count = _send(settings_from(bootstrap=bootstrap), file, kind, rate, validate=validate)
    seconds = time.monotonic() - started_s
    if as_json:
        import orjson

        print(orjson.dumps({"kind": kind, "records": count, "seconds": round(seconds, 3)}).decode())  # noqa: T201
    else:
        stderr.print(f"{count:,} {kind} in {seconds:.1f} s, {count / max(seconds, 1e-9):,.0f} a second.")


def _send(settings: "Settings", file: Path, kind: "Kind", rate: float, *, validate: bool) -> int:
    from itertools import islice

    from rich.progress import Progress

    from playhead.domain.topics import EVENTS, TITLES
    from playhead.lab.demo.pace import LoadPace
    from playhead.lab.demo.publish import EventPublisher
    from playhead.replay.recorded import Recording

    topic = EVENTS if kind == "events" else TITLES
    pace = LoadPace(rate)
    with Recording(file) as recording, Progress(console=stderr, disable=not stderr.is_terminal) as progress:
        task = progress.add_task(f"Producing {kind}", total=recording.size_bytes)
        publisher = EventPublisher(settings)
        publisher.need(topic)
        lines = recording.lines(kind, validate=validate)
        try:
            while True:
                wanted = pace.due(time.monotonic())
                sent = 0
                for line in islice(lines, wanted):
                    publisher.send(topic, line.key, line.value)
                    sent += 1
                publisher.serve()
                progress.update(task, completed=recording.read_bytes)
                if sent < wanted:
                    break
                if rate:
                    time.sleep(TICK_S)
        finally:
            # Also when a line is refused: what stands before it has been produced.
            publisher.flush()
    return publisher.stored
