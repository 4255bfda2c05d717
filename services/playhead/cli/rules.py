"""``playhead rules``: what operators put before viewers or keep from them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from playhead.cli.options import Bootstrap, Json, settings_from, stderr, stdout, taught

if TYPE_CHECKING:
    from playhead.domain.rules import Rule
    from playhead.runtime.settings import Settings

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="List, put, remove and try out business rules (playhead.rules).",
)
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Rules, JSON lines.")]


@app.command("list", short_help="Show the rules in force, and conflicts.")
@taught
def list_(bootstrap: Bootstrap = None, as_json: Json = False) -> None:
    """Show the rules in force, and those that contradict each other.

    Examples:
      playhead rules list
      playhead rules list --json
    """
    from playhead.catalogue.rules import conflicts

    rules = _in_force(settings_from(bootstrap=bootstrap))
    for rule in rules:
        _show(rule, as_json=as_json)
    if not rules:
        stderr.print("No rules are in force.")
    for conflict in conflicts(rules):
        stderr.print(f"Conflict: {conflict}", markup=False)


@app.command("put", short_help="Put rules in force.")
@taught
def put(file: File, bootstrap: Bootstrap = None) -> None:
    """Put the rules of a file in force; if one of them is invalid, none is put. They take effect within two seconds.

    Examples:
      playhead rules put rules.jsonl
    """
    from playhead.catalogue.rules import conflicts
    from playhead.domain.topics import RULES
    from playhead.lab.demo.publish import EventPublisher

    settings = settings_from(bootstrap=bootstrap)
    new = _read(file)
    publisher = EventPublisher(settings)
    publisher.need(RULES)
    for line, rule in new:
        publisher.send(RULES, rule.rule_id, line)
    publisher.flush()
    stderr.print(f"{len(new)} rules are put.")
    for conflict in conflicts(_in_force(settings)):
        stderr.print(f"Conflict: {conflict}", markup=False)


@app.command("remove", short_help="Take a rule out of force.")
@taught
def remove(rule_id: Annotated[str, typer.Argument(help="The rule_id.")], bootstrap: Bootstrap = None) -> None:
    """Take a rule out of force.

    Examples:
      playhead rules remove summer-pin
    """
    from playhead.domain.errors import Unavailable
    from playhead.domain.topics import RULES
    from playhead.lab.demo.publish import EventPublisher

    settings = settings_from(bootstrap=bootstrap)
    if rule_id not in {rule.rule_id for rule in _in_force(settings)}:
        raise Unavailable(f"There is no rule {rule_id}.", "See which there are: playhead rules list.")
    publisher = EventPublisher(settings)
    publisher.send(RULES, rule_id, None)
    publisher.flush()
    stderr.print(f"Rule {rule_id} is removed.", markup=False)


@app.command("dry-run", short_help="Say what rules would change.")
@taught
def dry_run(file: File, bootstrap: Bootstrap = None, as_json: Json = False) -> None:
    """Show which of the newest rankings the rules of a file would change, and the expected gain or loss.

    Nothing is put in force. Minutes are those expected of the first ten titles of each list where a rule holds.

    Examples:
      playhead rules dry-run rules.jsonl
    """
    from contextlib import suppress
    from dataclasses import asdict

    import msgspec

    from playhead.domain.errors import Rejected
    from playhead.domain.rankings import Ranking
    from playhead.domain.topics import RANKINGS, TITLES
    from playhead.models.follower_state import FollowerState
    from playhead.replay.dry_run import dry_run as tried

    settings = settings_from(bootstrap=bootstrap)
    rules = [rule for _, rule in _read(file)]
    followed = FollowerState()
    for key, value in _newest(settings, TITLES).items():
        with suppress(Rejected):
            followed.follow(TITLES, key, value)
    rankings = [msgspec.json.decode(value, type=Ranking) for value in _newest(settings, RANKINGS).values()]
    preview = tried(rules, followed.catalogue, rankings)
    if as_json:
        print(msgspec.json.encode(asdict(preview)).decode())  # noqa: T201
        return
    stdout.print(
        f"Of {preview.rankings:,} rankings the rules hold for {preview.concerned:,}, and change the first titles of"
        f" {preview.changed:,}.\nExpected minutes there: {preview.minutes_before:,.1f} before,"
        f" {preview.minutes_after:,.1f} after. {preview.unknown:,} titles would come in of which nothing is known."
    )


def _read(file: Path) -> "list[tuple[bytes, Rule]]":
    """The rules of a file, with their lines."""
    import msgspec

    from playhead.domain.decoding import decode_rule
    from playhead.domain.errors import Rejected

    rules = []
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            named = msgspec.json.decode(line)
            key = str(named.get("rule_id", "")) if isinstance(named, dict) else ""
        except msgspec.DecodeError:
            key = ""
        try:
            rules.append((line, decode_rule(key.encode(), line)))
        except Rejected as error:
            raise Rejected(f"Line {number}: {error.reason}", error.repair) from error
    return rules


def _in_force(settings: "Settings") -> "list[Rule]":
    """The rules that workers obey: of each the newest version that can be used."""
    from playhead.domain.decoding import decode_rule
    from playhead.domain.errors import Rejected
    from playhead.domain.topics import RULES
    from playhead.runtime.reading import Reader

    rules: dict[bytes, Rule] = {}
    with Reader(settings, RULES) as reader:
        for record in (record for batch in reader.to_end() for record in batch):
            key = record.key or b""
            try:
                if record.value is None:
                    rules.pop(key, None)
                else:
                    rules[key] = decode_rule(key, record.value)
            except Rejected as error:
                stderr.print(f"Not obeyed: {key.decode(errors='replace')}: {error}", markup=False)
    return [rules[key] for key in sorted(rules)]


def _newest(settings: "Settings", topic: str) -> dict[bytes, bytes]:
    from playhead.runtime.reading import Reader

    newest: dict[bytes, bytes] = {}
    with Reader(settings, topic) as reader:
        for batch in reader.to_end():
            for record in batch:
                if record.value is None:
                    newest.pop(record.key or b"", None)
                else:
                    newest[record.key or b""] = record.value
    return newest


def _show(rule: "Rule", *, as_json: bool) -> None:
    import msgspec

    wire = msgspec.to_builtins(rule)
    if as_json:
        print(msgspec.json.encode(wire).decode())  # noqa: T201
        return
    rest = ", ".join(f"{name} {value}" for name, value in wire.items() if name not in {"rule_id", "action"})
    print(f"{rule.rule_id}  {rule.action}  {rest}")  # noqa: T201
