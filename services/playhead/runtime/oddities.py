"""Oddities in the events that producers send: none stops anything, each makes rankings worse."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from playhead.domain import events as e
from playhead.domain.decoding import event_in, on_time
from playhead.domain.errors import Rejected
from playhead.domain.events import AnyEvent
from playhead.domain.records import Incoming
from playhead.domain.topics import EVENTS, TITLES
from playhead.runtime.placing import newest_events
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings
from playhead.runtime.topology import describe

ENDS = (e.PlaybackStopped, e.PlaybackCompleted, e.PlaybackSkipped)
BACK_S = 5.0
"""Seconds that a position may go back without a seek: players round, and go back a little when they resume."""


class Oddity(NamedTuple):
    """One kind of oddity: how many of how many events show it, the place of the first that does, and what mends it."""

    name: str
    odd: int
    of: int
    example: str
    repair: str


class _Kind(NamedTuple):
    name: str
    repair: str
    among: tuple[type[e.Event], ...] = (e.Event,)


KINDS: dict[str, _Kind] = {
    "late": _Kind(
        "events late",
        "They count for what was covered, not for what is newest: let devices send as they go, and upload what was kept"
        " in the order in which it happened.",
    ),
    "ahead": _Kind(
        "events ahead",
        "Their clock is more than five minutes ahead of the broker's, whose time counts instead: take occurred_at from a"
        " server's clock, or correct the device's by it.",
    ),
    "duplicated": _Kind(
        "events duplicated",
        "They are recognised by event_id and count once: make a retry send the same batch only after an error.",
    ),
    "unlisted": _Kind(
        "titles unlisted",
        "They are learned from, and never shown: put them on playhead.titles, or send the ids that are listed there.",
        (e.TitleEvent,),
    ),
    "endless": _Kind(
        "plays without an end",
        "Something else was started, and the end was never reported: send playback_stopped with position_s when a player is"
        " left, closed or killed (from the last heartbeat, where nothing better is known).",
        (e.PlaybackStarted,),
    ),
    "backwards": _Kind(
        "positions backwards",
        "A play stands before where it stood, without a playback_seeked: send one for each jump, position_s in seconds"
        " of the title and not of the play, and another playback_id for another play.",
        (e.PlaybackEvent,),
    ),
}


def judge(records: Iterable[Incoming], listed: Callable[[str], bool] | None = None) -> list[Oddity]:
    """What is odd in records, in their order; ``listed``: whether the catalogue lists a title, None where there is none."""
    look = _Look(listed)
    for record in records:
        try:
            look.take(record, event_in(record))
        except Rejected:
            continue  # it has a dead letter
    return look.oddities()


def look(settings: Settings) -> list[Oddity]:
    """What is odd in the newest events of each partition. Blocks for some seconds.

    Raises:
        Unavailable: the broker doesn't answer.
    """
    listed: dict[bytes, bool] = {}
    for partition in range(describe(settings, TITLES)[TITLES].partitions):
        with Reader(settings, TITLES, partition=partition, offset=0) as reader:
            for batch in reader.to_end():
                listed.update((record.key or b"", record.value is not None) for record in batch)
    records = newest_events(settings, describe(settings, EVENTS)[EVENTS].partitions)
    return judge(
        records, (lambda title_id: listed.get(title_id.encode(), False)) if any(listed.values()) else None
    )


class _Look:
    def __init__(self, listed: Callable[[str], bool] | None) -> None:
        self._listed = listed
        self._counts = dict.fromkeys(KINDS, 0)
        self._all = dict.fromkeys(KINDS, 0)
        self._examples: dict[str, str] = {}
        self._ids: set[str] = set()
        self._newest: dict[str, int] = {}
        self._playing: dict[str, tuple[e.PlaybackStarted, Incoming]] = {}
        self._position: dict[tuple[str, str], float] = {}

    def take(self, record: Incoming, event: AnyEvent) -> None:
        if event.event_id in self._ids:
            self._see("duplicated", record, event)
            return
        self._ids.add(event.event_id)
        for kind, (_, _, among) in KINDS.items():
            self._all[kind] += isinstance(event, among)
        if event.occurred_at < self._newest.get(event.profile_id, 0):
            self._see("late", record, event)
        else:
            self._newest[event.profile_id] = event.occurred_at
        if on_time(event, record.timestamp_ms) is not event:
            self._see("ahead", record, event)
        if isinstance(event, e.TitleEvent):
            if self._listed is not None and not self._listed(event.title_id):
                self._see("unlisted", record, event)
            self._follow(record, event)

    def _follow(self, record: Incoming, event: e.TitleEvent) -> None:
        """Follows plays: which one of a profile is on, and at which position each stands."""
        if isinstance(event, e.PlaybackStarted):
            left = self._playing.get(event.profile_id)
            if left is not None and _play(left[0]) != _play(event):
                self._see("endless", left[1], left[0])
            self._playing[event.profile_id] = (event, record)
        elif isinstance(event, ENDS):
            self._playing.pop(event.profile_id, None)
        if not isinstance(event, e.PlaybackEvent):
            return
        position = event.to_s if isinstance(event, e.PlaybackSeeked) else getattr(event, "position_s", None)
        if position is None:
            return
        key = (event.profile_id, _play(event))
        moved = isinstance(event, e.PlaybackSeeked | e.PlaybackStarted)
        if not moved and position < self._position.get(key, 0.0) - BACK_S:
            self._see("backwards", record, event)
        self._position[key] = position

    def _see(self, kind: str, record: Incoming, event: e.Event) -> None:
        self._counts[kind] += 1
        type_ = event.__struct_config__.tag
        example = f"{type_} {event.event_id}, partition {record.partition}, offset {record.offset}"
        self._examples.setdefault(kind, example)

    def oddities(self) -> list[Oddity]:
        return [
            Oddity(
                name,
                self._counts[kind],
                max(self._all[kind], self._counts[kind]),
                self._examples[kind],
                repair,
            )
            for kind, (name, repair, _) in KINDS.items()
            if self._counts[kind]
        ]


def _play(event: e.PlaybackEvent) -> str:
    return event.playback_id or event.title_id
