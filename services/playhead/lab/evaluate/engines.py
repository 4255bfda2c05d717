"""The serving core as a contender: the list that it ranks for each page of a log."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from playhead.domain.errors import Unavailable
from playhead.domain.records import Effects
from playhead.domain.topics import RANKINGS
from playhead.lab.evaluate.choices import Outline
from playhead.lab.evaluate.head_references import HeadReference
from playhead.lab.evaluate.predicting import PredictingReplay
from playhead.models.choice_features import PARTS, PLACES
from playhead.personalize.recipe import Recipe
from playhead.recipe import RECIPE
from playhead.replay.core import Replay

CORE = "playhead"
FROZEN = "playhead, profile frozen at session start"


class Contender(Protocol):
    """A system that lists titles for a page; under several names when one pass gives several lists."""

    @property
    def names(self) -> Sequence[str]:
        """The names of the lists in tables."""
        ...

    @property
    def core(self) -> Replay:
        """The replay that the log goes through."""
        ...

    def take(self, line: int, value: bytes, event: Outline | None) -> Effects:
        """Processes an event that no ranking is judged by."""
        ...

    def lists(self, line: int, value: bytes) -> list[list[str]]:
        """Processes a page view; returns a list of titles, best first, for each name."""
        ...


class Live:
    """The core as it serves, or with a recipe that leaves something out; ``predicts``: its heads are measured too."""

    def __init__(
        self,
        name: str = CORE,
        recipe: Recipe = RECIPE,
        *,
        predicts: bool = False,
        references: Sequence[HeadReference] = (),
    ) -> None:
        self.names = (name,)
        self.core = PredictingReplay(recipe, references) if predicts else Replay(recipe)

    def take(self, line: int, value: bytes, event: Outline | None) -> Effects:
        """Folds the event and learns from it."""
        del event
        return self.core.take(value, line, ranked=False)

    def lists(self, line: int, value: bytes) -> list[list[str]]:
        """The list that the page view caused."""
        return [listed(self.core.take(value, line))]


class WithFrozen:
    """The core as it serves, and what it would list had it not followed the profile since the session began.

    Only the profile's record is the old one; models and catalogue are as new as they are for the live list.
    """

    names = (CORE, FROZEN)

    def __init__(self, references: Sequence[HeadReference] = ()) -> None:
        self.core = PredictingReplay(references=references)
        self._frozen: dict[str, bytes | None] = {}

    def take(self, line: int, value: bytes, event: Outline | None) -> Effects:
        """Folds the event and learns from it; keeps the record when a session begins."""
        effects = self.core.take(value, line, ranked=False)
        if event is not None and event.type == "session_started":
            self._frozen[event.profile_id] = self.core.stored.get(event.profile_id.encode())
        return effects

    def lists(self, line: int, value: bytes) -> list[list[str]]:
        """The live list, and the one of the frozen record; one and the same before the first session."""
        profile_id = _outline.decode(value).profile_id
        if profile_id not in self._frozen:
            return [listed(self.core.take(value, line))] * 2
        frozen = listed(self.core.imagine(value, self._frozen[profile_id]))
        return [listed(self.core.take(value, line)), frozen]


def ablated(without: Sequence[str] = ()) -> list[Live]:
    """The core without one part of the ranking at a time, or without each of these: parts or single features, or several joined by ``+``.

    Raises:
        Unavailable: there is no such part.
    """
    parts = (*PLACES, *(model.called for model in RECIPE.river))
    return [Live(f"without {part}", recipe) for part, recipe in recipes_without(without or parts).items()]


def recipes_without(names: Sequence[str]) -> dict[str, Recipe]:
    """The recipe without each of these: parts or single features, or several joined by ``+``.

    Raises:
        Unavailable: there is no such part.
    """
    parts = (*PLACES, *(model.called for model in RECIPE.river))
    for name in names:
        if unknown := set(name.split("+")) - {*parts, *PARTS}:
            raise Unavailable(
                f"No part of the ranking is called {', '.join(sorted(unknown))}.",
                f"Name some of {', '.join(parts)}; join those that are to be left out together by +."
                " A single feature is called by its part, too: household/lift.",
            )
    return {name: RECIPE.without(*name.split("+")) for name in names}


class Item(msgspec.Struct, gc=False):
    """A title in its place; JSON has no NaN, so a score that is not finite arrives as None."""

    title_id: str
    score: float | None


class Served(msgspec.Struct, gc=False):
    """The fields of a ranking that the evaluation reads."""

    items: tuple[Item, ...] = ()


_served = msgspec.json.Decoder(Served)
_outline = msgspec.json.Decoder(Outline)


def listed(effects: Effects) -> list[str]:
    """The titles of the ranking that an event caused, best first; empty when it caused none.

    Raises:
        FloatingPointError: a score is not finite.
    """
    for outgoing in effects.then:
        if outgoing.topic == RANKINGS and outgoing.value is not None:
            items = _served.decode(outgoing.value).items
            if any(item.score is None for item in items):
                raise FloatingPointError("a score of a ranking is not finite")
            return [item.title_id for item in items]
    return []
