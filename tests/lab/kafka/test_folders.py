"""Folders that are whole or absent, and folders that one process owns at a time."""

from pathlib import Path

import pytest

from playhead.domain.errors import Unavailable
from playhead.lab.kafka.folders import borrow, filled, keep


def test_a_folder_is_filled_whole(tmp_path: Path) -> None:
    with filled(tmp_path / "deep" / "target") as folder:
        (folder / "file").write_text("content")
        assert not (tmp_path / "deep" / "target").exists()
    assert [path.name for path in (tmp_path / "deep").rglob("*")] == ["target", "file"]


def test_a_folder_that_fails_is_absent(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), filled(tmp_path / "target"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_whoever_fills_second_takes_what_the_first_made(tmp_path: Path) -> None:
    with filled(tmp_path / "target") as second:
        (second / "file").write_text("second")
        with filled(tmp_path / "target") as first:
            (first / "file").write_text("first")
    assert (tmp_path / "target" / "file").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_a_kept_folder_has_one_owner_at_a_time(tmp_path: Path) -> None:
    owner = keep(tmp_path)
    with pytest.raises(Unavailable, match="Another broker uses"):
        keep(tmp_path)
    owner.close()
    keep(tmp_path).close()
    assert tmp_path.is_dir()


def test_a_borrowed_folder_ends_with_its_owner(tmp_path: Path) -> None:
    owner = borrow(tmp_path)
    (owner.path / "data").write_text("")
    owner.close()
    assert not owner.path.exists()


def test_what_a_killed_owner_left_is_swept_and_what_lives_stays(tmp_path: Path) -> None:
    living, killed = borrow(tmp_path), borrow(tmp_path)
    killed._lock.close()  # what the system does when a process ends
    newest = borrow(tmp_path)
    assert living.path.exists()
    assert not killed.path.exists()
    newest.close()
    living.close()
