"""``playhead settings`` and ``playhead dead-letters``: present settings, and records that could not be used."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from playhead.cli.options import Bootstrap, Json, settings_from, stderr, stdout, taught

if TYPE_CHECKING:
    from playhead.runtime.dead_letters import DeadLetter

dead_letters = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="List the records that could not be used, and send them again once repaired.",
)
Topic = Annotated[str | None, typer.Option(help="Only those that came from this topic.")]
Error = Annotated[str | None, typer.Option(help="Only those whose reason contains this text.")]


def settings(as_json: Json = False) -> None:
    """List every PLAYHEAD_… variable with its meaning and present value; secrets are masked.

    Examples:
      playhead settings
      PLAYHEAD_BOOTSTRAP=kafka:9092 playhead settings --json
    """
    from playhead.runtime.settings import explain

    listed = explain(settings_from())
    if as_json:
        import orjson

        print(orjson.dumps([each._asdict() for each in listed]).decode())  # noqa: T201
        return
    table = Table(title="Settings")
    for column in ("variable", "value", "from", "meaning"):
        table.add_column(column)
    for each in listed:
        table.add_row(each.variable, each.value, each.source, each.meaning)
    stdout.print(table)


@dead_letters.command("list", short_help="Show each with its reason and repair.")
@taught
def list_(
    topic: Topic = None, error: Error = None, bootstrap: Bootstrap = None, as_json: Json = False
) -> None:
    """Show each dead letter: its source, the error and the repair.

    Examples:
      playhead dead-letters list
      playhead dead-letters list --topic playhead.events --json
    """
    from playhead.runtime.dead_letters import list_dead_letters

    count = 0
    for letter in list_dead_letters(settings_from(bootstrap=bootstrap)):
        if _wanted(letter, topic, error):
            count += 1
            print(_json(letter) if as_json else _text(letter))  # noqa: T201
    if not as_json:
        stderr.print(f"{count:,} dead letters.")


@dead_letters.command("replay", short_help="Produce the originals again.")
@taught
def replay(topic: Topic = None, error: Error = None, bootstrap: Bootstrap = None) -> None:
    """Produce the original records again, bytes and key unchanged, once the cause is repaired.

    Doing it twice is harmless: repeated events are recognised by event_id.

    Examples:
      playhead dead-letters replay
      playhead dead-letters replay --error "unknown type"
    """
    from playhead.runtime.dead_letters import replay_dead_letters

    with stderr.status("Replaying"):
        count = replay_dead_letters(
            settings_from(bootstrap=bootstrap), lambda letter: _wanted(letter, topic, error)
        )
    stderr.print(f"{count:,} records were produced again.")


def _wanted(letter: "DeadLetter", topic: str | None, error: str | None) -> bool:
    return (topic is None or letter.record.topic == topic) and (error is None or error in letter.message)


def _text(letter: "DeadLetter") -> str:
    record = letter.record
    return f"{record.topic}[{record.partition}]@{record.offset}  {letter.message} Repair: {letter.repair}"


def _json(letter: "DeadLetter") -> str:
    import orjson

    record = letter.record
    return orjson.dumps(
        {
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "error": letter.error,
            "message": letter.message,
            "repair": letter.repair,
            "attempts": letter.attempts,
            "value": (record.value or b"").decode(errors="replace"),
        }
    ).decode()
