"""The main loop of a demonstration: sends events at a rate, receives rankings, updates the screen, ends in bounded time."""

import time
from collections.abc import Callable, Iterable

from playhead.domain.topics import DEAD_LETTERS, EVENTS, MODELS
from playhead.lab.demo.answers import RankingTail, consumer, ends
from playhead.lab.demo.board import Board
from playhead.lab.demo.load import Act, Load
from playhead.lab.demo.pace import LoadPace
from playhead.lab.demo.publish import EventPublisher
from playhead.lab.demo.screen import ProgressScreen
from playhead.lab.demo.spotlight import Spotlight
from playhead.process.children import Children
from playhead.runtime.settings import Settings

TICK_S = 0.01
"""Events leave in small groups: at 200 a second two a tick, so a viewer's event waits for no other's."""
DRAIN_S = 20.0
"""Longest wait for the last answers, at the end."""
START_S = 60.0
"""Time after which the load begins even if no worker has ranked anything yet."""
FIRST_EVENTS = 16
"""Enough to touch every partition, as a rule."""
READY_S = 180.0
"""After an install workers compile their inner loops first: half a minute where nobody else works."""
READY_LOOK_S = 0.1
LOOK_S = 1.0
"""How often the workers and the dead letters are looked at."""


class Loop:
    """The loop, in one thread, so that the statistics need no lock; only the time stamps of rankings come from another."""

    def __init__(
        self,
        settings: Settings,
        *,
        publisher: EventPublisher,
        answers: RankingTail,
        board: Board,
        spotlight: Spotlight,
        screen: ProgressScreen,
        children: Children,
    ) -> None:
        self._publisher = publisher
        self._answers = answers
        self._board = board
        self._spotlight = spotlight
        self._screen = screen
        self._children = children
        self._watermarks = consumer(settings)
        self._before = {topic: self._total(topic) for topic in (DEAD_LETTERS, MODELS)}
        self._looked_s = time.monotonic()

    def run(self, load: Load, rate: float, seconds: float | None) -> None:
        """Send until the time or the load is over, then wait for the last answers."""
        try:
            pace = LoadPace(rate)
            self._warm_up(load, pace)
            self._stream(load, pace, seconds if seconds is not None else float("inf"))
            self._send(load.settle())
            self._publisher.flush()
            self._wait_until_settled(load, DRAIN_S)
        finally:
            self._board.dead_letters = self._grown(DEAD_LETTERS)
            self._watermarks.close()

    def _warm_up(self, load: Load, pace: LoadPace) -> None:
        """Waits until both roles work: the first events are answered, the first models published.

        The start-up time of workers is reported separately and kept out of freshness.
        """
        self._wait_until_ready()
        self._send(load.take(time.time_ns() // 1_000_000, FIRST_EVENTS))
        self._send(load.settle())
        self._publisher.flush()
        self._wait_until_settled(load, START_S)
        self._stream(load, pace, START_S, enough=lambda: self._grown(MODELS) > 0)
        self._board.freshness.begin()

    def _wait_until_ready(self) -> None:
        """Waits until all workers report that they are warm, as starting processes take the processor from serving ones."""
        until_s = time.monotonic() + READY_S
        while not self._children.ready and time.monotonic() < until_s:
            self._children.check()
            time.sleep(READY_LOOK_S)

    def _stream(
        self, load: Load, pace: LoadPace, seconds: float, enough: Callable[[], bool] = lambda: False
    ) -> None:
        until_s = time.monotonic() + seconds
        asked_s = 0.0
        while not load.over and (now_s := time.monotonic()) < until_s:
            if now_s - asked_s > LOOK_S:
                asked_s = now_s
                if enough():
                    break
            self._send(load.take(time.time_ns() // 1_000_000, pace.due(now_s)))
            self._turn(load)

    def _send(self, acts: Iterable[Act]) -> None:
        for act in acts:
            sent_s = time.monotonic()
            self._publisher.send(
                EVENTS,
                act.profile_id,
                act.value,
                lambda partition, offset, act=act, sent_s=sent_s: self._board.stored(  # type: ignore[misc]
                    act, (partition, offset), sent_s
                ),
            )
            self._spotlight.acted(act, sent_s)

    def _turn(self, load: Load) -> None:
        """Takes in delivery reports and rankings, shows them, and sleeps until the next tick."""
        started_s = time.monotonic()
        self._publisher.serve()
        for answer in self._answers.take():
            self._board.came(answer)
            self._spotlight.came(answer.ranking)
            load.see(answer.ranking)
        if started_s - self._looked_s > LOOK_S:
            self._looked_s = started_s
            self._children.check()
            self._board.dead_letters = self._grown(DEAD_LETTERS)
        self._screen.show(self._board, self._spotlight, started_s)
        time.sleep(max(0.0, TICK_S - (time.monotonic() - started_s)))

    def _wait_until_settled(self, load: Load, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while not self._board.settled and time.monotonic() < until_s:
            self._turn(load)

    def _grown(self, topic: str) -> int:
        """How many records a topic has gained since the beginning."""
        return self._total(topic) - self._before[topic]

    def _total(self, topic: str) -> int:
        return sum(end for _, end in ends(self._watermarks, topic))
