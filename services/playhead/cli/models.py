"""``playhead models``: unreadable records of the models topic, and their removal."""

from typing import TYPE_CHECKING, Annotated

import typer

from playhead.cli.options import Bootstrap, Json, settings_from, stderr, taught

if TYPE_CHECKING:
    from playhead.runtime.model_repair import Unreadable

app = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="See to the topic of the models, playhead.models."
)


@app.callback()
def models() -> None:
    """See to the topic of the models, playhead.models."""


@app.command("repair", short_help="List or remove what nobody can read.")
@taught
def repair(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them, by tombstones.")] = False,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """List the records of playhead.models that nobody can read, and with --yes remove them.

    Workers skip such records; the topic is compacted, so they stay. A learn worker that starts overwrites those that
    stand under its own keys, with what it knows: better restart it than remove them. Removing shuts that worker out for
    a moment, and it starts again.

    Examples:
      playhead models repair
      playhead models repair --yes
    """
    from playhead.runtime.model_repair import find, remove

    settings = settings_from(bootstrap=bootstrap)
    unreadable = find(settings)
    for item in unreadable:
        print(_json(item) if as_json else _text(item))  # noqa: T201
    if unreadable and yes:
        stderr.print(f"{remove(settings, unreadable):,} records removed.")
    elif unreadable:
        stderr.print(f"{len(unreadable):,} records can't be read; --yes removes them.")
    else:
        stderr.print("All records can be read.")


def _text(item: "Unreadable") -> str:
    record = item.record
    whose = "foreign" if item.shard is None else f"shard {item.shard}"
    return f"{record.topic}[{record.partition}]@{record.offset}  {record.key!r} ({whose})  {item.why}"


def _json(item: "Unreadable") -> str:
    import orjson

    record = item.record
    shown = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": (record.key or b"").decode(errors="replace"),
        "shard": item.shard,
        "bytes": len(record.value or b""),
        "message": item.why.reason,
        "repair": item.why.repair,
    }
    return orjson.dumps(shown).decode()
