"""The index of the models topic: no part is lost, no stale value counts, and the topic stays small."""

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried

from playhead.arrays.packed_ids import ids, pack_ids
from playhead.models.snapshots import log_index
from playhead.models.snapshots.log_index import DirtyTracker, SegmentLog
from playhead.models.snapshots.rows import decode_row, place_of
from playhead.models.snapshots.schema import VALUES, Bundle, Parts, Values, check, pack, places, unpack, whole

KIND = "circumstances"
WIDTH = VALUES[KIND]


class World:
    """Parts that count their moves, the topic they are published on, and what compaction leaves of it."""

    def __init__(self) -> None:
        self.counts: dict[int, int] = defaultdict(int)
        self.topic: list[tuple[bytes, bytes | None]] = []
        self.begin()

    def begin(self) -> None:
        self.trackers = {KIND: DirtyTracker()}
        self.ring = SegmentLog(0, self.trackers)

    def move(self, parts: list[int]) -> None:
        for part in parts:
            self.counts[part] += 1
        self.trackers[KIND].mark(np.array(parts, dtype=np.int64))

    def bundle(self, parts: Parts) -> Bundle:
        numbers = parts[KIND].tolist()
        rows = np.repeat(np.array([[self.counts[part]] for part in numbers], dtype=np.float64), WIDTH, axis=1)
        return Bundle(
            pack_ids(f"t{part}" for part in numbers),
            values=(Values(KIND, places(range(len(rows))), pack(rows)),),
        )

    def publish(self) -> None:
        self.topic += self.ring.publish(self.bundle)

    def compact(self) -> None:
        """The last record of each key is kept, in its place; tombstones go."""
        last = {key: number for number, (key, _) in enumerate(self.topic)}
        self.topic = [
            record for number, record in enumerate(self.topic) if last[record[0]] == number and record[1]
        ]

    def read(self) -> tuple[dict[int, int], dict[int, Parts]]:
        """The values on the topic by part, and the parts of each record."""
        values: dict[int, int] = {}
        held: dict[int, Parts] = {}
        for key, value in self.topic:
            place = place_of(key)
            if value is None:
                held.pop(int(place.part), None)
                continue
            row = decode_row(place, value)
            assert isinstance(row, Bundle)
            [text] = row.values
            titles = ids(row.titles)
            numbers = [int(titles[n][1:]) for n in whole(text.names)]
            counts = unpack(text.values).reshape(-1, WIDTH)[:, 0].astype(int).tolist()
            values.update(zip(numbers, counts, strict=True))
            held.pop(int(place.part), None)
            held[int(place.part)] = {KIND: np.array(numbers)}
        return values, held


steps = st.lists(
    st.one_of(
        st.lists(st.integers(0, 30), min_size=1, max_size=8, unique=True),
        st.sampled_from(["publish", "compact", "restart"]),
    ),
    max_size=60,
)


@tried(200)
@given(steps=steps, spare=st.integers(0, 40))
def test_the_topic_says_the_newest_of_everything_whatever_is_compacted_and_whoever_goes_on(
    steps: list[list[int] | str], spare: int
) -> None:
    before = log_index.SPARE, log_index.RECORD
    log_index.SPARE, log_index.RECORD = spare, 1
    try:
        world = World()
        for step in steps:
            if isinstance(step, list):
                world.move(step)
            elif step == "compact":
                world.compact()
            else:
                world.publish()
                if step == "restart":
                    world.begin()
                    for record, parts in world.read()[1].items():
                        world.ring.read(record, parts)
        world.publish()
        assert world.read()[0] == world.counts
        world.compact()
        counts, held = world.read()
        assert counts == world.counts
        # Records that make way are those beyond twice what is alive, so no more than that is left.
        size = sum(1 + len(parts[KIND]) for parts in held.values())
        newest = 1 + max((len(parts[KIND]) for parts in held.values()), default=0)
        assert size <= 2 * len(world.counts) + spare + 2 * newest
    finally:
        log_index.SPARE, log_index.RECORD = before


def test_an_idle_model_is_not_written_again() -> None:
    world = World()
    world.move([1, 2, 3])
    world.publish()
    assert len(world.topic) == 1
    world.publish()
    assert len(world.topic) == 1


def test_much_is_cut_into_records_that_a_broker_takes() -> None:
    world = World()
    world.move(list(range(10_000)))
    world.publish()
    sizes = [len(value) for _, value in world.topic if value]
    assert len(sizes) > 5
    assert max(sizes) <= log_index.LARGEST_BYTES
    assert world.read()[0] == world.counts


def test_records_with_long_names_are_cut_smaller() -> None:
    world = World()
    world.move(list(range(1_500)))
    whole_bundle = world.bundle

    def wordy(parts: Parts) -> Bundle:
        made = whole_bundle(parts)
        return Bundle(made.titles + pack_ids("x" * 1_000 for _ in ids(made.titles)), values=made.values)

    records = world.ring.publish(wordy)
    assert len(records) > 2
    assert max(len(value) for _, value in records if value) <= log_index.LARGEST_BYTES
    for key, value in records:
        row = decode_row(place_of(key), value or b"")
        assert isinstance(row, Bundle)
        check(row)
