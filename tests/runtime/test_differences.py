"""The messages about topics that are not as the table has them, misplaced events, and a folder that can't be written."""

from pathlib import Path
from typing import Any

import pytest

from playhead.cli import doctor, up
from playhead.domain.errors import Rejected, Unavailable
from playhead.domain.forwarding import MAX_HEADER_BYTES, MOVED, is_moved, moved, origin_of
from playhead.domain.partitioning import PARTITIONERS, partition_of
from playhead.domain.records import Effects, Incoming
from playhead.domain.topics import (
    DEAD_LETTERS,
    EVENTS,
    EXAMPLES,
    MODELS,
    PROFILE_PARTITIONS,
    PROFILES_CHANGELOG,
    RANKINGS,
    TopicLayout,
    layout_of,
)
from playhead.runtime import admin
from playhead.runtime.differences import TopicDifference, messages_of, of_partitions
from playhead.runtime.misplaced import settle
from playhead.runtime.placing import judge
from playhead.runtime.settings import Settings
from playhead.runtime.worker import of_folder

GROWN = TopicDifference(EVENTS, "partitions", "4", "6")
FEWER = TopicDifference(EVENTS, "partitions", "4", "2")
MISSING = TopicDifference(RANKINGS, "missing", "", "")


def at(key: bytes, partition: int, **more: Any) -> Incoming:
    return Incoming(EVENTS, partition, 7, 0, key, b"{}", **more)


def test_what_stops_playhead_is_said_first() -> None:
    complaints = messages_of([GROWN, MISSING, FEWER])
    assert [complaint.state for complaint in complaints] == ["broken", "broken", "warning"]
    assert of_partitions({EVENTS: 6, MODELS: 1}, TopicLayout()) == [complaints[-1]]
    assert all("playhead topics" in complaint.repair for complaint in complaints)


@pytest.mark.parametrize(
    ("differences", "state"),
    [([GROWN], "warning"), ([GROWN, MISSING], "broken"), ([], "ok"), ([FEWER], "broken")],
)
def test_all_commands_say_the_same(
    differences: list[TopicDifference],
    state: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(admin, "compare_topics", lambda _: differences)
    checks = doctor.check_topics(Settings())
    assert checks.state == state
    if state == "broken":
        with pytest.raises(Unavailable) as error:
            up._need_topics(Settings())
        assert error.value.reason in checks.what
    else:
        up._need_topics(Settings())
        assert capfd.readouterr().err.split(" Repair: ")[0].strip() == (checks.what if differences else "")


def test_a_family_is_judged_by_the_changelog_that_others_do_not_make_larger() -> None:
    #  16 chosen: rankings made by hand with 4 are too few, events that were made larger are worked with
    counts = {PROFILES_CHANGELOG: 16, EVENTS: 20, RANKINGS: 4, EXAMPLES: 8, MODELS: 1}
    complaints = of_partitions(counts, layout_of(counts))
    assert [complaint.state for complaint in complaints] == ["broken", "warning"]
    assert "playhead.rankings has 4 partitions, fewer than the 16 it needs" in complaints[0].reason
    assert "--partitions 16" in complaints[0].repair
    assert "playhead.events has 20 partitions; Playhead works with the first 16" in complaints[1].reason
    assert of_partitions({EXAMPLES: 8, DEAD_LETTERS: 16}, layout_of({EXAMPLES: 8, DEAD_LETTERS: 16})) == []


@pytest.mark.parametrize(("name", "named"), [("crc32", "partitioner=murmur2_random"), ("fnv1a", "sarama")])
def test_the_partitioner_of_a_producer_is_recognised(name: str, named: str) -> None:
    keys = [b"viewer-%d" % number for number in range(200)]
    right = [at(key, partition_of(key, PROFILE_PARTITIONS)) for key in keys]
    assert judge(right, PROFILE_PARTITIONS, PROFILE_PARTITIONS).repair == ""
    other = [at(key, PARTITIONERS[name](key, PROFILE_PARTITIONS)) for key in keys]
    assert named in judge(right + other, PROFILE_PARTITIONS, PROFILE_PARTITIONS).repair
    grown = [at(key, partition_of(key, 6)) for key in keys]
    assert "spread keys over 6" in judge(grown, 6, PROFILE_PARTITIONS).repair
    anywhere = [at(key, number % PROFILE_PARTITIONS) for number, key in enumerate(keys)]
    assert "no known rule" in judge(anywhere, PROFILE_PARTITIONS, PROFILE_PARTITIONS).repair
    assert "0 events" in judge([each._replace(headers=((MOVED, b""),)) for each in other], 4, 4).what


def test_an_event_is_sent_on_with_the_place_where_it_stood() -> None:
    record = at(b"ada", 3, headers=(("trace", b"1"), (MOVED, b"playhead.events 1 2")))
    sent = moved(record, 2)
    assert (sent.key, sent.value, sent.partition) == (record.key, record.value, 2)
    assert sent.headers == (("trace", b"1"), (MOVED, b"playhead.events 3 7"))
    large = moved(at(b"ada", 3, headers=(("trace", bytes(MAX_HEADER_BYTES)),)), 2)
    assert [name for name, _ in large.headers] == [MOVED]


@pytest.mark.parametrize(
    "value", [b"", b"playhead.events 1", b"playhead.events 1 -2", b"\xff \xb2 \xb2", None]
)
def test_a_place_that_is_not_said_as_we_do_is_none(value: Any) -> None:
    record = at(b"ada", 0, headers=((MOVED, value),))
    assert is_moved(record)
    assert origin_of(record) is None


@pytest.mark.parametrize("how", ["forward", "refuse"])
def test_misplaced_events_are_sent_on_or_refused(how: str) -> None:
    right = partition_of(b"ada", PROFILE_PARTITIONS)
    wrong = (right + 1) % PROFILE_PARTITIONS
    effects = Effects(misplaced=[at(b"ada", wrong)])
    settle(effects, how, PROFILE_PARTITIONS)
    assert not effects.misplaced
    if how == "forward":
        assert [record.partition for record in effects.first] == [right]
    else:
        [(_, error)] = effects.rejected
        assert isinstance(error, Rejected)
        assert "playhead dead-letters replay" in error.repair


def test_what_the_system_refuses_below_the_data_folder_is_the_operators(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = tmp_path / "file" / "data"
    with pytest.raises(OSError, match="Not a directory") as refused:
        folder.mkdir()
    error = of_folder(refused.value, folder)
    assert isinstance(error, Unavailable)
    assert "PLAYHEAD_DATA_DIR" in error.repair
    assert of_folder(refused.value, tmp_path / "else") is refused.value
