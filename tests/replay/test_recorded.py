"""Recorded logs: told apart by content, read plain or gzip, refused with the number of the line."""

import gzip
import json
from pathlib import Path

import pytest

from playhead.domain.errors import Rejected, Unavailable
from playhead.lab.demo.load import RecordedLoad
from playhead.replay.recorded import Recording, detect

EVENT = {"event_id": "1", "type": "page_viewed", "occurred_at": 1767225600000, "profile_id": "ana"}
TITLE = {"title_id": "t1", "name": "Harbour Lights"}


def write(path: Path, *records: object, packed: bool = False) -> Path:
    text = "".join(json.dumps(record) + "\n" for record in records).encode()
    path.write_bytes(gzip.compress(text) if packed else text)
    return path


@pytest.mark.parametrize("packed", [False, True])
def test_kinds_are_detected_whatever_the_file_is_called(tmp_path: Path, packed: bool) -> None:
    assert detect(write(tmp_path / "x", EVENT, packed=packed)) == "events"
    assert detect(write(tmp_path / "y.gz", TITLE, packed=packed)) == "titles"


def test_an_event_about_a_title_is_an_event(tmp_path: Path) -> None:
    assert detect(write(tmp_path / "x", EVENT | {"type": "title_clicked", "title_id": "t1"})) == "events"


def test_keys_are_those_of_the_contract(tmp_path: Path) -> None:
    with Recording(write(tmp_path / "x", EVENT)) as recording:
        assert [(line.key, line.type) for line in recording.lines("events", validate=True)] == [
            ("ana", "page_viewed")
        ]
    with Recording(write(tmp_path / "x", TITLE)) as recording:
        assert [line.key for line in recording.lines("titles", validate=True)] == ["t1"]


def test_the_bad_line_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "x", EVENT, EVENT | {"occurred_at": "today"})
    with (
        Recording(path) as recording,
        pytest.raises(Rejected, match=r"line 2: .*Repair: Send occurred_at as"),
    ):
        list(recording.lines("events", validate=True))
    with Recording(path) as recording:
        assert len(list(recording.lines("events", validate=False))) == 2


def test_a_line_without_its_key_is_refused_even_unvalidated(tmp_path: Path) -> None:
    with Recording(write(tmp_path / "x", TITLE)) as recording, pytest.raises(Rejected, match="no profile_id"):
        list(recording.lines("events", validate=False))


def test_files_that_are_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"\n\n")
    (tmp_path / "torn.gz").write_bytes(gzip.compress(b"x" * 10_000)[:30])
    with pytest.raises(Unavailable, match="is empty"):
        detect(tmp_path / "empty")
    with pytest.raises(Unavailable, match="damaged gzip"):
        detect(tmp_path / "torn.gz")
    with pytest.raises(Unavailable, match="can't be read"):
        detect(tmp_path / "none")


def test_a_log_settles_by_going_on_until_new_profiles_have_asked(tmp_path: Path) -> None:
    #  ana: opens app, views page   bob: opens app | ... views page     | = the time is over
    opens = EVENT | {"type": "session_started"}
    records = (opens, EVENT, opens | {"profile_id": "bob"}, EVENT, EVENT | {"profile_id": "bob"}, EVENT)
    log = RecordedLoad(write(tmp_path / "x", *records))
    log.take(0, 3)
    assert [act.profile_id for act in log.settle()] == ["ana", "bob"]
    assert log.settle() == []
    assert not log.over
    log.take(0, 10)
    assert log.over
    log.close()
