"""The table of access rights on Kafka, by role, from which docs and tests are made."""

from typing import Literal, NamedTuple

from playhead.domain.topics import (
    DEAD_LETTERS,
    DECISIONS,
    ERASURES,
    EVENTS,
    EXAMPLES,
    EXPERIMENTS,
    MODELS,
    PROFILES_CHANGELOG,
    RANKINGS,
    RULES,
    TAGS,
    TITLES,
    TOTALS,
)

Kind = Literal["topic", "group", "transactional_id"]


class Right(NamedTuple):
    """Operations on a resource, as Kafka names them; ``prefix``: on all resources whose names begin with ``name``.

    Read and Write include Describe; Write includes the right to an idempotent producer.
    """

    kind: Kind
    name: str
    operations: tuple[str, ...]
    prefix: bool = False


def _topics(operation: str, *names: str) -> tuple[Right, ...]:
    return tuple(Right("topic", name, (operation,)) for name in names)


_READER = Right("group", "playhead-reader-", ("Describe",), prefix=True)
"""librdkafka asks for the coordinator of a group that it never joins."""

RIGHTS: dict[str, tuple[Right, ...]] = {
    "personalize": (
        Right("topic", EVENTS, ("Read", "Write")),
        *_topics("Read", TITLES, TAGS, RULES, MODELS),
        # A guardrail stops an experiment; a worker looks up which unusable records have a dead letter already.
        *(
            Right("topic", name, ("Read", "Write"))
            for name in (EXPERIMENTS, TOTALS, PROFILES_CHANGELOG, DEAD_LETTERS)
        ),
        *_topics("Write", EXAMPLES, RANKINGS, DECISIONS, ERASURES),
        Right("group", "playhead-personalize", ("Read",)),
        _READER,
    ),
    "learn": (
        *_topics("Read", EXAMPLES, TITLES, TAGS),
        Right("topic", MODELS, ("Read", "Write")),
        *_topics("Write", DEAD_LETTERS),
        Right("group", "playhead-learn", ("Read",)),
        _READER,
        Right("transactional_id", "playhead-learn-", ("Describe", "Write"), prefix=True),
    ),
    "tag": (
        *_topics("Read", TITLES),
        Right("topic", TAGS, ("Read", "Write")),
        _READER,
    ),
    "gateway": (
        *_topics("Read", EVENTS, TITLES, TAGS, RULES, MODELS, RANKINGS, ERASURES, PROFILES_CHANGELOG),
        *_topics("Read", EXPERIMENTS, TOTALS),  # what the page shows of experiments
        *_topics("Write", EVENTS),
        *_topics("Describe", EXAMPLES),  # its partitions are the number of shards
        _READER,
    ),
    "operator": (
        Right("topic", "playhead.", ("Create", "Describe", "DescribeConfigs"), prefix=True),
        *_topics("Read", DEAD_LETTERS, EVENTS, RANKINGS, TAGS, RULES, TITLES, EXPERIMENTS, TOTALS),
        *_topics("Write", EVENTS, EXAMPLES, RULES, EXPERIMENTS),
        _READER,
    ),
    "producer": _topics("Write", EVENTS, TITLES),
    "consumer": (
        *_topics("Read", RANKINGS, DECISIONS, ERASURES, TAGS),
        Right("group", "rankings-", ("Read",), prefix=True),
    ),
}
"""``operator``: for ``playhead topics``, ``doctor``, ``dead-letters`` and ``experiments``. ``consumer``: an application that reads rankings; its group may have any name."""


def topics_of(role: str) -> list[str]:
    """The topics that a role reads or writes, each once."""
    return list(dict.fromkeys(right.name for right in RIGHTS[role] if right.kind == "topic"))
