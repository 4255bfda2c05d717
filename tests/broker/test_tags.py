"""Titles through a real Kafka to their tags: a new one in under two seconds, withdrawn with it, and a worker that comes back goes on."""

import time

import msgspec
from tests.broker.world import World, wait_until
from tests.catalogue.tags.stories import titles

from playhead.domain.title_tags import TitleTags
from playhead.domain.titles import Title
from playhead.domain.topics import TAGS, TITLES
from playhead.runtime.reading import Reader


def put(world: World, *some: Title) -> None:
    world.produce(TITLES, [(title.title_id.encode(), msgspec.json.encode(title)) for title in some])


def test_a_new_title_has_its_tags_in_two_seconds_a_withdrawn_one_none_and_a_restart_goes_on(
    world: World,
) -> None:
    known = titles(301)
    put(world, *known[:300])
    worker = world.start("tag")
    wait_until(lambda: len(world.read(TAGS)) == 300, "all titles have their tags", 120)
    new = msgspec.structs.replace(known[300], genres=(), attributes={})
    with Reader(world.settings, TAGS) as reader:
        for _ in reader.to_end():
            pass
        began_s = time.monotonic()
        put(world, new)
        record = None
        while record is None and time.monotonic() < began_s + 20:
            record = next(iter(reader.read_soon(wait_s=0.1)), None)
        took_s = time.monotonic() - began_s
    assert record is not None
    tags = msgspec.json.decode(record.value or b"", type=TitleTags)
    assert tags.title_id == new.title_id
    assert tags.tags[0].name in {known[300].genres[0], f"{known[300].attributes['pace']} pace"}
    print(f"a new title had its tags after {took_s:.2f} s")  # noqa: T201 - a figure to see
    assert took_s < 2.0

    world.produce(TITLES, [(b"t7", None)])
    wait_until(lambda: world.read(TAGS)[-1].value is None, "the tags of a withdrawn title are withdrawn")
    world.kill(worker)
    put(world, known[7])
    world.start("tag")
    wait_until(lambda: _newest(world).get(b"t7") is not None, "the worker is back", 60)


def _newest(world: World) -> dict[bytes | None, bytes | None]:
    return {record.key: record.value for record in world.read(TAGS)}
