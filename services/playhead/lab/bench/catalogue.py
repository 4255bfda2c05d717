"""What a large catalogue costs: loading and understanding it, and rankings from it, one after the other in one process."""

import time

import msgspec

from playhead.domain.events import Event, PageViewed, PlaybackCompleted
from playhead.lab.bench.core import like_a_worker
from playhead.lab.bench.large_catalogue import described
from playhead.lab.bench.log import profile_id
from playhead.lab.bench.measure import Bench, BenchOptions, Sample
from playhead.lab.demo.catalogue import NEWEST_MS
from playhead.replay.core import Replay

VIEWERS, PLAYS, PAGES = 50, 5, 6
"""Viewers, and what each plays and opens."""


def described_titles(options: BenchOptions) -> int:
    """Size of the catalogue: the largest."""
    return options.growing_titles[-1]


def large_catalogue(bench: Bench) -> Sample:
    """Seconds from the records of a catalogue to a ranking with the tags of all of it, and microseconds of one page after another.

    ``cpu_s``: the same as ``ranked_s`` in seconds of the processor, for a machine that has other work.
    """
    like_a_worker()
    titles = list(described(described_titles(bench.options), bench.options.seed))
    core, lines = Replay(), [msgspec.json.encode(title) for title in titles]
    begin_s, cpu_s = time.perf_counter(), time.process_time()
    for line in lines:
        core.put_title(line)
    loaded_s = time.perf_counter() - begin_s
    _take(core, _page(0, 0))
    ranked_s, cpu_s = time.perf_counter() - begin_s, time.process_time() - cpu_s
    plays = [(play, viewer) for play in range(PLAYS) for viewer in range(VIEWERS)]
    for play, viewer in plays:
        title = titles[(play * VIEWERS + viewer) * 7_919 % len(titles)]
        _take(core, _play(play, viewer, title.title_id), ranked=False)
    begin_s = time.process_time()
    for number in range(1, PAGES + 1):
        for viewer in range(VIEWERS):
            _take(core, _page(PLAYS + number, viewer))
    us = 1e6 * (time.process_time() - begin_s) / (PAGES * VIEWERS)
    bench.say(
        f"{len(titles):,} titles: loaded {loaded_s:.1f} s, tagged and ranked {ranked_s:.1f} s ({cpu_s:.1f} s of the"
        f" processor); a page {us:,.0f} µs"
    )
    return {"loaded_s": loaded_s, "ranked_s": ranked_s, "cpu_s": cpu_s, "page_us": us}


def _take(core: Replay, event: Event, *, ranked: bool = True) -> None:
    core.take(msgspec.json.encode(event), ranked=ranked)


def _page(number: int, viewer: int) -> Event:
    return PageViewed(
        event_id=f"page-{number}-{viewer}", occurred_at=_at_ms(number), profile_id=profile_id(viewer)
    )


def _play(number: int, viewer: int, title_id: str) -> Event:
    return PlaybackCompleted(
        event_id=f"play-{number}-{viewer}",
        occurred_at=_at_ms(number),
        profile_id=profile_id(viewer),
        title_id=title_id,
        watched_s=3_600.0,
    )


def _at_ms(number: int) -> int:
    return NEWEST_MS + 600_000 * number
