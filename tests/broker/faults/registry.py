"""All faults, by name: what is done to a running system."""

from collections.abc import Callable

from tests.broker.faults import brokers, formats, group, kills, models, records, stores, transactions
from tests.broker.faults.run import Run

Fault = Callable[[Run], None]

FAULTS: dict[str, Fault] = {
    "killed at points": kills.killed_at_points,
    "killed": kills.killed,
    "killed between examples and state": kills.killed_between_examples_and_state,
    "learner killed at points": kills.learner_killed_at_points,
    "learner killed while publishing": kills.learner_killed_while_publishing,
    "learner dead": kills.learner_dead,
    "terminated": kills.terminated,
    "stuck": kills.stuck,
    "clocks of workers jump": kills.clocks_jump,
    "suspended past its session": group.suspended,
    "suspended before writing": group.suspended_before_writing,
    "worker joins": group.joined,
    "worker leaves": group.left,
    "worker gone": group.gone,
    "rebalance storm": group.storm,
    "store wiped": stores.wiped,
    "store corrupted": stores.corrupted,
    "disk full": stores.full,
    "changelog of 100,000 profiles": stores.far_behind,
    "broker restarted": brokers.restarted,
    "broker killed": brokers.killed,
    "events topic made anew": brokers.events_made_anew,
    "changelog made anew": brokers.changelog_made_anew,
    "bad records": records.bad,
    "records that can't be parsed": formats.unreadable,
    "log corrupted": formats.damaged,
    "producer with another partitioner": records.misplaced,
    "other schema versions": records.schemas,
    "producer retries": records.retried,
    "out of order and late": records.late,
    "clocks ahead and behind": records.clocks,
    "all at once": records.all_at_once,
    "hot profile": records.hot,
    "aborted events": transactions.aborted,
    "dead letters unwritable": records.unwritable_letters,
    "rankings unread": models.unread,
    "models compacted": models.compacted,
    "models unreadable": models.foreign,
    "stale record in the changelog": models.stale,
}

MISSED_IN: dict[str, str] = {
    "watermark": "hot profile",
    "ring": "producer retries",
    "dedupe": "killed between examples and state",
    "examples_first": "killed between examples and state",
    "commit_last": "killed between examples and state",
    "dead_letters_awaited": "bad records",
    "epoch": "events topic made anew",
    "higher_watermark": "stale record in the changelog",
    "gap": "suspended before writing",
    "mended": "stale record in the changelog",
    "manifest_last": "learner killed while publishing",
    "isolation": "aborted events",
}
"""For each protection the fault that is survived with it and not without it. More of them, whose absence takes a rarer
schedule than a run of minutes meets, are taken out in ``tests/simulation``."""
