"""Warm-up: serves a made-up viewer before partitions are assigned, so that nothing is left to be compiled, loaded or allocated.

Compiling takes half a minute after an install, and a worker that owns partitions may not stand still so long. One
process of a machine sees to it (``compile_ahead``), the others wait. Loading what was compiled before takes a second.
"""

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from playhead.arrays.jit import kept_in
from playhead.domain.partitioning import partition_of
from playhead.domain.records import Incoming, Source
from playhead.domain.title_tags import EMBEDDING, Tag, TitleTags
from playhead.domain.topics import (
    EVENTS,
    EXAMPLE_PARTITIONS,
    EXAMPLES,
    MODELS,
    PROFILE_PARTITIONS,
    TAGS,
    TITLES,
)
from playhead.learn.choices import Learners
from playhead.learn.learner import Learner
from playhead.personalize.core import Personalizer, ReadRecords
from playhead.personalize.in_process import in_process
from playhead.recipe import RECIPE
from playhead.runtime.compile_ahead import compile_ahead

START_MS = 1_767_225_600_000
YEAR_MS = 31_557_600_000
VIEWER, MARKET = "warm-up", "ZZ"
FILMS = tuple("abcdefghijklmnopqrstuvwx")
"""Films for more than twenty places, some of which go to new films, as nearly half of them are."""
MORE: dict[str, dict[str, object]] = {
    "a": {"artworks": [{"artwork_id": name, "attributes": {"mood": name}} for name in ("dark", "bright")]},
    "b": {"series_id": "s", "season": 1, "episode": 1},
    "c": {"series_id": "s", "season": 1, "episode": 2},
}
"""What only some titles have: pictures to choose from, a place in a series."""


def warm_up() -> int:
    """Serves and learns what a made-up viewer does, then serves it from what was published; returns how many rankings were made."""
    with _one_compiles():
        return serve_viewer()


@contextmanager
def _one_compiles() -> Iterator[None]:
    folder = kept_in()
    # Machine code of one Python is of no use to another.
    if folder is None or (done := folder / f"{sys.implementation.cache_tag}.complete").exists():
        yield
        return
    with done.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            compile_ahead()
        yield
        done.touch()


def serve_viewer() -> int:
    """Serves and learns what a made-up viewer does, twice; returns how many rankings were made."""
    core, learners = in_process(EXAMPLE_PARTITIONS, RECIPE)
    learner: Learner = learners[partition_of(MARKET.encode(), EXAMPLE_PARTITIONS)]
    rankings = _serve(core, learner)
    published = learner.publish(START_MS)
    restored, follower = Learners(RECIPE.pipeline, RECIPE.river).learner(learner.shard), Personalizer(RECIPE)
    for row in published:
        # As they come from Kafka: machine code for what may be written to is other than for what may not.
        follower.follow(MODELS, row.key or b"", row.value)
        restored.restore(row.key or b"", row.value)
    return rankings + _serve(follower, restored)


def _serve(personalizer: Personalizer, learner: Learner) -> int:
    for film in FILMS:
        added_at = START_MS if film > FILMS[len(FILMS) // 2] else START_MS - YEAR_MS
        title = {
            "title_id": film,
            "name": film,
            "genres": ["x"],
            "duration_s": 100,
            "added_at": added_at,
        } | MORE.get(film, {})
        personalizer.follow(TITLES, film.encode(), msgspec.json.encode(title))
        tags = TitleTags(title_id=film, tags=(Tag("x"),), embedding=(EMBEDDING**-0.5,) * EMBEDDING)
        personalizer.follow(TAGS, film.encode(), msgspec.json.encode(tags))
    stored: bytes | None = None
    source = Source(0, partition_of(VIEWER.encode(), PROFILE_PARTITIONS), PROFILE_PARTITIONS)
    rankings = 0
    for offset, line in enumerate(_story()):
        record = Incoming(EVENTS, 0, offset, START_MS, VIEWER.encode(), line)
        effects = personalizer.step([record], _stored(stored), source, START_MS)
        [(_, stored)] = effects.state
        examples = [example for example in effects.first if example.topic == EXAMPLES]
        for place, example in enumerate(examples):
            incoming = Incoming(EXAMPLES, 0, 100 * offset + place, START_MS, example.key, example.value)
            learner.learn([incoming], Source(0, 0))
        rankings += len(effects.then) // 2
    return rankings


def warmed(core: Personalizer) -> Personalizer:
    """Allocates the memory of all shards, 40 MB each, so that no viewer waits for it."""
    for shard in range(EXAMPLE_PARTITIONS):
        core.followed.shard(shard)
    return core


def _stored(stored: bytes | None) -> ReadRecords:
    return lambda _keys: [stored]


def _story() -> Iterator[bytes]:
    acts: list[tuple[str, dict[str, object]]] = [
        ("page_viewed", {}),
        (
            "impressions_shown",
            {"items": [{"title_id": "a", "artwork_id": "dark"}, {"title_id": "b"}, {"title_id": "c"}]},
        ),
        ("title_clicked", {"title_id": "a"}),
        ("playback_started", {"title_id": "a"}),
        ("playback_completed", {"title_id": "a", "watched_s": 100}),
        ("playback_started", {"title_id": "b"}),
        ("playback_stopped", {"title_id": "b", "watched_s": 50}),
        ("playback_started", {"title_id": "c"}),
        ("title_rated", {"title_id": "c", "value": 1.0}),
        ("page_viewed", {}),
    ]
    for number, (type_, fields) in enumerate(acts):
        event = {"event_id": f"r-{number}", "type": type_, "profile_id": VIEWER}
        yield msgspec.json.encode({**event, "occurred_at": START_MS + 60_000 * number, **fields})


if __name__ == "__main__":
    warm_up()
