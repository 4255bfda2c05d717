"""The twin of the kernel that chooses the title that represents each series and each work."""

from typing import Any

import numpy as np
from tests.kernels.candidates import PROFILES, TITLES, _finished_titles
from tests.kernels.features import NOW_S, facts
from tests.kernels.twin import Rng, Twin, bits, coarse, hashes, ids, sizes, some

from playhead.arrays.types import Floats, Ints
from playhead.arrays.vocabulary import Vocabulary
from playhead.candidates import cards
from playhead.candidates.annotations import ProfileBatch, TitleRules
from playhead.candidates.cards import CAUGHT_UP, GOES_ON_HALF_LIFE_S, Viewers, _Cards, _History
from playhead.catalogue.groups import GroupColumns, Groups
from playhead.domain.titles import Title
from playhead.features.histories import AT, LENGTH, OVER, PASSES, PLAYS, POSITION, SKIPS
from playhead.labels.definitions import FINISHED_RATIO, IN_PROGRESS
from playhead.models.neighbours import CO_CHOSEN, LINKS, SPAN


class _Profile:
    """The eligibility of titles for one profile, and its finished titles."""

    def __init__(self, who: ProfileBatch, viewers: Viewers, rules: TitleRules, row: int) -> None:
        self.gone = who.gone[who.first[row] : who.first[row + 1]].tolist()
        self.barred, self.at_ms = who.barred[who.kind[row]], who.at_ms[row]
        self.now, self.device, self.rules = viewers.watching[row], viewers.device[row], rules

    def is_over(self, title: int) -> bool:
        return int(self.rules.digests[title]) in self.gone

    def fits(self, title: int, *, whole: bool = False) -> bool:
        return (
            title != self.now
            and title < len(self.barred)
            and not self.barred[title]
            and bool(self.rules.opens[title] <= self.at_ms < self.rules.closes[title])
            and (whole or bool(self.rules.repeatable[title]) or not self.is_over(title))
        )


class _Card:
    """A group in the making: ``seen``, the place of the last episode seen, None where the history does not tell it."""

    def __init__(self) -> None:
        self.seen: int | None = None
        self.in_progress, self.lag, self.goes_on = -1, -1, 0.0
        self.links = np.zeros(LINKS)


def _history(groups: Groups, past: _History, row: int, profile: _Profile, span: int) -> dict[int, _Card]:
    cards: dict[int, _Card] = {}
    lag = -1
    for n in range(past.first[row], past.first[row + 1]):
        title, facts = int(past.title[n]), past.facts[n]
        if facts[SKIPS]:
            continue
        lag += not facts[PASSES]
        group = int(groups.of[title]) if title >= 0 else -1
        if group < 0 or (group in cards and cards[group].seen is not None):
            continue
        length, own = float(facts[LENGTH] or past.duration_s[title]), groups.place[title] < 0
        over = bool(facts[OVER]) or title == profile.now or profile.is_over(title)
        in_progress = length > 0 and IN_PROGRESS * length <= facts[POSITION] < FINISHED_RATIO * length
        if not over and not in_progress and not (own and facts[PLAYS]):
            continue
        if group not in cards:
            card = cards[group] = _Card()
            card.lag = lag if lag < span else -1
            if group < groups.series:
                card.goes_on = 2.0 ** (-max(past.until_s[row] - facts[AT], 0) / GOES_ON_HALF_LIFE_S)
        if not own:
            cards[group].seen = int(groups.place[title]) - (not over)
            cards[group].in_progress = -1 if over else title
    return cards


def _come_since(
    groups: Groups, past: _History, row: int, chosen: int, card: _Card, profile: _Profile
) -> float:
    """The weight of a new episode for a viewer who has seen all before it; 0 without one."""
    group = int(groups.of[chosen]) if chosen >= 0 else -1
    if not 0 <= group < groups.series:
        return 0.0
    mine = groups.members[groups.first[group] : groups.first[group + 1]].tolist()
    over = [place for place, title in enumerate(mine) if profile.is_over(title)]
    seen = max(over, default=-1) if card.seen is None else card.seen
    if not 0 <= seen < groups.place[chosen]:
        return 0.0
    came_s = max(past.added_at[chosen], profile.rules.opens[chosen]) // 1000
    since_s = int(past.until_s[row] - came_s)
    return float(2.0 ** (-since_s / GOES_ON_HALF_LIFE_S)) if since_s >= 0 else 0.0


