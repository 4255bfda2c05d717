"""What happens to the profiles of a schedule: some events in two partitions, repeated, retracted, erased, broken."""

import json
from functools import cache
from random import Random
from typing import Any, NamedTuple

from tests.timeline import START_MS

from playhead.domain.records import Outgoing
from playhead.domain.topics import EVENTS

PARTITIONS = (0, 1)
PROFILES = (("ada", 1), ("ben", 1), ("cy", 0))
"""Profiles with their partitions, which are those of Kafka's own partitioner."""
PARTITION_OF = {name.encode(): partition for name, partition in PROFILES}
MISPLACED = 0.1
"""Share of events whose producer has another one."""
TITLES = ("t0", "t1", "t2", "t3")
KINDS: tuple[tuple[str, int], ...] = (
    ("playback_started", 4),
    ("playback_stopped", 3),
    ("title_clicked", 3),
    ("impressions_shown", 3),
    ("playback_progress", 2),
    ("page_viewed", 1),
    ("history_removed", 1),
    ("profile_erased", 2),
)
_kinds = [kind for kind, weight in KINDS for _ in range(weight)]
RETRIED = 2
"""A producer retries one of its last events: the ring of ids is made hardly longer, so that it hides little else."""
POISON = b'{"type": "none of ours"}'
LEFT_OUT = b""
"""Stands for an offset without a record for us: one that was aborted, or the end of a transaction."""


class Told(NamedTuple):
    """An event as it stands in the log."""

    partition: int
    profile: str
    event_id: str
    value: bytes


def story(random: Random) -> list[Told]:
    """The log of a schedule: 6 to 18 records, now and then the retry of an earlier one, one that is broken, or one on a wrong partition.

    Every other schedule has producers with transactions: offsets anywhere between have no record.
    """
    left_out = random.choice((0.0, 0.3))
    records: list[Told] = []
    fresh: list[Told] = []
    for n in range(random.randint(6, 18)):
        if random.random() < left_out:
            records += [Told(random.choice(PROFILES)[1], "", "", LEFT_OUT)] * random.randint(1, 3)
        if fresh and random.random() < 0.15:
            records.append(random.choice(fresh[-RETRIED:]))  # the same event at a later offset
            continue
        profile, partition = random.choice(PROFILES)
        if random.random() < 0.03:
            records.append(Told(partition, profile, "", POISON))
            continue
        kind, title = random.choice(_kinds), random.choice(TITLES)
        if random.random() < MISPLACED:
            partition = PARTITIONS[1 - partition]
        fresh.append(Told(partition, profile, f"e{n}", _event(kind, profile, n, title)))
        records.append(fresh[-1])
    return records


def log(records: list[Told]) -> list[Outgoing]:
    return [
        Outgoing(EVENTS, record.profile.encode(), record.value, (), record.partition) for record in records
    ]


@cache
def _event(kind: str, profile: str, n: int, title: str) -> bytes:
    bodies: dict[str, dict[str, Any]] = {
        "impressions_shown": {"items": [{"title_id": title}, {"title_id": "t9"}]},
        "playback_progress": {"title_id": title, "watched_s": 30, "position_s": 60},
        "playback_stopped": {"title_id": title, "watched_s": 90, "duration_s": 100},
        "playback_started": {"title_id": title, "duration_s": 100},
        "page_viewed": {},
        "profile_erased": {},
    }
    at = START_MS + n * 60_000
    wire = {"type": kind, "event_id": f"e{n}", "profile_id": profile, "occurred_at": at}
    return json.dumps(wire | bodies.get(kind, {"title_id": title})).encode()


_ARMS = [
    {"name": "control", "share": 0.5},
    {"name": "b", "share": 0.5, "settings": {"pipeline.rank_size": 2}},
]
EXPERIMENT = b"short", json.dumps({"experiment_id": "short", "share": 1.0, "arms": _ARMS}).encode()
"""That all profiles are in: key and value of its record."""
