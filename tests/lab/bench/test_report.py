"""The forms of a measurement's results: table, JSON, documentation, plots."""

import json
import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from playhead.domain.errors import Unavailable
from playhead.lab.bench import plots, report
from playhead.lab.bench.machine import Machine, cpu_s, resident_bytes, this_machine
from playhead.lab.bench.measure import BenchOptions, Sample
from playhead.lab.bench.run import BenchReport, rows, selected

QUIET = Machine("A <fine> CPU", 2, 8.0, "3.11.9", "4.3.1", 0.1)
SAMPLES: dict[str, list[Sample]] = {
    "throughput": [
        {
            "per_s": 9_000.0,
            "per_cpu_s": 12_000.0,
            "rankings": 900.0,
            "bare_per_s": 4_000.0,
            "bare_per_cpu_s": 4e3,
        },
        {
            "per_s": 12_000.0,
            "per_cpu_s": 13_000.0,
            "rankings": 800.0,
            "bare_per_s": 4_000.0,
            "bare_per_cpu_s": 4e3,
        },
    ],
    "freshness": [
        {"own_50%": 6.0, "own_99%": 80.0, "trip_50%": 3.0, "trip_99%": 4.0},
        {"own_50%": 7.0, "own_99%": 70.0, "trip_50%": 3.0, "trip_99%": 5.0},
    ],
    "shell": [{"shell_per_s": 30_000.0, "bare_per_s": 4_000.0}],
    "growth": [{"profiles_10000": 100.0, "profiles_100000": 110.0, "titles_1000": 90.0}],
}
CURVES = {"own act to ranking": [0.004, 0.006, 0.080], "bare round trip": [0.002, 0.003, 0.005]}


@pytest.fixture
def measured() -> BenchReport:
    options = BenchOptions(rounds=2)
    return BenchReport(options, QUIET, SAMPLES, CURVES, rows(selected(()), options, SAMPLES))


def test_the_table_says_what_holds_and_names_the_machine(measured: BenchReport) -> None:
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(report.table(measured))
    console.file.close()
    lines = console.export_text().splitlines()
    assert any("personalize worker" in line and "2.62 ×" in line and "yes" in line for line in lines)
    assert any("p50" in line and "6.50 ms" in line and "yes" in line for line in lines)
    assert any("p99" in line and "75.0 ms" in line and "NO" in line for line in lines)
    assert any("A <fine> CPU" in line for line in lines)


def test_json_has_a_row_a_measure(measured: BenchReport, tmp_path: Path) -> None:
    report.write_json(tmp_path / "bench.json", measured)
    rows = json.loads((tmp_path / "bench.json").read_text())
    assert len(rows) == len(measured.rows)
    assert all(
        {"measure", "value", "unit", "reference", "ratio", "bar", "holds"} <= each.keys() for each in rows
    )
    assert len({each["measure"] for each in rows if not each["measure"].startswith("…")}) == len(
        [each for each in rows if not each["measure"].startswith("…")]
    )


def test_what_was_not_there_to_compare_with_has_no_row(measured: BenchReport) -> None:
    names = [each.measure for each in measured.rows]
    assert any("over Faust" in name for name in names)
    assert not any("over Quix" in name for name in names)
    assert not any("memory" in name for name in names)


def test_measures_are_selected_by_name_in_their_own_order() -> None:
    assert [measure.name for measure in selected(("throughput", "ranking"))] == ["ranking", "throughput"]
    places = [measure.place for measure in selected(())]
    assert places == sorted(places)
    with pytest.raises(Unavailable, match="no measure nonsense"):
        selected(("throughput", "nonsense"))


def test_the_newest_table_takes_the_place_of_the_old_one(
    measured: BenchReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Unavailable, match="There is no docs"):
        report.write_document(measured)
    report.DOCUMENT.parent.mkdir()
    report.DOCUMENT.write_text("before\n<!-- bench: begin -->\nyesterday\n<!-- bench: end -->\nafter\n")
    report.write_document(measured)
    report.write_document(measured)
    text = report.DOCUMENT.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "yesterday" not in text
    assert text.count("everything on") == 1


def test_a_document_without_markers_is_left_alone() -> None:
    with pytest.raises(Unavailable, match="Put both"):
        report.inserted("no markers", "bench", "text")


def test_plots_are_well_formed_and_name_what_they_show(measured: BenchReport, tmp_path: Path) -> None:
    plots.write_plots(tmp_path, measured)
    expected = (
        ("throughput", "personalize worker"),
        ("freshness", "bare round trip"),
        ("growth", "100,000 profiles"),
    )
    for name, shown in expected:
        tree = ET.parse(tmp_path / f"bench-{name}.svg")
        assert shown in {element.text for element in tree.iter()}


def test_nothing_is_drawn_of_what_was_not_measured(tmp_path: Path) -> None:
    plots.write_plots(tmp_path, BenchReport(BenchOptions(), QUIET, {}, {}, []))
    assert not list(tmp_path.iterdir())


def test_a_curve_of_one_value_can_be_drawn() -> None:
    ET.fromstring(plots.curves("flat", [plots.LatencyCurve("a & b", [1.0, 1.0])]))


def test_this_machine_is_named() -> None:
    machine = this_machine()
    assert machine.cores >= 1
    assert machine.memory_gib > 0
    assert "Kafka" in str(machine)
    assert not Machine("", 1, 1, "", "", 1.5).quiet


def test_processor_time_of_a_process_that_is_gone_is_nothing() -> None:
    assert cpu_s(2**22 + 1) == 0.0


def test_memory_of_a_process_that_is_gone_is_nothing() -> None:
    assert resident_bytes(2**22 + 1) == 0
    assert resident_bytes(os.getpid()) > 1_000_000
