"""Which Java is chosen: the machine's when new enough, in the order a person expects."""

from pathlib import Path

import pytest

from playhead.domain.errors import Unavailable
from playhead.lab.kafka import java
from playhead.lab.kafka.java import Java, feature_release, find_java, look_java


@pytest.mark.parametrize(
    ("answer", "release"),
    [
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('openjdk version "26-ea" 2026-03-17', 26),
        ('java version "1.8.0_402"', 8),
        ('Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21.0.2"', 21),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.", None),
        ("", None),
    ],
)
def test_reads_every_way_a_java_names_its_version(answer: str, release: int | None) -> None:
    assert feature_release(answer) == release


def test_java_home_comes_before_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "path" / "bin"), prepend=":")
    mine, other = a_java(tmp_path / "home", "21.0.1"), a_java(tmp_path / "path", "25")
    assert look_java(tmp_path) == Java(mine, 21, "JAVA_HOME")
    mine.unlink()
    assert look_java(tmp_path) == Java(other, 25, "PATH")


def test_a_java_too_old_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    a_java(tmp_path / "home", "1.8.0_402")
    newer = a_java(tmp_path / "path", "17.0.15")
    monkeypatch.setenv("PATH", str(newer.parent), prepend=":")
    assert look_java(tmp_path) == Java(newer, 17, "PATH")


def test_without_java_one_is_installed_or_the_operator_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(java, "find_tool", no_network)
    progress: list[str] = []
    assert look_java(tmp_path) is None
    with pytest.raises(Unavailable, match="Install Java 17 or newer and put it on the PATH"):
        find_java(tmp_path, progress.append)
    assert progress == ["No Java 17 or newer on this machine."]


def a_java(home: Path, version: str) -> Path:
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(0o755)
    return program


def no_network(*_: object) -> Path:
    raise Unavailable("The index does not answer.", "Check the network.")
