"""Where a demonstration's events come from: an audience that reacts, or a recorded log."""

from itertools import islice
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from playhead.domain.events import Event
from playhead.domain.rankings import Ranking
from playhead.lab.demo.audience import Audience
from playhead.lab.demo.freshness import ASKING
from playhead.replay.recorded import RecordedLine, Recording

UNFINISHED = 1_000
"""Events past the end of the time that a log may go on for, to not end between opening an app and its page."""


class Act(NamedTuple):
    """An event as it is to be produced, and what the screen says of it."""

    profile_id: str
    type: str
    title_id: str | None
    value: bytes

    @property
    def asks(self) -> bool:
        """Whether this event is always answered with a ranking."""
        return self.type in ASKING


class Load(Protocol):
    """A source of events."""

    over: bool

    def take(self, now_ms: int, n: int) -> list[Act]:
        """About ``n`` more events."""

    def see(self, ranking: Ranking) -> None:
        """Hands a ranking to its viewer."""

    def settle(self) -> list[Act]:
        """The events still to be sent, so that every active profile has asked for a ranking."""

    def close(self) -> None:
        """Closes open files."""


class AudienceLoad:
    """An audience as a load."""

    def __init__(self, audience: Audience) -> None:
        self.over = False
        self._audience = audience
        self._encoder = msgspec.json.Encoder()

    def take(self, now_ms: int, n: int) -> list[Act]:
        """What the viewers do next."""
        return [self._act(event) for event in self._audience.act(now_ms, n)]

    def see(self, ranking: Ranking) -> None:
        """Shows the ranking to its viewer."""
        self._audience.see(ranking)

    def settle(self) -> list[Act]:
        """No events: opening the app and its page are one act."""
        return []

    def close(self) -> None:
        """Does nothing: no file is open."""

    def _act(self, event: Event) -> Act:
        kind = str(event.__struct_config__.tag)
        return Act(event.profile_id, kind, getattr(event, "title_id", None), self._encoder.encode(event))


class RecordedLoad:
    """A recorded log as a load: it does not react to rankings, and its events keep their recorded times."""

    def __init__(self, path: Path) -> None:
        self.over = False
        self._recording = Recording(path)
        self._lines = self._recording.lines("events", validate=False)
        self._asked: set[str] = set()
        self._quiet: set[str] = set()

    def take(self, now_ms: int, n: int) -> list[Act]:  # noqa: ARG002  a log has its own times
        """The next records."""
        acts = [_act(line) for line in islice(self._lines, n)]
        self.over = len(acts) < n
        for act in acts:
            self._note(act)
        return acts

    def see(self, ranking: Ranking) -> None:
        """Does nothing: a recorded log does not react."""

    def settle(self) -> list[Act]:
        """The log goes on until the profiles it has just begun with have asked for a ranking."""
        more: list[Act] = []
        while self._quiet and not self.over and len(more) < UNFINISHED:
            more += self.take(0, 1)
        return more

    def close(self) -> None:
        """Close the file."""
        self._recording.close()

    def _note(self, act: Act) -> None:
        if act.asks:
            self._asked.add(act.profile_id)
            self._quiet.discard(act.profile_id)
        elif act.profile_id not in self._asked:
            self._quiet.add(act.profile_id)


def _act(line: RecordedLine) -> Act:
    return Act(line.key, line.type, line.title_id, line.value)
