"""The bench in small: it ends by itself with figures of each kind, and leaves nothing behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.effort import THOROUGH

SMALL = [
    "--rounds",
    "1",
    "--seconds",
    "1",
    "--events",
    "600",
    "--titles",
    "100",
    "--profiles",
    "100",
    "--rate",
    "100",
]
KINDS = ["freshness", *(["throughput", "others"] if THOROUGH else [])]
"""A schedule; when thorough, one of each kind: a backlog and its reference, the way through the models, too."""


@pytest.mark.skipif(not THOROUGH, reason="a minute for what nothing else uses: HYPOTHESIS_PROFILE=thorough")
def test_a_small_bench_measures_what_it_is_asked_for(tmp_path: Path, home: Path) -> None:
    out, plots = tmp_path / "bench.json", tmp_path / "plots"
    files = ("--home", str(home), "--json", str(out), "--svg", str(plots))
    done = subprocess.run(
        [sys.executable, "-m", "playhead.cli", "bench", "--quick", "--only", ",".join(KINDS), *SMALL, *files],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(out.read_text())
    assert all(each["value"] > 0 for each in rows)
    assert {each["holds"] for each in rows if each["bar"]} <= {True, False}
    named = {each["measure"]: each for each in rows}
    for measure in (
        *(["one personalize worker, everything on"] if THOROUGH else []),
        "own act to ranking at 100 events/s, p50",
    ):
        assert named[measure]["ratio"] > 0
    if THOROUGH:
        assert named["another's act to my ranking, p99"]["value"] > 0
    drawn = {f"bench-{kind}.svg" for kind in KINDS if kind != "others"}
    assert {plot.name for plot in plots.iterdir()} == drawn
    assert "own act to ranking" in done.stdout
