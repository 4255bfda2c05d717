"""The wheel is whole: built, installed into an empty environment, run from an empty folder.

The lock only pins versions here. What is installed is what the wheel itself asks for, so a package that is
missing in its list of dependencies is missing, even when the development environment has it.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.timeline import happened

pytestmark = pytest.mark.wheel
ROOT = Path(__file__).parents[1]
UV = Path(sys.executable).with_name("uv")
Playhead = Callable[..., subprocess.CompletedProcess[str]]


def run(*command: object, **options: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode in {0, 1}, done.stderr
    return done  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dist = tmp_path_factory.mktemp("dist")
    # Without isolation: the locked hatchling builds, nothing is fetched.
    done = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", dist, ROOT)
    [built] = dist.glob("*.whl")
    assert done.returncode == 0, done.stderr
    return built


@pytest.fixture(scope="module")
def playhead(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Playhead:
    """The installed command, in an empty folder, with nothing of this environment around it."""
    venv, empty = tmp_path_factory.mktemp("venv") / "it", tmp_path_factory.mktemp("empty")
    run(UV, "venv", "--quiet", "--python", sys.executable, venv)
    lock = ROOT / "requirements.lock"
    done = run(UV, "pip", "install", "--quiet", "--python", venv, "--constraint", lock, wheel)
    assert done.returncode == 0, done.stderr
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PLAYHEAD_", "PYTHON"))}
    # Whether a loop compiles is seen of one of them, below; all of them for one ranking would take a minute.
    kept["NUMBA_DISABLE_JIT"] = "1"
    return lambda *arguments: run(venv / "bin" / "playhead", *arguments, cwd=empty, env=kept)


def test_it_holds_the_package_and_its_data_alone(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"playhead"}
    for needed in (
        "py.typed",
        "lab/kafka/jars.lock",
        "lab/kafka/log4j2.properties",
        "gateway/page/app.js",
    ):
        assert f"playhead/{needed}" in names


def test_it_teaches(playhead: Playhead) -> None:
    done = playhead("--help")
    assert done.returncode == 0, done.stderr
    assert "First steps" in done.stdout


def test_it_replays(playhead: Playhead, tmp_path: Path) -> None:
    events, titles, out = (tmp_path / name for name in ("events.jsonl", "titles.jsonl", "rankings.jsonl"))
    titles.write_text(json.dumps({"title_id": "t1", "name": "Harbour Lights", "genres": ["Drama"]}))
    events.write_text(json.dumps(happened("page_viewed", profile="ana")))
    done = playhead("replay", events, "--titles", titles, "--rankings", out)
    assert done.returncode == 0, done.stderr
    [ranking] = map(json.loads, out.read_text().splitlines())
    assert [item["title_id"] for item in ranking["items"]] == ["t1"]


def test_its_doctor_looks_around(playhead: Playhead) -> None:
    done = playhead("doctor", "--json", "--bootstrap", "127.0.0.1:1")
    states = {each["name"]: each["state"] for each in json.loads(done.stdout)}
    assert (states["python"], states["packages"], states["broker"]) == ("ok", "ok", "broken")
    assert done.returncode == 1


OTHERS = [f"3.{minor}" for minor in range(11, 15) if minor != sys.version_info.minor]
COMPILES = """
import playhead.recipe, playhead.runtime.learn, playhead.runtime.personalize, playhead.gateway.serve
from playhead.models.popularity import Popularity
model = Popularity()
model.learn_one(0, 1_767_225_600_000)
assert model.counts[0, 0] == 1.0
"""


def pythons(version: str) -> Iterator[Path]:
    """On the PATH, or kept by pyenv, whose programs on the PATH may lead nowhere."""
    kept = (Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python")
    named = shutil.which(f"python{version}")
    for python in ([Path(named)] if named else []) + sorted(kept):
        if subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0:
            yield python


@pytest.mark.parametrize("version", OTHERS)
def test_it_runs_on_the_other_pythons_of_this_machine(version: str, wheel: Path, tmp_path: Path) -> None:
    """Installed with the versions of the lock from wheels alone; its modules are imported, and a loop is compiled."""
    other_python = next(pythons(version), None)
    if other_python is None:
        pytest.skip(f"no Python {version} here")
    python = tmp_path / "it" / "bin" / "python"
    run(UV, "venv", "--quiet", "--python", other_python, python.parents[1])
    lock = ("--require-hashes", "--only-binary", ":all:", "--requirement", ROOT / "requirements.lock")
    for what in (lock, ("--no-deps", wheel)):
        done = run(UV, "pip", "install", "--quiet", "--python", python, *what)
        assert done.returncode == 0, done.stderr
    nowhere = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    for arguments in (("-m", "playhead.cli", "--version"), ("-c", COMPILES)):
        done = run(python, *arguments, cwd="/", env=nowhere)
        assert done.returncode == 0, done.stderr


def test_what_workers_need_is_there(playhead: Playhead, tmp_path: Path) -> None:
    """The modules that commands import late, from the wheel's own environment, in which a loop is compiled."""
    python = Path(str(playhead("--version").args[0])).with_name("python")
    late = "import playhead.recipe, playhead.models.bayesian_logistic, playhead.runtime.learn, playhead.runtime.personalize, playhead.lab.demo.run, playhead.gateway.serve"
    nowhere = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    for what in (late, COMPILES):
        done = run(python, "-c", what, cwd="/", env=nowhere)
        assert done.returncode == 0, done.stderr
