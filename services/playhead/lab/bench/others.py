"""How soon other viewers' choices reach a ranking: they choose a title, one viewer opens pages until it is listed.

The models carry it: personalize tells the examples, learn learns and publishes them, personalize follows.
"""

import time
from itertools import islice

import msgspec

from playhead.domain import events as e
from playhead.domain.errors import Unavailable
from playhead.domain.titles import Title
from playhead.domain.topics import EVENTS
from playhead.lab.bench.log import profile_id
from playhead.lab.bench.measure import Bench
from playhead.lab.bench.openloop import REPAIR
from playhead.lab.demo.answers import RankingTail
from playhead.lab.demo.catalogue import NEWEST_MS

CROWD = 60
"""Viewers who choose the title at one moment: so many that it becomes one of the most popular of its market."""
EVERY_S = 0.61
"""Between two titles; no divisor of the second in which a learner publishes."""
LOOK_S = 0.03
"""Time between two pages of the waiting viewer: the measured delay includes half of it, and that of an own act."""
WAIT_S = 20.0
MARKETS = ("US", "JP", "DE", "FR")
"""A market for each round, of different shards: what sixty chose an hour ago would be in the way of what sixty choose now."""


def others(bench: Bench) -> list[float]:
    """Seconds from the moment at which others choose each of some titles to the first ranking that has it.

    Raises:
        Unavailable: a title never came.
    """
    cluster, count = bench.cluster, bench.options.acts_of_others
    chosen_s: dict[str, float] = {}
    found_s: dict[str, float] = {}
    asked = 0
    with RankingTail(cluster.settings) as answers:
        me = _me(bench)
        listed = _present(bench, answers)
        unseen = [
            title for title in reversed(bench.titles) if _is_for_all(title) and title.title_id not in listed
        ]
        waiting = islice(unseen, bench.number * count, (bench.number + 1) * count)
        begin_s = time.monotonic()
        until_s = begin_s + count * EVERY_S + WAIT_S
        while len(found_s) < count and time.monotonic() < until_s:
            if len(chosen_s) < count and time.monotonic() >= begin_s + EVERY_S * len(chosen_s):
                title = next(waiting)
                chosen_s[title.title_id] = begin_s + EVERY_S * len(chosen_s)
                _choose(bench, title, len(chosen_s))
            cluster.publisher.send(EVENTS, me, _page(bench, asked))
            asked += 1
            cluster.publisher.serve()
            time.sleep(LOOK_S)
            for received_s, ranking in answers.take():
                if ranking.profile_id == me:
                    for title_id in chosen_s.keys() & {item.title_id for item in ranking.items}:
                        found_s.setdefault(title_id, received_s)
    if len(found_s) < count:
        raise Unavailable(f"{count - len(found_s)} of {count} titles never came to the ranking.", REPAIR)
    return [found_s[title_id] - at_s for title_id, at_s in chosen_s.items()]


def _present(bench: Bench, answers: RankingTail) -> set[str]:
    """The titles in the waiting viewer's ranking before anything happens."""
    me = _me(bench)
    bench.cluster.publisher.send(EVENTS, me, _page(bench, -1))
    bench.cluster.publisher.flush()
    until_s = time.monotonic() + WAIT_S
    while time.monotonic() < until_s:
        for _, ranking in answers.take():
            if ranking.profile_id == me:
                return {item.title_id for item in ranking.items}
        time.sleep(LOOK_S)
    raise Unavailable("A page was never answered.", REPAIR)


def _choose(bench: Bench, title: Title, number: int) -> None:
    now_ms = _now_ms(bench)
    for viewer_number in range(CROWD):
        viewer = profile_id(bench.options.profiles + viewer_number)
        for prefix, kind in (("click", e.TitleClicked), ("start", e.PlaybackStarted)):
            event = kind(
                event_id=f"{prefix}-{bench.number}-{number}-{viewer_number}",
                profile_id=viewer,
                market=_market(bench),
                title_id=title.title_id,
                occurred_at=now_ms,
            )
            bench.cluster.publisher.send(EVENTS, viewer, msgspec.json.encode(event))
    bench.cluster.publisher.serve()


def _page(bench: Bench, number: int) -> bytes:
    event = e.PageViewed(
        event_id=f"look-{bench.number}-{number}",
        occurred_at=_now_ms(bench),
        profile_id=_me(bench),
        market=_market(bench),
        kind="adult",
    )
    return msgspec.json.encode(event)


def _market(bench: Bench) -> str:
    return MARKETS[bench.number % len(MARKETS)]


def _me(bench: Bench) -> str:
    return f"onlooker-{_market(bench)}"


def _now_ms(bench: Bench) -> int:
    """A time in the log later than all events so far; an hour later each round, so that older choices fade."""
    return NEWEST_MS + 30 * 86_400_000 + 3_600_000 * bench.number + int(1_000 * time.monotonic()) % 3_600_000


def _is_for_all(title: Title) -> bool:
    """Whether it stands for itself in every market: of a series one episode is shown, whichever was chosen."""
    return title.markets is None and title.series_id is None
