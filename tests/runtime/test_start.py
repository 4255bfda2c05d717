"""A worker starts quickly: what it does not use, it does not import."""

import subprocess
import sys

import pytest

LOADED = """
import sys
import {modules}
print(*sorted(sys.modules))
"""


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        (
            "playhead.runtime.personalize, playhead.recipe, playhead.runtime.warmup",
            {"sklearn", "playhead.lab.evaluate"},
        ),
        ("playhead.cli", {"numba", "faust", "numpy", "river"}),
    ],
)
def test_nothing_is_imported_that_is_not_used(modules: str, unwanted: set[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-c", LOADED.format(modules=modules)], capture_output=True, text=True, check=True
    )
    assert unwanted.isdisjoint(result.stdout.split())


def test_a_learn_worker_on_standby_has_imported_what_it_uses() -> None:
    result = subprocess.run(
        [sys.executable, "-c", LOADED.format(modules="playhead.runtime.learn")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "river" in result.stdout.split()
