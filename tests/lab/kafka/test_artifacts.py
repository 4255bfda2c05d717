"""Which jars are used: those of the lock, to the last byte, whatever the way they came."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from playhead.domain.errors import Unavailable
from playhead.lab.kafka import artifacts, by_jgo, by_maven
from playhead.lab.kafka.artifacts import COORDINATES, VERSION, find_kafka, look_kafka
from playhead.lab.kafka.by_maven import pom_of
from playhead.lab.kafka.lock import locked, verified

JARS = {"a.jar": b"alpha", "b.jar": b"beta"}
LOCK = {name: hashlib.sha256(content).hexdigest() for name, content in JARS.items()}


@pytest.fixture(autouse=True)
def small_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_HOME", raising=False)
    monkeypatch.setattr(artifacts, "locked", lambda: LOCK)


def test_the_lock_holds_kafka_and_its_logging_and_no_address() -> None:
    assert f"kafka_2.13-{VERSION}.jar" in locked()
    assert "log4j-slf4j-impl-2.25.4.jar" in locked()
    assert {len(digest) for digest in locked().values()} == {64}


def test_a_tampered_jar_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, {**JARS, "b.jar": b"bet4"})
    with pytest.raises(Unavailable, match=r"b\.jar differs from the lock\. Repair: Mend it\."):
        verified(tmp_path, LOCK, "Mend it.")


def test_a_jar_too_many_or_too_few_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, {"a.jar": b"alpha", "c.jar": b"gamma"})
    with pytest.raises(Unavailable, match=r"b\.jar is missing, c\.jar is not in the lock\."):
        verified(tmp_path, LOCK, "Mend it.")


def test_looking_fetches_nothing(tmp_path: Path) -> None:
    assert look_kafka(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_what_is_fetched_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ways(monkeypatch, maven=bringing(JARS))
    fetched = find_kafka(tmp_path, print)
    ways(monkeypatch)
    assert [jar.name for jar in fetched] == ["a.jar", "b.jar"]
    assert find_kafka(tmp_path, print) == look_kafka(tmp_path) == fetched


def test_what_changed_in_the_cache_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ways(monkeypatch, maven=bringing(JARS))
    find_kafka(tmp_path, print)[0].write_bytes(b"alph4")
    with pytest.raises(Unavailable, match=r"a\.jar differs .* Remove .*: it will be fetched again"):
        find_kafka(tmp_path, print)


def test_jgo_helps_where_maven_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ways(monkeypatch, jgo=bringing(JARS))
    progress: list[str] = []
    assert len(find_kafka(tmp_path, progress.append)) == len(JARS)
    assert progress[1] == "Maven did not bring Kafka."


def test_wrong_jars_are_never_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = bringing({**JARS, "a.jar": b"alph4"})
    ways(monkeypatch, maven=wrong, jgo=wrong)
    with pytest.raises(Unavailable, match=r"Kafka can't be fetched\. .* KAFKA_HOME"):
        find_kafka(tmp_path, print)
    assert look_kafka(tmp_path) is None
    assert list(tmp_path.rglob("*.jar")) == []


def test_kafka_home_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_HOME", str(tmp_path))
    (tmp_path / "libs").mkdir()
    fill(tmp_path / "libs", {f"kafka_2.13-{VERSION}.jar": b"", "connect.jar": b""})
    assert look_kafka(tmp_path / "home") == sorted((tmp_path / "libs").iterdir())


def test_kafka_home_of_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_HOME", str(tmp_path))
    with pytest.raises(Unavailable, match=r"has no kafka_2\.13-.*unset KAFKA_HOME"):
        find_kafka(tmp_path / "home", print)


def test_maven_is_asked_for_the_same_as_jgo() -> None:
    pom = pom_of(COORDINATES)
    assert all(part in pom for coordinate in COORDINATES for part in coordinate.split(":"))


Fetch = Callable[[tuple[str, ...], Path, Path, Callable[[str], None]], None]


def nothing(*_: object) -> None:
    raise Unavailable("Nothing came.", "Check the network.")


def bringing(jars: dict[str, bytes]) -> Fetch:
    return lambda _coordinates, into, _home, _progress: fill(into, jars)


def ways(monkeypatch: pytest.MonkeyPatch, maven: Fetch = nothing, jgo: Fetch = nothing) -> None:
    monkeypatch.setattr("shutil.which", lambda _: "mvn")
    monkeypatch.setattr(by_maven, "fetch", maven)
    monkeypatch.setattr(by_jgo, "fetch", jgo)


def fill(folder: Path, jars: dict[str, bytes]) -> None:
    for name, content in jars.items():
        (folder / name).write_bytes(content)
