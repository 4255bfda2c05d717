"""What is told of a measurement: table, JSON, documentation, plots."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from playhead.bench import plots, report
from playhead.bench.drain import Speed
from playhead.bench.machine import Machine, cpu_s, this_machine
from playhead.bench.run import Options, Report, Samples, rows
from playhead.domain.errors import Unavailable

QUIET = Machine("A <fine> CPU", 2, 8.0, "3.11.9", "4.3.1", 0.1)
SAMPLES = Samples(
    playhead=[Speed(9_000.0, 12_000.0, 4.0), Speed(8_000.0, 11_000.0, 5.0)],
    rankings=[900.0, 800.0],
    bare=[Speed(4_000.0, 4_500.0, 5.0), Speed(4_000.0, 4_400.0, 5.0)],
    own_s=[[0.004, 0.006, 0.080], [0.005, 0.007, 0.070]],
    trips_s=[[0.002, 0.003, 0.004], [0.002, 0.003, 0.005]],
    replayed=[1_500.0, 1_400.0],
)


@pytest.fixture
def measured() -> Report:
    return Report(Options(rounds=2), QUIET, SAMPLES, rows(SAMPLES, 200.0))


def test_the_table_says_what_holds_and_names_the_machine(measured: Report) -> None:
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(report.table(measured))
    console.file.close()
    lines = console.export_text().splitlines()
    assert any("personalize worker" in line and "2.12 ×" in line and "yes" in line for line in lines)
    assert any("p50" in line and "6.5 ms" in line and "yes" in line for line in lines)
    assert any("p99" in line and "75.0 ms" in line and "NO" in line for line in lines)
    assert any("A <fine> CPU" in line for line in lines)


def test_json_has_a_row_a_measure(measured: Report, tmp_path: Path) -> None:
    report.write_json(tmp_path / "bench.json", measured)
    found = json.loads((tmp_path / "bench.json").read_text())
    assert len(found) == len(measured.rows)
    assert all(
        {"measure", "value", "unit", "reference", "ratio", "bar", "holds"} <= each.keys() for each in found
    )
    assert [each["holds"] for each in found] == [True, None, None, True, False, None]


def test_the_newest_table_takes_the_place_of_the_old_one(
    measured: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Unavailable, match="There is no docs"):
        report.write_document(measured)
    report.DOCUMENT.parent.mkdir()
    report.DOCUMENT.write_text(f"before\n{report.BEGIN}\nyesterday\n{report.END}\nafter\n")
    report.write_document(measured)
    report.write_document(measured)
    text = report.DOCUMENT.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "yesterday" not in text
    assert text.count("everything on") == 1


def test_a_document_without_markers_is_left_alone() -> None:
    with pytest.raises(Unavailable, match="Put both"):
        report.inserted("no markers", "text")


def test_plots_are_well_formed_and_name_what_they_show(measured: Report, tmp_path: Path) -> None:
    plots.write_plots(tmp_path, measured)
    for name, shown in (("throughput", "bare Faust agent"), ("freshness", "bare round trip")):
        tree = ET.parse(tmp_path / f"bench-{name}.svg")
        assert shown in {element.text for element in tree.iter()}


def test_a_curve_of_one_value_can_be_drawn() -> None:
    ET.fromstring(plots.curves("flat", [plots.Curve("a & b", [1.0, 1.0])]))


def test_this_machine_is_named() -> None:
    machine = this_machine()
    assert machine.cores >= 1
    assert machine.memory_gib > 0
    assert "Kafka" in str(machine)
    assert not Machine("", 1, 1, "", "", 1.5).quiet


def test_processor_time_of_a_process_that_is_gone_is_nothing() -> None:
    assert cpu_s(2**22 + 1) == 0.0
