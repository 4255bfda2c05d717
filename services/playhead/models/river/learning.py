"""The River models of one shard, learning: each model predicts, its stacking weight is updated, then it learns; a model that drifts gets a fresh clone beside it."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from playhead.arrays.types import Floats, Ints
from playhead.domain.errors import Rejected
from playhead.models.river.declared import TARGETS, WATCH, River, class_of
from playhead.models.river.member import Member, log_odds
from playhead.models.river.stack import LARGEST, fresh, learn_outcome, learn_seconds
from playhead.models.river.state import InForce, ModelAct, ModelState, StackState

TRIAL = 2_000
"""Examples after which, of a drifted model and its fresh clone, the one with more weight stays."""
SECOND = "~2"
"""Suffix of the name of a clone."""


class Prediction(NamedTuple):
    """A prediction made before the outcome was known: its probability, by a model, or by a stack under its head's name."""

    name: str
    row: int
    probability: float
    label: int


class KnownOutcomes(NamedTuple):
    """Labels of an example by target, and when it happened."""

    labels: dict[str, float]
    at_ms: float


class Stack:
    """The stacked models of a head, with their weights and the weights' covariance."""

    def __init__(self, head: str) -> None:
        self.head = head
        self.members: list[Member] = []
        self.weights, self.covariance = fresh(0)

    def add(self, member: Member) -> None:
        """Adds a model, with the prior weight."""
        self.members.append(member)
        self._resize([*range(len(self.weights)), -1])

    def drop(self, member: Member) -> None:
        """Removes a model."""
        place = self.members.index(member)
        del self.members[place]
        self._resize([number for number in range(len(self.weights)) if number != place])

    def weight(self, member: Member) -> float:
        """The stacking weight of a model."""
        return float(self.weights[self.members.index(member)])

    def put(self, names: Sequence[str], weights: Floats, covariance: Floats) -> None:
        """Restores weights of models by name."""
        here = [place for place, member in enumerate(self.members) if member.name in names]
        there = [names.index(self.members[place].name) for place in here]
        self.weights[here] = weights[there]
        self.covariance[np.ix_(here, here)] = covariance[np.ix_(there, there)]

    def _resize(self, kept: list[int]) -> None:
        weights, covariance = fresh(len(kept))
        old = [place for place in kept if place >= 0]
        size = len(old)
        weights[:size] = self.weights[old]
        covariance[:size, :size] = self.covariance[np.ix_(old, old)]
        self.weights, self.covariance = weights, covariance


