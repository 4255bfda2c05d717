"""The explanation of ``playhead why`` as tables."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.table import Table

from playhead.cli.options import stdout

PARTS_SHOWN = 3


def show(account: Mapping[str, Any], top: int) -> None:
    """Prints the whole explanation, the verdict last."""
    ranking = account["ranking"]
    at = datetime.fromtimestamp(ranking.computed_at / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    cause = ranking.caused_by
    stdout.print(
        f"{ranking.profile_id}, version {ranking.version}, market {ranking.market}, surface {ranking.surface}, {at} UTC"
    )
    stdout.print(f"caused by {cause.event_id}, partition {cause.partition}, offset {cause.offset}")
    scored = [way for way in account["candidates"] if way["place"] is not None]
    stdout.print(f"{len(account['candidates'])} candidates, {len(scored)} after the filters")
    if account["removed"]:
        removed = ", ".join(f"{name} {count}" for name, count in account["removed"].items())
        stdout.print(f"not shown, by filter: {removed}")
    stdout.print(_slate(scored[:top]))
    if "title" in account:
        _title(account["title"])
    if "without" in account:
        stdout.print(_side_by_side(account["without"], top))
    _verdict(account)


def _slate(ways: list[dict[str, Any]]) -> Table:
    table = Table(title="The slate, from its top")
    for column in (
        "",
        "title",
        "score",
        "brought by",
        "P click",
        "P finish",
        "P binge",
        "watch",
        "most of it",
    ):
        table.add_column(column, overflow="fold")
    for way in ways:
        heads = way["heads"]
        table.add_row(
            str(way["place"]),
            way["name"],
            f"{way['score']:.3f}",
            _sources(way),
            *(f"{heads[head]:.3f}" for head in ("click", "finish", "binge")),
            f"{way['watch_s']:.0f} s",
            ", ".join(f"{name} {part:+.2f}" for name, part in _strongest(way["parts"])[:PARTS_SHOWN]),
        )
    return table


def _sources(way: dict[str, Any]) -> str:
    took = [each for each in way["standings"] if each.took]
    best: dict[str, int | None] = {}
    for each in took:
        if each.source not in best or (each.place or 0) < (best[each.source] or 0):
            best[each.source] = each.place
    return ", ".join(name if place is None else f"{name} {place}" for name, place in best.items())


def _strongest(parts: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(((name, part) for name, part in parts.items() if part), key=lambda item: -abs(item[1]))


def _title(way: dict[str, Any]) -> None:
    stdout.print(f"\n{way['name']} ({way['title_id']})")
    for each in dict.fromkeys(way["standings"]):  # a source has a list for each half-life
        where = "linked to the last titles" if each.place is None else f"place {each.place} of {each.source}"
        stdout.print(f"  {where}{'' if each.took else ': not taken from there'}")
    if not way["standings"]:
        stdout.print("  stands in no candidate list and is linked to none of the last titles")
    if way["place"] is None:
        stdout.print(f"  {_absence(way)}")
        return
    if way["after"]:
        stdout.print(f"  linked the most to {way['after']}")
    for name, part in _strongest(way["parts"]):
        stdout.print(f"  {part:+9.4f}  {name}")
    stdout.print(f"  {way['score']:+9.4f}  score")
    heads = ", ".join(f"{name} {value:.4f}" for name, value in way["heads"].items())
    stdout.print(f"  P: {heads}; {way['watch_s']:.1f} s watched")
    stdout.print(f"  place {way['place']}{'' if way['shown'] else ': below the end of the slate'}")


def _absence(way: dict[str, Any]) -> str:
    if way["candidate"]:
        return f"removed by the filter {way['removed_by']!r}"
    if way["removed_by"]:
        return f"never a candidate: {way['removed_by']!r} would remove it, so sources passed it over"
    return "never a candidate: no source gave it"


def _side_by_side(other: Mapping[str, Any], top: int) -> Table:
    table = Table(title=f"Without {other['event_id']}, and as it is")
    for column in ("without", "as it is", "", "title"):
        table.add_column(column)
    moved = [move for move in other["moves"] if move["word"]]
    for move in [move for move in moved if move["after"]][:top] + [
        move for move in moved if not move["after"]
    ]:
        table.add_row(str(move["before"] or "–"), str(move["after"] or "–"), move["word"], move["name"])
    table.caption = f"{len(moved)} of {len(other['moves'])} titles moved"
    return table


def _verdict(account: Mapping[str, Any]) -> None:
    if account["verified"] and "ranking" in account["compared"]:
        stdout.print("verified: the same bytes as were sent")
    elif account["verified"]:
        stdout.print(
            "verified: the same decision, byte for byte; a newer ranking has taken this one's place on its topic"
        )
    else:
        stdout.print("NOT the same as was sent:")
        for difference in account["differences"]:
            stdout.print(f"  {difference}", markup=False, soft_wrap=True)
