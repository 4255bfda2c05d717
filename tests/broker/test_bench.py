"""The whole bench in small: it ends by itself with every figure, and leaves nothing behind."""

import json
import subprocess
import sys
from pathlib import Path


def test_a_small_bench_measures_everything(tmp_path: Path, home: Path) -> None:
    small = [
        "--rounds",
        "1",
        "--seconds",
        "1",
        "--events",
        "2000",
        "--titles",
        "100",
        "--profiles",
        "100",
        "--rate",
        "100",
    ]
    out, plots = tmp_path / "bench.json", tmp_path / "plots"
    files = ("--home", str(home), "--json", str(out), "--svg", str(plots))
    done = subprocess.run(
        [sys.executable, "-m", "playhead.cli", "bench", *small, *files],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text())
    assert all(each["value"] > 0 for each in found)
    assert sum(each["ratio"] is not None for each in found) == 4
    assert {each["holds"] for each in found if each["bar"]} <= {True, False}
    assert {plot.name for plot in plots.iterdir()} == {"bench-throughput.svg", "bench-freshness.svg"}
    assert "personalize worker" in done.stdout
