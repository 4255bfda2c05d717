"""The core without Kafka: what ranking costs, what replay does, and how costs grow."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np

from playhead.domain.rankings import Cause
from playhead.domain.records import Incoming, Source
from playhead.features.request import Request
from playhead.lab.bench.core import batches, like_a_worker
from playhead.lab.bench.log import Spec, opened, profile_id, titles
from playhead.lab.bench.measure import Bench, BenchOptions, Sample
from playhead.lab.bench.seeds import FULL, records
from playhead.lab.demo.load import Act
from playhead.models.market_snapshot import MarketSnapshotCache
from playhead.page.records import Stamp, encode_rankings
from playhead.ranking.pipeline import rank
from playhead.recipe import RECIPE
from playhead.replay.core import Replay
from playhead.runtime.store import Memory, Position, Store
from playhead.signals.identity import IDENTITY
from playhead.signals.record import decode

REPLAY_EVENTS = 10_000
TRAINING_EVENTS = 4_000
"""Events that models have learned from, where nothing but ranking is measured."""
TOGETHER = 128
"""Profiles ranked as one batch."""
PASSES = 5
DIMENSIONS, TOP = 64, 100
GROWTH_BATCH = 1_000
GROWTH_BATCHES = 4
STEPS = (1, 10, 100)
"""Events that are worked on together, where it is measured what a small step costs."""
STEPPED_BATCHES = 2
"""A thousand events in steps of one are enough to see what one costs."""
HISTORIES = (10, 100)
SHORT = 20
"""Titles of the histories in the stores that grow: a million full ones would take 6 GB of disk."""


def replay(bench: Bench) -> Sample:
    """Events a second, one at a time, each ranked and learned from at once, from an empty start."""
    core = Replay()
    for title in bench.titles:
        core.put_title(msgspec.json.encode(title))
    acts = bench.warm[: min(REPLAY_EVENTS, len(bench.warm) // 2)]
    begin_s = time.perf_counter()
    for number, act in enumerate(acts):
        core.take(act.value, number)
    return {"per_s": len(acts) / (time.perf_counter() - begin_s)}


def ranking(bench: Bench) -> Sample:
    """Microseconds a profile of a batch, from the request to the records; numpy's product and top beside it."""
    costs_us: dict[str, float] = {}
    for count in ranked_titles(bench.options):
        core, requests = _trained(bench, count), _requests(bench, count)
        views = MarketSnapshotCache(core.personalizer.followed)
        matrix = np.random.default_rng(1).normal(size=(count, DIMENSIONS)).astype(np.float32)
        ours, theirs, pool, top = [], [], 0, min(TOP, count)
        for number in range(PASSES + 1):
            begin_s = time.perf_counter()
            pool = _rank(views, requests)
            then_s = time.perf_counter()
            for _ in range(TOGETHER):
                scores = matrix @ matrix[number]
                np.argpartition(scores, -top)[-top:]
            if number:  # the first pass fills caches
                ours.append((then_s - begin_s) / TOGETHER)
                theirs.append((time.perf_counter() - then_s) / TOGETHER)
        costs_us[f"us_{count}"] = 1e6 * median(ours)
        costs_us[f"numpy_{count}"] = 1e6 * median(theirs)
        bench.say(
            f"{count:,} titles: {costs_us[f'us_{count}']:,.0f} µs a profile, {pool / TOGETHER:,.0f} candidates each, "
            f"numpy {costs_us[f'numpy_{count}']:,.0f} µs"
        )
    return costs_us


def ranked_titles(options: BenchOptions) -> tuple[int, ...]:
    """Catalogues for which ranking is measured: the two largest."""
    return options.growing_titles[-2:]


def growth(bench: Bench) -> Sample:
    """Microseconds an event in the core and its store, along profiles, titles, length of history, and events at once."""
    options = bench.options
    middle = options.growing_titles[-2]
    costs_us: dict[str, float] = {}
    for profiles in options.growing_profiles:
        costs_us[f"profiles_{profiles}"] = _cost(bench, profiles, middle, (SHORT, SHORT))
    for count in options.growing_titles:
        costs_us[f"titles_{count}"] = _cost(bench, options.growing_profiles[0], count, (SHORT, SHORT))
    for length in HISTORIES:
        costs_us[f"history_{length}"] = _cost(bench, options.growing_profiles[0], middle, (length, length))
    for size in (*STEPS, GROWTH_BATCH):
        costs_us[f"together_{size}"] = _cost(
            bench, options.growing_profiles[0], middle, (SHORT, SHORT), size, STEPPED_BATCHES
        )
    bench.say(", ".join(f"{name}: {value:,.0f} µs" for name, value in costs_us.items()))
    return costs_us


