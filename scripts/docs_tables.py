"""The tables of the docs that are made from code, each by the name that stands in its marker."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields as fields_of
from typing import Any

from msgspec.inspect import Field, StructType, type_info
from prometheus_client.metrics import MetricWrapperBase
from typer.main import get_command

from playhead.cli import app
from playhead.domain.access import RIGHTS
from playhead.domain.events import Event
from playhead.domain.repairs import description, in_words
from playhead.domain.schemas import EVENT_TYPES, components
from playhead.domain.topics import DAY_MS, TOPICS
from playhead.models.river.named import meanings
from playhead.observe import metrics
from playhead.runtime.settings import CHOICES, Settings


def event_table() -> str:
    """The event types: what each adds to the envelope, and its meaning."""
    return table(
        ("type", "adds", "meaning"),
        (
            (f"`{name}`", ", ".join(added(struct)), first_line(struct).replace("``", "`"))
            for name, struct in EVENT_TYPES.items()
        ),
    )


def field_table(struct: str) -> str:
    """The fields of a struct, without those that are structs themselves."""
    return table(("field", "is", "meaning"), field_rows(components()[struct]))


def field_rows(schema: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """A row a field; ``?`` marks those that may be absent."""
    for name, field in schema["properties"].items():
        mark = "" if name in schema["required"] else "?"
        wanted = in_words(field).removesuffix(", or leave it out")
        meaning = description(field).rstrip(".")
        if name == "type":
            wanted, meaning = "a string", "What happened: one of the types below"
        yield f"`{name}`{mark}", wanted, meaning


def settings_table() -> str:
    """The settings: variable, default, meaning, and the values that a choice has."""
    rows = (
        (
            f"`PLAYHEAD_{setting.name.upper()}`",
            f"`{setting.default}`" if str(setting.default) else "",
            setting.metadata["meaning"]
            + (
                f" ({', '.join(CHOICES[setting.name])})"
                if setting.name in {"security_protocol", "sasl_mechanism"}
                else ""
            ),
        )
        for setting in fields_of(Settings)
    )
    return table(("variable", "default", "meaning"), rows)


def topics_table() -> str:
    """The topics as ``playhead topics`` makes them."""
    rows = (
        (
            f"`{topic.name}`",
            topic.key,
            str(topic.partitions),
            topic.cleanup if topic.cleanup == "compact" else f"{topic.retention_ms // DAY_MS} days",
            topic.holds,
        )
        for topic in TOPICS
    )
    return table(("topic", "key", "partitions", "kept", "holds"), rows)


def access_table() -> str:
    """What each role may do on Kafka."""
    rows = (
        (
            role,
            right.kind.replace("_", " "),
            f"`{right.name}{'*' if right.prefix else ''}`",
            ", ".join(right.operations),
        )
        for role, rights in RIGHTS.items()
        for right in rights
    )
    return table(("role", "resource", "name", "operations"), rows)


def commands_table() -> str:
    """The commands of the command line, and what each does."""
    return table(("command", "does"), command_rows("playhead", get_command(app)))


def command_rows(name: str, command: Any) -> Iterator[tuple[str, str]]:
    """A command, or those in its group."""
    for inner, each in getattr(command, "commands", {}).items():
        if hasattr(each, "commands"):
            yield from command_rows(f"{name} {inner}", each)
        else:
            yield f"`{name} {inner}`", each.get_short_help_str(200)


def metrics_table() -> str:
    """The metrics that a worker offers, by the names they are scraped under."""
    ends = {"counter": "_total", "info": "_info"}
    rows = (
        (
            f"`{family.name}{ends.get(family.type, '')}`",
            family.type,
            ", ".join(collector._labelnames),  # noqa: SLF001 - prometheus-client tells them nowhere else
            family.documentation,
        )
        for collector in vars(metrics).values()
        if isinstance(collector, MetricWrapperBase)
        for family in collector.describe()
    )
    return table(("metric", "kind", "labels", "meaning"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "features": lambda: table(("feature", "says"), ((f"`{name}`", meaning) for name, meaning in meanings())),
    "event types": event_table,
    "title": lambda: field_table("Title"),
    "envelope": lambda: field_table("ProfileErased"),
    "dead letter headers": lambda: field_table("DeadLetterHeaders"),
    "settings": settings_table,
    "topics": topics_table,
    "access": access_table,
    "commands": commands_table,
    "metrics": metrics_table,
}
"""What stands between the markers of the docs, by the marker's name."""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def first_line(struct: type) -> str:
    """What a type's docstring says first."""
    return (struct.__doc__ or "").split("\n", 1)[0]


def added(struct: type) -> Iterator[str]:
    """The fields that an event has beyond the envelope; ``?`` marks those that may be absent."""
    for field in fields(struct):
        if field.name not in Event.__struct_fields__:
            yield f"`{field.name}`" + ("" if field.required else "?")


def fields(struct: type) -> tuple[Field, ...]:
    """A struct's fields."""
    info = type_info(struct)
    assert isinstance(info, StructType)
    return info.fields
