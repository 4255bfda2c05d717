"""The rules in force, and which titles each is about; which of two that contradict each other wins is said here too."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.domain.rules import Rule
from playhead.domain.titles import Title

if TYPE_CHECKING:
    from playhead.catalogue.catalogue import Catalogue

FOREVER_MS = 2**62


class RuleContext(NamedTuple):
    """Where and when a page is shown, and to what kind of profile."""

    market: str
    surface: str
    device: str
    kind: str
    at_ms: int


def holds(rule: Rule, place: RuleContext) -> bool:
    """Whether a rule is in force at a place."""
    limits = (
        (rule.markets, place.market),
        (rule.surfaces, place.surface),
        (rule.devices, place.device),
        (rule.profile_kinds, place.kind),
    )
    inside = all(not allowed or mine in allowed for allowed, mine in limits)
    ends_at = FOREVER_MS if rule.ends_at is None else rule.ends_at
    return inside and (rule.starts_at or 0) <= place.at_ms < ends_at


class RuleBook:
    """Rules by their ids; whatever the order in which they came, they are obeyed in the order of their ids."""

    def __init__(self) -> None:
        self._rules: dict[str, Rule] = {}
        self._titles: dict[str, tuple[tuple[int, int], NDArray[np.bool_]]] = {}

    def __bool__(self) -> bool:
        return bool(self._rules)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules.values())

    def put(self, rule: Rule) -> None:
        """Takes over a rule, or its newer version."""
        self._titles.pop(rule.rule_id, None)
        self._rules = dict(sorted({**self._rules, rule.rule_id: rule}.items()))

    def remove(self, rule_id: str) -> None:
        """Takes a rule out."""
        self._titles.pop(rule_id, None)
        self._rules.pop(rule_id, None)

    def of(self, *actions: str) -> list[Rule]:
        """The rules of some actions."""
        return [rule for rule in self._rules.values() if rule.action in actions]

    def titles(self, rule: Rule, catalogue: "Catalogue") -> NDArray[np.bool_]:
        """Whether a rule is about each title, [titles]; found once for each version of the catalogue."""
        version = catalogue.changed, len(catalogue.titles)
        kept = self._titles.get(rule.rule_id)
        if kept is None or kept[0] != version:
            kept = self._titles[rule.rule_id] = version, about(rule, catalogue)
        return kept[1]


def about(rule: Rule, catalogue: "Catalogue") -> NDArray[np.bool_]:
    """Whether a rule is about each title of a catalogue, [titles]; a series is meant with all of its episodes."""
    size = len(catalogue.titles)
    found = np.ones(size, dtype=np.bool_)
    if rule.title_ids:
        named = set(rule.title_ids)
        found &= _which(catalogue, size, lambda title: title.title_id in named or title.series_id in named)
        numbers = catalogue.titles.find(list(rule.title_ids))
        found[numbers[numbers >= 0]] = True
    if rule.tags:
        tags = {tag.casefold() for tag in rule.tags}
        found &= _which(
            catalogue, size, lambda title: any(tag.casefold() in tags for tag in (*title.genres, *title.tags))
        )
    if rule.title_kinds:
        found &= _which(catalogue, size, lambda title: title.kind in rule.title_kinds)
    if rule.maturity_from is not None:
        rated = catalogue.maturity[:size]
        found &= (rated < 0) | (rated >= rule.maturity_from)
    return found


def _which(catalogue: "Catalogue", size: int, wanted: Callable[[Title], bool]) -> NDArray[np.bool_]:
    found = np.zeros(size, dtype=np.bool_)
    found[catalogue.where(wanted)] = True
    return found


def conflicts(rules: Sequence[Rule]) -> list[str]:
    """What contradicts each other, in words, with what happens."""
    found = []
    for one, other in combinations(sorted(rules, key=lambda rule: rule.rule_id), 2):
        if not _meet(one, other):
            continue
        actions = {one.action, other.action}
        shared = sorted(set(one.title_ids) & set(other.title_ids))
        if "exclude" in actions and actions & {"include", "pin"} and shared:
            found.append(f"{one.rule_id} and {other.rule_id}: {shared[0]} is excluded, and that wins.")
        elif actions == {"pin"} and one.slot == other.slot:
            found.append(
                f"{one.rule_id} and {other.rule_id}: both pin at {one.slot}; {one.rule_id} has it, the other comes next."
            )
        elif actions == {"pin", "cap"} and one.action != other.action:
            found.append(f"{one.rule_id} and {other.rule_id}: what is pinned stands, whatever the cap says.")
    return found


def _meet(one: Rule, other: Rule) -> bool:
    """Whether two rules may be in force at one place."""
    scopes = ("markets", "surfaces", "devices", "profile_kinds")
    for scope in scopes:
        mine, its = set(getattr(one, scope)), set(getattr(other, scope))
        if mine and its and not mine & its:
            return False
    begins = max(one.starts_at or 0, other.starts_at or 0)
    ends = min(FOREVER_MS if rule.ends_at is None else rule.ends_at for rule in (one, other))
    return begins < ends
