"""The River models of one shard as they learn: each predicts, is weighed, then learns; one that drifts begins anew beside itself."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from playhead.arrays.types import Floats, Ints
from playhead.domain.errors import Rejected
from playhead.models.river.declared import TARGETS, WATCH, River, class_of
from playhead.models.river.seats import Seat, log_odds
from playhead.models.river.stack import LARGEST, fresh, learn_outcome, learn_seconds
from playhead.models.river.state import Act, InForce, ModelState, StackState

TRIAL = 2_000
"""Lessons after which of a drifted model and its new beginning the one with more weight stays."""
SECOND = "~2"


class Foreseen(NamedTuple):
    """What a model, or a stack under its head's name, had said of an outcome: a probability."""

    name: str
    row: int
    chance: float
    label: int


class Lesson(NamedTuple):
    """What became known: labels by target, and when."""

    labels: dict[str, float]
    at_ms: float


class Stack:
    """The weights of a head's models."""

    def __init__(self, head: str) -> None:
        self.head = head
        self.seats: list[Seat] = []
        self.weights, self.covariance = fresh(0)

    def add(self, seat: Seat) -> None:
        """One more model, of which nothing is known."""
        self.seats.append(seat)
        self._resize([*range(len(self.weights)), -1])

    def drop(self, seat: Seat) -> None:
        """A model leaves."""
        place = self.seats.index(seat)
        del self.seats[place]
        self._resize([one for one in range(len(self.weights)) if one != place])

    def weight(self, seat: Seat) -> float:
        """How far the head moves towards a model."""
        return float(self.weights[self.seats.index(seat)])

    def put(self, names: Sequence[str], weights: Floats, covariance: Floats) -> None:
        """Takes over weights of models by their names."""
        here = [place for place, seat in enumerate(self.seats) if seat.name in names]
        there = [names.index(self.seats[place].name) for place in here]
        self.weights[here] = weights[there]
        self.covariance[np.ix_(here, here)] = covariance[np.ix_(there, there)]

    def _resize(self, kept: list[int]) -> None:
        weights, covariance = fresh(len(kept))
        old = [place for place in kept if place >= 0]
        size = len(old)
        weights[:size] = self.weights[old]
        covariance[:size, :size] = self.covariance[np.ix_(old, old)]
        self.weights, self.covariance = weights, covariance


