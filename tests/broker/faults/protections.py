"""What Playhead is protected by, and how a worker of the tests is started without one of them."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.broker.faults import points

from playhead.domain.errors import Rejected
from playhead.domain.records import Incoming, Outgoing
from playhead.learn.learner import Learner
from playhead.personalize import profile_update
from playhead.runtime import fetching, learn, personalize, recovery, topology
from playhead.runtime.changelog import Changelog
from playhead.runtime.personalize import Personalization
from playhead.runtime.publication import Publisher
from playhead.runtime.store import Position

APART_S = 0.3
"""Between the two parts of a version that is torn."""


def _put(owner: Any, name: str, value: Any) -> None:
    """Replace a part of the product in this process."""
    setattr(owner, name, value)


def watermark() -> None:
    """An event at or below the record's offset is folded again."""
    init = profile_update.ProfileUpdate.__init__

    def forgetful(self: Any, *args: Any) -> None:
        init(self, *args)
        self.offset = -1

    _put(profile_update.ProfileUpdate, "__init__", forgetful)


def ring() -> None:
    """An event id that was folded lately is folded again."""
    _put(profile_update, "is_repeated", lambda _delivery, _event_id: False)


def dedupe() -> None:
    """A learner learns what it is told twice."""

    _put(Learner, "is_new", lambda _self, _example: True)


def examples_first() -> None:
    """Examples leave after the state is stored."""

    async def process(self: Personalization, batch: Sequence[Incoming]) -> None:
        store = self._store()
        effects = await self._step(batch, store)
        first, rest = self._shared.outbox.ticket(), self._shared.outbox.ticket()
        rest.send(effects.then)
        await self._shared.committer.confirm(self._tp, batch[0].offset)
        assert self._changelog is not None
        store.write(effects.state, await self._changelog.append(effects.state, store, rest, batch[0].offset))
        first.send(effects.first)
        if first:
            await first.delivered()
        self._shared.committer.note(self._tp, batch[-1].offset + 1)

    _put(Personalization, "_process", process)


def commit_last() -> None:
    """The offset is committed when a batch is taken, not when its effects are durable."""
    process = Personalization._process

    async def early(self: Personalization, batch: Sequence[Incoming]) -> None:
        self._shared.committer.note(self._tp, batch[-1].offset + 1)
        await self._shared.committer.flush()
        await process(self, batch)

    _put(Personalization, "_process", early)


def dead_letters_awaited() -> None:
    """What can't be used is dropped."""
    init = Personalization._step

    async def drop(self: Personalization, *args: Any) -> Any:
        effects = await init(self, *args)
        effects.rejected.clear()
        return effects

    _put(Personalization, "_step", drop)


def epoch() -> None:
    """A topic that was made anew is taken for the old one."""

    def ageless(settings: Any, *names: str, admin: Any = None) -> Any:
        return {
            name: topic._replace(epoch=1) for name, topic in describe(settings, *names, admin=admin).items()
        }

    describe = topology.describe
    for module in (personalize, learn, recovery):
        _put(module, "describe", ageless)


def higher_watermark() -> None:
    """Recovery keeps the later record of a profile, not the one that is folded further."""
    _put(recovery, "older", lambda _value, than: False)  # noqa: ARG005


def gap() -> None:
    """A worker does not look which offsets its changelog records got."""

    async def append(self: Changelog, records: Any, store: Any, ticket: Any, _offset: int) -> Position:
        ticket.send_followed(self._outgoing(records, store))
        await ticket.delivered()
        self._end = self._end._replace(offset=max(self._end.offset, ticket.highest_offset + 1))
        return self._end

    _put(Changelog, "append", append)


def mended() -> None:
    """A recovered partition leaves records that counted for nothing the newest of their profiles on the changelog."""

    async def mend(self: Changelog, keys: Any, store: Any) -> None:
        pass

    _put(Changelog, "mend", mend)


def manifest_last() -> None:
    """Rows of the models count before the manifest that says up to where they go; versions are torn by a kill."""
    publish, restore = Publisher.publish, Learner.restore

    def torn(self: Any, records: Sequence[Outgoing]) -> None:
        publish(self, records[:1])  # little, so that it is done when the kill comes
        time.sleep(APART_S)
        publish(self, records[1:])

    def at_once(self: Learner, key: bytes, value: bytes | None) -> Rejected | None:
        error = restore(self, key, value)
        for _, bundle in self._waiting:
            self.models.apply(bundle)
        self._waiting.clear()
        return error

    _put(Publisher, "publish", torn)
    _put(points, "WITHIN_PUBLISHING_S", APART_S)
    _put(Learner, "restore", at_once)


def isolation() -> None:
    """Events are read before their transaction is committed, and when it is aborted."""
    _put(fetching, "ISOLATION", "read_uncommitted")


PROTECTIONS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        watermark,
        ring,
        dedupe,
        examples_first,
        commit_last,
        dead_letters_awaited,
        epoch,
        higher_watermark,
        gap,
        mended,
        manifest_last,
        isolation,
    )
}
