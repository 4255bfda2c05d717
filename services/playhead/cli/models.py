"""``playhead models``: what nobody can read on the topic of the models, and its removal."""

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
    found = find(settings)
    for one in found:
        print(_json(one) if as_json else _text(one))  # noqa: T201
    if found and yes:
        stderr.print(f"{remove(settings, found):,} records removed.")
    elif found:
        stderr.print(f"{len(found):,} records can't be read; --yes removes them.")
    else:
        stderr.print("All records can be read.")


def _text(one: "Unreadable") -> str:
    record = one.record
    whose = "foreign" if one.shard is None else f"shard {one.shard}"
    return f"{record.topic}[{record.partition}]@{record.offset}  {record.key!r} ({whose})  {one.why}"


def _json(one: "Unreadable") -> str:
    import orjson

    record = one.record
    told = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": (record.key or b"").decode(errors="replace"),
        "shard": one.shard,
        "bytes": len(record.value or b""),
        "message": one.why.reason,
        "repair": one.why.repair,
    }
    return orjson.dumps(told).decode()
