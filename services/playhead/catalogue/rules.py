"""Business rules: when each is in force, which titles it applies to, and conflicts between rules."""

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
    """The context of a page: market, surface, device, kind of profile, and time."""

    market: str
    surface: str
    device: str
    kind: str
    at_ms: int


def holds(rule: Rule, place: RuleContext) -> bool:
    """Whether a rule is in force in a context."""
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
    """Rules by id; they are applied in the order of their ids, whatever the order of arrival."""

    def __init__(self) -> None:
        self._rules: dict[str, Rule] = {}
        self._titles: dict[str, tuple[tuple[int, int], NDArray[np.bool_]]] = {}

    def __bool__(self) -> bool:
        return bool(self._rules)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules.values())

    def put(self, rule: Rule) -> None:
        """Sets a rule, new or updated."""
        self._titles.pop(rule.rule_id, None)
        self._rules = dict(sorted({**self._rules, rule.rule_id: rule}.items()))

    def remove(self, rule_id: str) -> None:
        """Removes a rule."""
        self._titles.pop(rule_id, None)
        self._rules.pop(rule_id, None)

    def of(self, *actions: str) -> list[Rule]:
        """The rules with one of these actions."""
        return [rule for rule in self._rules.values() if rule.action in actions]

    def titles(self, rule: Rule, catalogue: "Catalogue") -> NDArray[np.bool_]:
        """Whether a rule applies to each title, [titles]; cached for each version of the catalogue."""
        version = catalogue.changed, len(catalogue.titles)
        kept = self._titles.get(rule.rule_id)
        if kept is None or kept[0] != version:
            kept = self._titles[rule.rule_id] = version, about(rule, catalogue)
        return kept[1]


def about(rule: Rule, catalogue: "Catalogue") -> NDArray[np.bool_]:
    """Whether a rule applies to each title of a catalogue, [titles]; a rule for a series applies to its episodes, too."""
    size = len(catalogue.titles)
    applies = np.ones(size, dtype=np.bool_)
    if rule.title_ids:
        named = set(rule.title_ids)
        applies &= _which(catalogue, size, lambda title: title.title_id in named or title.series_id in named)
        numbers = catalogue.titles.find(list(rule.title_ids))
        applies[numbers[numbers >= 0]] = True
    if rule.tags:
        tags = {tag.casefold() for tag in rule.tags}
        applies &= _which(
            catalogue, size, lambda title: any(tag.casefold() in tags for tag in (*title.genres, *title.tags))
        )
    if rule.title_kinds:
        applies &= _which(catalogue, size, lambda title: title.kind in rule.title_kinds)
    if rule.maturity_from is not None:
        rated = catalogue.maturity[:size]
        applies &= (rated < 0) | (rated >= rule.maturity_from)
    return applies


def _which(catalogue: "Catalogue", size: int, wanted: Callable[[Title], bool]) -> NDArray[np.bool_]:
    matches = np.zeros(size, dtype=np.bool_)
    matches[catalogue.where(wanted)] = True
    return matches


def conflicts(rules: Sequence[Rule]) -> list[str]:
    """Messages about rules that contradict each other, with the rule that wins."""
    messages = []
    for first, other in combinations(sorted(rules, key=lambda rule: rule.rule_id), 2):
        if not _meet(first, other):
            continue
        actions = {first.action, other.action}
        shared = sorted(set(first.title_ids) & set(other.title_ids))
        if "exclude" in actions and actions & {"include", "pin"} and shared:
            messages.append(f"{first.rule_id} and {other.rule_id}: {shared[0]} is excluded, and that wins.")
        elif actions == {"pin"} and first.slot == other.slot:
            messages.append(
                f"{first.rule_id} and {other.rule_id}: both pin at {first.slot}; {first.rule_id} has it, the other comes next."
            )
        elif actions == {"pin", "cap"} and first.action != other.action:
            messages.append(
                f"{first.rule_id} and {other.rule_id}: what is pinned stands, whatever the cap says."
            )
    return messages


def _meet(first: Rule, other: Rule) -> bool:
    """Whether two rules can be in force in the same context."""
    scopes = ("markets", "surfaces", "devices", "profile_kinds")
    for scope in scopes:
        mine, its = set(getattr(first, scope)), set(getattr(other, scope))
        if mine and its and not mine & its:
            return False
    begins = max(first.starts_at or 0, other.starts_at or 0)
    ends = min(FOREVER_MS if rule.ends_at is None else rule.ends_at for rule in (first, other))
    return begins < ends
