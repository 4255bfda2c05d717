"""``playhead why``: a ranking made again from the log, verified, and told title by title."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from playhead.cli.options import Bootstrap, Json, settings_from, stderr

if TYPE_CHECKING:
    from playhead.why.reading import OnProgress, Recalled


def why(
    profile: Annotated[str, typer.Argument(help="Whose ranking.")],
    title: Annotated[
        str | None, typer.Argument(help="One title, by id or name: its full explanation.")
    ] = None,
    version: Annotated[
        int | None, typer.Option(min=1, help="This version instead of the newest ranking.")
    ] = None,
    without: Annotated[
        str | None, typer.Option(help="Id of an event: the ranking as it would be without that event.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many titles of the slate to tell of.")] = 10,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Recompute a ranking from the log and the models it names, verify that it equals the one sent, and explain it.

    Exits with 1 when the recomputed ranking differs from the one sent.

    Examples:
      playhead why viewer-00042
      playhead why viewer-00042 "The Brave Lighthouse" --version 41
      playhead why viewer-00042 --without 0190a1b2-7c3d
    """
    from playhead.cli.why_account import show
    from playhead.why.reading import recall

    settings = settings_from(bootstrap=bootstrap)
    with _progress() as progress:
        recalled = recall(settings, profile, version, progress)
    account = explain(recalled, title, without)
    if as_json:
        import msgspec

        print(msgspec.json.encode(account).decode())  # noqa: T201  the result
    else:
        show(account, top)
    if not account["verified"]:
        raise typer.Exit(1)


def explain(recalled: "Recalled", title: str | None, without: str | None) -> dict[str, Any]:
    """The whole explanation, as in the JSON output.

    Raises:
        Unavailable: the title or the event is not known.
    """
    from playhead.domain.errors import Unavailable
    from playhead.why.rebuild import differences, rebuild
    from playhead.why.ways import Ways

    sent, past, _, lived = recalled
    rebuilt = rebuild(past, lived, sent.stub.computed_at)
    differing = [] if sent.ranking is None else differences(sent.ranking, rebuilt.sent.ranking)
    differing += [] if sent.decision is None else differences(sent.decision, rebuilt.sent.decision)
    ways = Ways(rebuilt.result.slates[0].view, lived.request, past.trials.pipeline(lived.request.arms))
    account: dict[str, Any] = {
        "verified": not differing,
        "differences": differing,
        "compared": [name for name in ("ranking", "decision") if getattr(sent, name) is not None],
        "ranking": rebuilt.ranking,
        "removed": rebuilt.decision.removed,
        "candidates": [way._asdict() for way in [*ways.ranked(), *ways.removed()]],
    }
    if title is not None:
        way = ways.named(title)
        if way is None:
            raise Unavailable(
                f"No worker knew of a title {title!r} when this ranking was made.",
                "Give its id, or its name as the catalogue has it.",
            )
        account["title"] = way._asdict()
    if without is not None:
        account["without"] = _without(recalled, without, rebuilt.ranking)
    return account


def _without(recalled: "Recalled", event_id: str, ranking: Any) -> dict[str, Any]:
    from playhead.domain.errors import Unavailable
    from playhead.why.moves import moves
    from playhead.why.profile import is_event, without
    from playhead.why.rebuild import rebuild

    _, past, events, lived = recalled
    profile_id = lived.request.profile_id
    if not any(is_event(record, event_id) for record in events):
        raise Unavailable(
            f"None of the {len(events)} events of {profile_id} up to this ranking has the id {event_id!r}.",
            f"See caused_by: playhead rankings --json --from-beginning --profile {profile_id}.",
        )
    catalogue = past.followed.catalogue
    otherwise = without(events, profile_id.encode(), lived.partition, event_id, catalogue)
    if otherwise is None:
        raise Unavailable(
            f"It is the only event of {profile_id}: without it there is no ranking.", "Name another."
        )
    # The same moment, so that nothing but the event makes the difference.
    request = otherwise.request._replace(at_ms=lived.request.at_ms, arms=lived.request.arms)
    other = rebuild(past, otherwise._replace(request=request), ranking.computed_at).ranking
    before = [item.title_id for item in other.items]
    after = [item.title_id for item in ranking.items]
    name = past.followed.catalogue.name
    return {
        "event_id": event_id,
        "moves": [
            {**move._asdict(), "word": move.word, "name": name(past.followed.catalogue.know(move.title_id))}
            for move in moves(before, after)
        ],
    }


@contextmanager
def _progress() -> "Iterator[OnProgress]":
    from rich.progress import Progress

    with Progress(console=stderr, disable=not stderr.is_terminal, transient=True) as progress:
        tasks: dict[str, Any] = {}

        def on_progress(topic: str, at: int, end: int) -> None:
            if topic not in tasks:
                tasks[topic] = progress.add_task(topic, total=end)
            progress.update(tasks[topic], completed=at, total=end)

        yield on_progress
