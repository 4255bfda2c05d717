"""``playhead models``: the River models in force; how far pages are looked at; unreadable records of the models topic, and their removal."""

import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from playhead.cli.options import Bootstrap, Json, settings_from, stderr, stdout, taught

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playhead.runtime.model_repair import UnreadableRow
    from playhead.runtime.models_in_force import Listed

COLUMNS = (
    *("shard", "name", "class", "learned", "weight", "log-loss", "AUC", "seconds off", "version", "bytes"),
    "age",
)

app = typer.Typer(
    rich_markup_mode=None,
    help="List the River models in force, show how far viewers look into pages, or repair the topic of the models.",
)


@app.callback(invoke_without_command=True)
@taught
def models(context: typer.Context, bootstrap: Bootstrap = None, as_json: Json = False) -> None:
    """List the River models in force: examples learned, weight beside the head, and quality of predictions.

    Log-loss and AUC are of the last 2,000 outcomes that its worker has learned, each predicted before; of models of
    the seconds watched, the mean distance in seconds instead.

    Examples:
      playhead models
      playhead models --json
    """
    if context.invoked_subcommand is not None:
        return
    from playhead.runtime.models_in_force import in_force

    listed = in_force(settings_from(bootstrap=bootstrap))
    now_ms = time.time_ns() // 1_000_000
    if as_json:
        for model in listed:
            print(_line(model, now_ms))  # noqa: T201
        return
    table = Table(title="River models in force")
    for column in COLUMNS:
        table.add_column(
            column, justify="left" if column in {"name", "class"} else "right", no_wrap=column == "name"
        )
    for model in listed:
        table.add_row(*_row(model, now_ms))
    stdout.print(table)
    if not listed:
        stderr.print("None: no learn worker has published any, or recipe.py names none.")


def _row(listed: "Listed", now_ms: int) -> list[str]:
    model = listed.model
    figures = [model.log_loss, model.auc]
    return [
        *(str(listed.shard), model.name, model.kind, f"{model.learned:,}", f"{model.weight:+.3f}"),
        *("–" if figure is None else f"{figure:.4f}" for figure in figures),
        "–" if model.error is None else f"{model.error:.1f} s",
        *(f"{model.version:,}", f"{model.bytes:,}", f"{max(now_ms - listed.published_ms, 0) / 1000:.0f} s"),
    ]


def _line(listed: "Listed", now_ms: int) -> str:
    import msgspec

    columns = msgspec.to_builtins(listed.model)
    columns["class"] = columns.pop("kind")
    age_s = max(now_ms - listed.published_ms, 0) / 1000
    return msgspec.json.encode({"shard": listed.shard, **columns, "age_s": age_s}).decode()


@app.command("looks", short_help="Show how far viewers look into pages.")
@taught
def looks(bootstrap: Bootstrap = None, as_json: Json = False) -> None:
    """List how far the viewers of each market look into their pages, as their impressions say.

    Pages: how many were learned from, with decay. Rows: the probability that each row of a page is looked at, first row
    first; places: the same for the places of such a row. Rescue: the probability that a title looked at in the row rescue is
    chosen. With few pages the values are near the recipe's prior. Children are counted separately.

    Examples:
      playhead models looks
      playhead models looks --json
    """
    from playhead.page.rescue import TAKEN, WANTED
    from playhead.recipe import RECIPE
    from playhead.runtime.models_in_force import looks as read

    known = read(settings_from(bootstrap=bootstrap), RECIPE.page.further, TAKEN * WANTED)
    if as_json:
        import orjson

        for audience in known:
            print(orjson.dumps(audience._asdict()).decode())  # noqa: T201
        return
    table = Table(title="How far pages are looked at")
    for column in ("market", "pages", "rows", "places", "rescue"):
        table.add_column(column, justify="left" if column == "market" else "right")
    for audience in known:
        table.add_row(
            *(
                audience.audience,
                f"{audience.pages:,.0f}",
                _percents(audience.rows),
                _percents(audience.places),
            ),
            f"{audience.rescue:.1%}",
        )
    stdout.print(table)
    if not known:
        stderr.print("Nobody has said yet what was looked at: impressions with row_id do.")


def _percents(shares: "Sequence[float]") -> str:
    return " ".join(f"{share:.0%}" for share in shares)


@app.command("repair", short_help="List or remove unreadable records.")
@taught
def repair(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them, by tombstones.")] = False,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """List the unreadable records of playhead.models, and with --yes remove them.

    Workers skip such records; the topic is compacted, so they stay. A learn worker that starts overwrites those
    under its own keys with its state: restart it rather than remove them. Removing fences that worker, and
    it starts again.

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


def _text(item: "UnreadableRow") -> str:
    record = item.record
    whose = "foreign" if item.shard is None else f"shard {item.shard}"
    return f"{record.topic}[{record.partition}]@{record.offset}  {record.key!r} ({whose})  {item.why}"


def _json(item: "UnreadableRow") -> str:
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