class RiverLearner:
    """All River models of a shard, as the recipe declares them."""

    def __init__(self, declared: Sequence[River], *, acts_on_drift: bool = True) -> None:
        names = [model.called for model in declared]
        if len({*names}) < len(names):
            raise ValueError(f"Two River models have one name: {', '.join(names)}. Give each its own.")
        self.declared = tuple(declared)
        self.acts: deque[ModelAct] = deque(maxlen=256)
        """Acts on models since the caller last emptied the list."""
        self._acts_on_drift = acts_on_drift
        self._begun = dict.fromkeys(names, 0)
        self.stacks = {head: Stack(head) for head in TARGETS if any(model.head == head for model in declared)}
        for model in declared:
            self.stacks[model.head].add(Member(model, model.called))

    def __bool__(self) -> bool:
        return bool(self.declared)

    def members(self) -> Iterator[Member]:
        """All models of all stacks."""
        for stack in self.stacks.values():
            yield from stack.members

    def learn(
        self, examples: Sequence[KnownOutcomes], inputs: Floats, probabilities: Floats, seconds: Floats
    ) -> list[Prediction]:
        """Learns examples in order.

        Args:
            examples: Known outcomes, oldest first.
            inputs: Inputs of the heads' regression for each, [examples × inputs].
            probabilities: Predictions of the heads, [examples × heads].
            seconds: Predictions of the watch-time curve, [examples].

        Returns:
            Predictions of each model for each outcome, and of the stack under the name of its head.
        """
        predictions: list[Prediction] = []
        for head, stack in self.stacks.items():
            column = TARGETS.index(head)
            rows = [row for row, example in enumerate(examples) if head in example.labels]
            for row in rows:
                base = (
                    float(np.log1p(seconds[row])) if head == WATCH else log_odds(probabilities[row, column])
                )
                self._learn(stack, row, examples[row], inputs[row : row + 1], base, predictions)
        return predictions

    def _learn(
        self,
        stack: Stack,
        row: int,
        example: KnownOutcomes,
        inputs: Floats,
        base: float,
        predictions: list[Prediction],
    ) -> None:
        label, members = example.labels[stack.head], [*stack.members]
        xs = [member.dicts(inputs)[0] for member in members]
        predicted = [
            member.predict(x) if member.learned else base for member, x in zip(members, xs, strict=True)
        ]
        step = learn_seconds if stack.head == WATCH else learn_outcome
        total = step(stack.weights, stack.covariance, np.array(predicted) - base, base, label)
        if stack.head != WATCH:
            predictions.append(Prediction(stack.head, row, _probability(total), int(label)))
            predictions += [
                Prediction(member.name, row, _probability(logit), int(label))
                for member, logit in zip(members, predicted, strict=True)
            ]
        for member, x, prediction in zip(members, xs, predicted, strict=True):
            if member.learn(x, label, prediction) and self._acts_on_drift:
                self._begin_again(stack, member)
            try:
                member.take_snapshot(example.at_ms)
            except ValueError as error:
                self.acts.append(ModelAct(member.name, "too_large", f"{error} It learns no more."))
        self._decide(stack)

    def _begin_again(self, stack: Stack, member: Member) -> None:
        """Starts a fresh clone beside a model that has drifted; it replaces an older clone."""
        twins = [other for other in stack.members if other.declared is member.declared]
        for other in twins:
            if other is not member:
                stack.drop(other)
        name = member.declared.called
        self._begun[name] += 1
        self.acts.append(
            ModelAct(name, "drift", f"Its loss has risen to {member.loss:.3f}: begun anew beside it.")
        )
        stack.add(Member(member.declared, name + SECOND if member.name == name else name))

    def _decide(self, stack: Stack) -> None:
        """Drops, after a trial, the one of a model and its clone that has less weight."""
        for first in stack.members:
            for other in stack.members:
                if first is not other and first.declared is other.declared and first.learned == TRIAL:
                    stays = max(first, other, key=stack.weight)
                    goes = other if stays is first else first
                    stack.drop(goes)
                    act = "took_over" if stays is first else "gave_way"
                    self.acts.append(ModelAct(first.declared.called, act, f"After {TRIAL:,} examples."))
                    return

    def moved(self) -> Ints:
        """Numbers of the models and stacks whose state has changed since the last call."""
        parts = [self._number(member.name) for member in self.members() if member.moved]
        for member in self.members():
            member.moved = False
        size = 2 * len(self.declared)
        return np.array([*parts, *(size + TARGETS.index(head) for head in self.stacks)], dtype=np.int64)

    def export(self, numbers: Ints) -> tuple[list[ModelState], list[StackState]]:
        """States of the models and stacks with these numbers; numbers not in use are skipped."""
        wanted, size = {*numbers.tolist()}, 2 * len(self.declared)
        models = [member.export() for member in self.members() if self._number(member.name) in wanted]
        stacks = [
            StackState(
                head,
                tuple(member.name for member in stack.members),
                stack.weights.tobytes(),
                stack.covariance.tobytes(),
            )
            for head, stack in self.stacks.items()
            if size + TARGETS.index(head) in wanted
        ]
        return models, stacks

    def restore(self, models: Sequence[ModelState], stacks: Sequence[StackState]) -> Ints:
        """Restores published states; a model that can't be read, or was declared differently, begins anew, which ``acts`` reports.

        Returns: the numbers of the restored models and stacks.
        """
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
            member = self._member(declared, state.name)
            try:
                member.restore(state)
            except Rejected as error:
                self._say_anew(state.name, error.reason)
        for stack in stacks:
            if stack.head in self.stacks:
                parts.append(2 * len(self.declared) + TARGETS.index(stack.head))
                size = len(stack.names)
                weights, covariance = np.frombuffer(stack.weights), np.frombuffer(stack.covariance)
                self.stacks[stack.head].put(stack.names, weights, covariance.reshape(size, size))
        return np.array(parts, dtype=np.int64)

    def keep(self, names: Sequence[str]) -> None:
        """Drops those of a model and its clone that a version does not name; a model without a clone always stays."""
        for stack in self.stacks.values():
            for member in [*stack.members]:
                twins = [other for other in stack.members if other.declared is member.declared]
                if len(twins) > 1 and member.name not in names:
                    stack.drop(member)

    def in_force(self, version: int) -> tuple[InForce, ...]:
        """All models as rows of a table."""
        return tuple(
            InForce(
                name=member.name,
                head=member.declared.head,
                kind=class_of(member.model),
                learned=member.learned,
                weight=round(stack.weight(member), 4),
                log_loss=None if stack.head == WATCH else member.window.log_loss(),
                auc=None if stack.head == WATCH else member.window.auc(),
                error=member.window.error() if stack.head == WATCH else None,
                bytes=member.bytes,
                version=version,
                begun=self._begun[member.declared.called],
                frozen=member.frozen,
            )
            for stack in self.stacks.values()
            for member in stack.members
        )

    def _member(self, declared: River, name: str) -> Member:
        stack = self.stacks[declared.head]
        for member in stack.members:
            if member.name == name:
                return member
        member = Member(declared, name)
        stack.add(member)
        return member

    def _number(self, name: str) -> int:
        for place, declared in enumerate(self.declared):
            if name in {declared.called, declared.called + SECOND}:
                return 2 * place + (name != declared.called)
        return -1

    def _say_anew(self, name: str, why: str) -> None:
        self.acts.append(ModelAct(name, "begun_anew", why))


def _probability(logit: float) -> float:
    return float(1.0 / (1.0 + np.exp(-min(max(logit, -LARGEST), LARGEST))))
