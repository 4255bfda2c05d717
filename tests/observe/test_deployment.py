"""Dashboards, rules and containers say what there is: panels are explained, rules hold their unit tests, paths exist."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase
from tests import prometheus as asked

from playhead.observe import metrics

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
GRAFANA = ROOT / "deploy" / "grafana" / "provisioning"
PANELS = [(name, panel) for name, board in asked.dashboards().items() for panel in asked.panels(board)]
QUERIES = asked.of_panels() + asked.of_recording_rules() + asked.of_alerts()
ENDS = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_sum", "_count"),
    "summary": ("_sum", "_count"),
    "info": ("_info",),
}


@pytest.mark.parametrize(
    ("name", "panel"), PANELS, ids=lambda each: each if isinstance(each, str) else each["title"]
)
def test_every_panel_has_a_unit_a_description_and_thresholds(name: str, panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"], name
    assert len(panel["description"]) > 20
    steps = defaults["thresholds"]["steps"]
    assert len(steps) >= 2
    assert steps[0]["value"] is None
    limits = [step["value"] for step in steps[1:]]
    assert limits == sorted(limits)
    assert panel["datasource"]["uid"] == "playhead"
    assert panel["targets"]


def test_there_are_four_dashboards() -> None:
    boards = asked.dashboards().values()
    assert {board["title"] for board in boards} == {
        "Overview",
        "Ranking quality",
        "Experiments",
        "Workers and stores",
    }
    assert len({board["uid"] for board in boards}) == 4


def series() -> set[str]:
    """Names that processes of ours are scraped under."""
    families = [
        family
        for collector in vars(metrics).values()
        if isinstance(collector, MetricWrapperBase)
        for family in collector.describe()
    ]
    return {family.name + end for family in families for end in ENDS.get(family.type, ("",))}


def test_every_metric_that_is_asked_for_is_declared() -> None:
    known = series() | {rule["record"] for rule in asked.rules("recording.yml")}
    for query in QUERIES:
        for name in re.findall(r"[a-z:]*playhead[_:][a-z_:0-9]+", re.sub(r'"[^"]*"', "", query.expression)):
            assert name in known, query


def test_every_alert_explains_itself_and_has_its_line_in_the_runbook() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    for rule in asked.rules("alerts.yml"):
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert set(rule["annotations"]) == {"summary", "description", "runbook"}
        assert f"| `{rule['alert']}` |" in page, rule["alert"]
        path, _, heading = rule["annotations"]["runbook"].partition("#")
        assert f"\n### {heading.capitalize()}\n" in (ROOT / path).read_text()
        # So that test_prometheus.py can take the comparisons out.
        assert asked.compared(rule["expr"]) != rule["expr"]
        assert not re.search(r"[<>]|absent|unless", asked.compared(rule["expr"]))


def test_every_alert_has_a_unit_test_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    tests = yaml.safe_load((asked.PROMETHEUS / "rules.test.yml").read_text())["tests"]
    cases = [case for test in tests for case in test["alert_rule_test"]]
    for fires in (True, False):
        named = {case["alertname"] for case in cases if bool(case.get("exp_alerts")) is fires}
        assert named == {rule["alert"] for rule in asked.rules("alerts.yml")}


@pytest.mark.parametrize(
    "command", [("check", "config", "prometheus.yml"), ("test", "rules", "rules.test.yml")], ids=" ".join
)
def test_promtool_is_content(command: tuple[str, ...]) -> None:
    done = subprocess.run(
        [asked.folder() / "promtool", *command],
        cwd=asked.PROMETHEUS,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["prometheus", "grafana"])
def test_what_containers_mount_is_here(name: str) -> None:
    mounted = [volume.split(":")[0] for volume in COMPOSE[name]["volumes"]]
    paths = [ROOT / each for each in mounted if each.startswith("./")]
    assert paths
    assert all(path.is_dir() for path in paths)
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE[name]["ports"])


def test_containers_find_each_other() -> None:
    targets = yaml.safe_load((asked.PROMETHEUS / "targets.yml").read_text())[0]["targets"]
    assert "gateway:8080" in targets  # where it serves everything else too
    assert COMPOSE["gateway"]["ports"] == ["127.0.0.1:8080:8080"]
    for target in set(targets) - {"gateway:8080"}:
        worker, port = target.split(":")
        assert COMPOSE[worker]["environment"]["PLAYHEAD_METRICS_PORT"] == port
        assert COMPOSE[worker]["environment"]["PLAYHEAD_METRICS_HOST"] == "0.0.0.0"
        assert "ports" not in COMPOSE[worker]  # nobody outside the containers' network reads them
    assert {target.split(":")[0] for target in targets} == {
        name for name, each in COMPOSE.items() if each.get("command", [""])[0] in {"worker", "gateway"}
    }
    [source] = yaml.safe_load((GRAFANA / "datasources" / "prometheus.yml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert source["uid"] == "playhead"
    [provider] = yaml.safe_load((GRAFANA / "dashboards" / "playhead.yml").read_text())["providers"]
    mounts = [volume.split(":")[:2] for volume in COMPOSE["grafana"]["volumes"]]
    assert ["./deploy/grafana/dashboards", provider["options"]["path"]] in mounts
    home = Path(COMPOSE["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert str(home.parent) == provider["options"]["path"]
    assert home.name in asked.dashboards()
