"""Exports the metrics of experiments, and stops those whose guardrail is violated.

Every worker follows the sums of all partitions; the owner of partition 0 of the events exports them and stops experiments.
Two workers that both believe to be the owner do the same, which is harmless.
"""

import asyncio

import msgspec
from msgspec.structs import replace

from playhead.domain.records import Outgoing
from playhead.domain.topics import EXPERIMENTS, TOTALS
from playhead.observe import arms
from playhead.runtime.experiments import Standing
from playhead.runtime.followed_letters import OWNER
from playhead.runtime.logs import Log
from playhead.runtime.outbox import Outbox

log = Log(__name__)

EVERY_S = 2.0
WATCHED = (EXPERIMENTS, TOTALS)
_encoder = msgspec.json.Encoder()


class ArmWatch:
    """The experiments of this process, and their guardrails while it owns partition ``OWNER``."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._standing = Standing()
        self._ours = asyncio.Event()

    def follow(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Takes over a record of the topics in ``WATCHED``."""
        self._standing.follow(topic, key, value)

    def owned(self, partition: int, *, ours: bool) -> None:
        """Notes whether this process owns a partition of the events."""
        if partition != OWNER:
            return
        if ours:
            self._ours.set()
        else:
            self._ours.clear()
            arms.forget()

    async def run(self) -> None:
        """Exports metrics and stops experiments whose guardrail has fired, for ever."""
        while True:
            await self._ours.wait()
            reports = self._standing.reports()
            arms.observe(reports)
            for report in reports:
                if report.stop is not None and report.experiment.status == "running":
                    log.warning(
                        "guardrail: experiment stopped",
                        experiment=report.experiment.experiment_id,
                        why=report.stop,
                    )
                    stopped = replace(report.experiment, status="stopped", stopped_because=report.stop)
                    ticket = self._outbox.ticket()
                    ticket.send(
                        [Outgoing(EXPERIMENTS, stopped.experiment_id.encode(), _encoder.encode(stopped))]
                    )
                    await ticket.delivered()
            await asyncio.sleep(EVERY_S)