class Learning:
    """All models of a shard's learner, by the recipe's declarations."""

    def __init__(self, declared: Sequence[River], *, acts_on_drift: bool = True) -> None:
        names = [one.called for one in declared]
        if len({*names}) < len(names):
            raise ValueError(f"Two River models have one name: {', '.join(names)}. Give each its own.")
        self.declared = tuple(declared)
        self.acts: deque[Act] = deque(maxlen=256)
        """What was done since somebody asked."""
        self._acts_on_drift = acts_on_drift
        self._begun = dict.fromkeys(names, 0)
        self.stacks = {head: Stack(head) for head in TARGETS if any(one.head == head for one in declared)}
        for one in declared:
            self.stacks[one.head].add(Seat(one, one.called))

    def __bool__(self) -> bool:
        return bool(self.declared)

    def seats(self) -> Iterator[Seat]:
        """All models."""
        for stack in self.stacks.values():
            yield from stack.seats

    def learn(
        self, lessons: Sequence[Lesson], inputs: Floats, chances: Floats, seconds: Floats
    ) -> list[Foreseen]:
        """Learns lessons one after the other.

        Args:
            lessons: They.
            inputs: Of the heads' regression, as of each, [lessons × inputs].
            chances: What the heads had said, [lessons × heads].
            seconds: What the curve had said, [lessons].

        Returns:
            What each model had said of each outcome, and what the stack had, under the name of its head.
        """
        told: list[Foreseen] = []
        for head, stack in self.stacks.items():
            column = TARGETS.index(head)
            rows = [row for row, one in enumerate(lessons) if head in one.labels]
            for row in rows:
                base = float(np.log1p(seconds[row])) if head == WATCH else log_odds(chances[row, column])
                self._learn(stack, row, lessons[row], inputs[row : row + 1], base, told)
        return told

    def _learn(
        self, stack: Stack, row: int, lesson: Lesson, inputs: Floats, base: float, told: list[Foreseen]
    ) -> None:
        label, seats = lesson.labels[stack.head], [*stack.seats]
        xs = [seat.dicts(inputs)[0] for seat in seats]
        said = [seat.say(x) if seat.learned else base for seat, x in zip(seats, xs, strict=True)]
        step = learn_seconds if stack.head == WATCH else learn_outcome
        total = step(stack.weights, stack.covariance, np.array(said) - base, base, label)
        if stack.head != WATCH:
            told.append(Foreseen(stack.head, row, _chance(total), int(label)))
            told += [
                Foreseen(seat.name, row, _chance(one), int(label))
                for seat, one in zip(seats, said, strict=True)
            ]
        for seat, x, one in zip(seats, xs, said, strict=True):
            if seat.learn(x, label, one) and self._acts_on_drift:
                self._begin_again(stack, seat)
            try:
                seat.take_down(lesson.at_ms)
            except ValueError as error:
                self.acts.append(Act(seat.name, "too_large", f"{error} It learns no more."))
        self._decide(stack)

    def _begin_again(self, stack: Stack, seat: Seat) -> None:
        """A clone of a model that has drifted begins beside it, in the place of an older one that did."""
        twins = [one for one in stack.seats if one.declared is seat.declared]
        for other in twins:
            if other is not seat:
                stack.drop(other)
        name = seat.declared.called
        self._begun[name] += 1
        self.acts.append(Act(name, "drift", f"Its loss has risen to {seat.loss:.3f}: begun anew beside it."))
        stack.add(Seat(seat.declared, name + SECOND if seat.name == name else name))

    def _decide(self, stack: Stack) -> None:
        """Of a model and its new beginning, the one with more weight stays after a trial."""
        for first in stack.seats:
            for other in stack.seats:
                if first is not other and first.declared is other.declared and first.learned == TRIAL:
                    stays = max(first, other, key=stack.weight)
                    goes = other if stays is first else first
                    stack.drop(goes)
                    act = "took_over" if stays is first else "gave_way"
                    self.acts.append(Act(first.declared.called, act, f"After {TRIAL:,} lessons."))
                    return

    def moved(self) -> Ints:
        """The parts that have a state nobody has asked for yet: numbers of models and of stacks."""
        parts = [self._number(seat.name) for seat in self.seats() if seat.moved]
        for seat in self.seats():
            seat.moved = False
        size = 2 * len(self.declared)
        return np.array([*parts, *(size + TARGETS.index(head) for head in self.stacks)], dtype=np.int64)

    def export(self, numbers: Ints) -> tuple[list[ModelState], list[StackState]]:
        """Parts of these numbers, where they are in force."""
        wanted, size = {*numbers.tolist()}, 2 * len(self.declared)
        models = [seat.export() for seat in self.seats() if self._number(seat.name) in wanted]
        stacks = [
            StackState(
                head,
                tuple(seat.name for seat in stack.seats),
                stack.weights.tobytes(),
                stack.covariance.tobytes(),
            )
            for head, stack in self.stacks.items()
            if size + TARGETS.index(head) in wanted
        ]
        return models, stacks

    def restore(self, models: Sequence[ModelState], stacks: Sequence[StackState]) -> Ints:
        """Takes over what a learner published; what can't be read, or was declared otherwise, begins anew and says so."""
        parts = []
        for state in models:
            number = self._number(state.name)
            if number < 0:
                continue
            parts.append(number)
            declared = self.declared[number // 2]
            if state.made_of != declared.made_of:
                self._say_anew(state.name, "It was declared otherwise.")
                continue
            seat = self._seat(declared, state.name)
            try:
                seat.restore(state)
            except Rejected as error:
                self._say_anew(state.name, error.reason)
        for told in stacks:
            if told.head in self.stacks:
                parts.append(2 * len(self.declared) + TARGETS.index(told.head))
                size = len(told.names)
                weights, covariance = np.frombuffer(told.weights), np.frombuffer(told.covariance)
                self.stacks[told.head].put(told.names, weights, covariance.reshape(size, size))
        return np.array(parts, dtype=np.int64)

    def keep(self, names: Sequence[str]) -> None:
        """Of a model and its new beginning, only those are left that a version names; the recipe's all are."""
        for stack in self.stacks.values():
            for seat in [*stack.seats]:
                twins = [one for one in stack.seats if one.declared is seat.declared]
                if len(twins) > 1 and seat.name not in names:
                    stack.drop(seat)

    def in_force(self, version: int) -> tuple[InForce, ...]:
        """All models, for a table."""
        return tuple(
            InForce(
                name=seat.name,
                head=seat.declared.head,
                kind=class_of(seat.model),
                learned=seat.learned,
                weight=round(stack.weight(seat), 4),
                log_loss=None if stack.head == WATCH else seat.window.log_loss(),
                auc=None if stack.head == WATCH else seat.window.auc(),
                error=seat.window.error() if stack.head == WATCH else None,
                bytes=seat.bytes,
                version=version,
                begun=self._begun[seat.declared.called],
                frozen=seat.frozen,
            )
            for stack in self.stacks.values()
            for seat in stack.seats
        )

    def _seat(self, declared: River, name: str) -> Seat:
        stack = self.stacks[declared.head]
        for seat in stack.seats:
            if seat.name == name:
                return seat
        seat = Seat(declared, name)
        stack.add(seat)
        return seat

    def _number(self, name: str) -> int:
        for place, one in enumerate(self.declared):
            if name in {one.called, one.called + SECOND}:
                return 2 * place + (name != one.called)
        return -1

    def _say_anew(self, name: str, why: str) -> None:
        self.acts.append(Act(name, "begun_anew", why))


def _chance(logit: float) -> float:
    return float(1.0 / (1.0 + np.exp(-min(max(logit, -LARGEST), LARGEST))))