def _choose(groups: Groups, group: int, card: _Card, profile: _Profile) -> int:
    mine = groups.members[groups.first[group] : groups.first[group + 1]].tolist()
    if group >= groups.series and any(profile.is_over(t) and not profile.rules.repeatable[t] for t in mine):
        return -1
    seen = card.seen
    if seen is None:
        seen = max([place for place, title in enumerate(mine) if profile.is_over(title)], default=-1)
    in_order = [card.in_progress] * (card.in_progress >= 0) + mine[seen + 1 :] + mine[: seen + 1]
    chosen = next((title for title in in_order if profile.fits(title)), -1)
    if chosen < 0:
        own = int(groups.own[group])
        is_left = own >= 0 and not all(map(profile.is_over, mine)) and profile.fits(own, whole=True)
        return own if is_left else -1
    if groups.work[chosen] < 0:
        return chosen
    versions = [title for title in mine if groups.work[title] == groups.work[chosen] and profile.fits(title)]

    def worth(title: int) -> tuple[int, int]:
        devices = int(groups.devices[title])
        return 1 if devices <= 0 else 2 if devices & profile.device else 0, int(groups.height[title])

    best: int = max(versions, key=worth)
    return best


def _plain(
    groups: Groups,
    who: ProfileBatch,
    viewers: Viewers,
    past: _History,
    rules: TitleRules,
    given: _Cards,
    span: int,
) -> tuple[Ints, Ints, Floats, Ints, Floats]:
    rows = []
    for row in range(len(who.at_ms)):
        profile = _Profile(who, viewers, rules, row)
        met = _history(groups, past, row, profile, span)
        alone: list[tuple[int, _Card]] = []
        for n in np.flatnonzero(given.owner == row).tolist():
            title = int(given.title[n])
            group = int(groups.of[title])
            card = _Card() if group < 0 else met.setdefault(group, _Card())
            if group < 0:
                alone.append((title, card))
            if not card.goes_on and given.lag[n] >= 0 and given.links[n, CO_CHOSEN] >= card.links[CO_CHOSEN]:
                card.lag = int(given.lag[n])
            card.links = np.maximum(card.links, given.links[n])
        chosen = [(_choose(groups, group, card, profile), card) for group, card in met.items()]
        for title, card in chosen:
            fresh = _come_since(groups, past, row, title, card, profile)
            card.goes_on = CAUGHT_UP * fresh if fresh > card.goes_on else card.goes_on
        shown = [each for each in [*alone, *chosen] if each[0] >= 0]
        rows += [(row, *each) for each in sorted(shown, key=lambda each: each[0])]
    return (
        np.array([row for row, _, _ in rows], np.int64),
        np.array([title for _, title, _ in rows], np.int64),
        np.array([card.links for _, _, card in rows]).reshape(len(rows), LINKS),
        np.array([card.lag for _, _, card in rows], np.int64),
        np.array([card.goes_on for _, _, card in rows]),
    )


def _some_groups(rng: Rng) -> Groups:
    titles, columns = Vocabulary(), GroupColumns()
    for n in range(TITLES):
        number = titles.add(f"s{n}")
        kind, of = int(rng.integers(0, 6)), int(rng.integers(0, 5))
        entry = Title(
            title_id=f"s{n}", name="", attributes={"device": ("tv", "web", "")[of % 3], "height": of % 2}
        )
        if n > 4 and kind < 3:
            series = {"series_id": f"s{of}", "episode": int(rng.integers(0, 4))}
            columns.put(number, _with(entry, **series, work_id=f"e{of}" if kind == 0 else None))
        elif n > 4 and kind == 3:
            columns.put(number, _with(entry, work_id=f"w{of}"))
    groups = columns.index(titles, np.ones(TITLES, np.bool_))
    assert groups is not None
    return groups


def _with(entry: Title, **fields: Any) -> Title:
    return Title(title_id=entry.title_id, name="", attributes=entry.attributes, **fields)


def _some_cards(rng: Rng) -> tuple[Any, ...]:
    gone, first = _finished_titles(rng)
    barred = (rng.random((2, TITLES - 5)) < 0.1).astype(np.uint8)
    who = ProfileBatch(
        ids(rng, (PROFILES, SPAN), TITLES),
        some(rng, PROFILES, 0, 2),
        barred,
        some(rng, PROFILES, 1, 4),
        gone,
        first,
    )
    viewers = Viewers(some(rng, PROFILES, -1, TITLES), some(rng, PROFILES, 0, 9))
    past = sizes(rng, PROFILES, 30)
    count = int(past[-1])
    history = _History(
        past,
        some(rng, count, -1, TITLES),
        facts(rng, count),
        np.full(PROFILES, NOW_S),
        coarse(rng, TITLES) ** 2 * 300.0,
        (NOW_S + some(rng, TITLES, -9_000_000, 100_000)) * 1000,
    )
    rules = TitleRules(
        some(rng, TITLES, 0, 3), some(rng, TITLES, 3, 6), hashes(rng, TITLES), bits(rng, TITLES)
    )
    owner, title = np.divmod(np.flatnonzero(rng.random(PROFILES * TITLES) < 0.2), TITLES)
    size = len(owner)
    given = _Cards(
        owner, title, title, np.abs(coarse(rng, size, LINKS)), some(rng, size, -1, 5), np.zeros(size)
    )
    return _some_groups(rng), who, viewers, history, rules, given, 12


CARDS = (Twin(cards._cards, _plain, _some_cards, exact=False),)