def _cost(
    bench: Bench,
    profiles: int,
    count: int,
    lengths: tuple[int, int],
    step: int = GROWTH_BATCH,
    measured: int = GROWTH_BATCHES,
) -> float:
    core = _trained(bench, count).personalizer
    work = list(batches(_acts(bench, profiles, count), GROWTH_BATCH))[: measured + 1]
    with TemporaryDirectory(dir=bench.options.home / "run") as folder:
        store = _store(bench, Path(folder), profiles, count, lengths)
        costs = [_steps(core, store, batch, step) for batch in work]
        store.close()
    return 1e6 * median(costs[1:])


def _steps(core: Any, store: Store, batch: Sequence[Incoming], step: int) -> float:
    """Seconds an event, when a batch is processed in steps of ``step`` events."""
    begin_s = time.thread_time()  # RocksDB compacts in threads of its own
    for first in range(0, len(batch), step):
        step_events = batch[first : first + step]
        effects = core.step(step_events, store.read, Source(1, step_events[0].partition), 0)
        store.write(effects.state, Position(1, step_events[-1].offset))
    return (time.thread_time() - begin_s) / len(batch)


def _store(bench: Bench, folder: Path, profiles: int, count: int, lengths: tuple[int, int]) -> Store:
    made = _kept(bench, ("records", count, lengths), lambda: _records(bench, count, lengths))
    store = Store(folder / "store", Memory.shared())
    for first in range(0, profiles, 10_000):
        numbers = range(first, min(first + 10_000, profiles))
        rows = [(profile_id(number).encode(), made[number % len(made)]) for number in numbers]
        store.write(rows, Position(1, 0))
    store.flush()
    return store


def _records(bench: Bench, count: int, lengths: tuple[int, int]) -> list[bytes]:
    spec = Spec(1, 1, count, bench.options.seed)
    return records(bench.options.seed, titles(spec), least=lengths[0], most=lengths[1])


def _acts(bench: Bench, profiles: int, count: int) -> list[Act]:
    """The same events for any number of profiles, spread among them: as many of a batch are of one viewer."""
    logged = bench.options.growing_profiles[0]
    wanted = 2 * GROWTH_BATCHES * GROWTH_BATCH
    spec = Spec(wanted, logged, count, bench.options.seed)
    acts = opened(bench.options.home / "bench", spec, bench.progress).take(wanted)
    apart = profiles // logged
    return acts if apart == 1 else [_moved(act, apart) for act in acts]


def _moved(act: Act, apart: int) -> Act:
    named = profile_id(apart * int(act.profile_id[7:]))
    return act._replace(profile_id=named, value=act.value.replace(act.profile_id.encode(), named.encode()))


def _trained(bench: Bench, count: int) -> Replay:
    core: Replay = _kept(bench, ("trained", count), lambda: _train(bench, count))
    return core


def _train(bench: Bench, count: int) -> Replay:
    like_a_worker()
    events = min(TRAINING_EVENTS, bench.options.events // 2)
    spec = Spec(events, bench.options.profiles, count, bench.options.seed)
    log = opened(bench.options.home / "bench", spec, bench.progress)
    core = Replay()
    for title in log.titles:
        core.put_title(msgspec.json.encode(title))
    for number, act in enumerate(log.take(events)):
        core.take(act.value, number, ranked=False)
    return core


def _requests(bench: Bench, count: int) -> dict[str, list[Request]]:
    made = _kept(bench, ("records", count, (FULL, FULL)), lambda: _records(bench, count, (FULL, FULL)))
    by_market: dict[str, list[Request]] = {}
    for number, stored in enumerate(made[:TOGETHER]):
        _, _, profile = decode(stored)
        at_ms = profile.history_v1[0].at_s * 1000 + 1
        request = Request(profile_id(number), profile, at_ms, "home")
        by_market.setdefault(IDENTITY.of(profile).market, []).append(request)
    return by_market


def _rank(views: MarketSnapshotCache, requests: dict[str, list[Request]]) -> int:
    result = rank(RECIPE.pipeline, [(views.of(market), some) for market, some in requests.items()])
    cause = Cause(event_id="bench", partition=0, offset=0, occurred_at=0)
    encode_rankings(result, [Stamp(1, cause, 0)] * len(result.slates), RECIPE.page)
    return len(result.scored.pool.title)


def _kept(bench: Bench, key: object, make: Callable[[], Any]) -> Any:
    """A value that is made once a run, by its key."""
    name = repr(key)
    if name not in bench.kept:
        bench.kept[name] = make()
    return bench.kept[name]
