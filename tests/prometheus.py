"""The queries of Prometheus in the committed files, and where its programs are."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[1]
PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARDS = ROOT / "deploy" / "grafana" / "dashboards"
COMPARED = re.compile(r"\s*(?:[<>]=?|[!=]=)\s*[\d.]+(?:e\d+)?")
"""A comparison of an alert is always with a number: without it, the expression gives the compared value."""
FILLED = {"$__rate_interval": "1m", "$market": ".*"}
"""What Grafana puts in."""


class Query(NamedTuple):
    """A query, and the panel or rule that asks it."""

    asked_by: str
    expression: str


def folder() -> Path:
    """Where prometheus and promtool are; fetched if they are nowhere."""
    done = subprocess.run([ROOT / "scripts" / "prometheus"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def dashboards() -> dict[str, dict[str, Any]]:
    """Each dashboard by its file's name."""
    return {path.name: json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))}


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Its panels, without the rows that they stand in."""
    within = [inner for each in dashboard["panels"] for inner in [each, *each.get("panels", ())]]
    return [each for each in within if each["type"] != "row"]


def rules(name: str) -> list[dict[str, Any]]:
    """The rules of a file."""
    groups = yaml.safe_load((PROMETHEUS / name).read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def of_panels() -> list[Query]:
    """Every query of every panel, as Grafana sends it."""
    queries = []
    for name, dashboard in dashboards().items():
        for panel in panels(dashboard):
            for target in panel["targets"]:
                expression = target["expr"]
                for variable, value in FILLED.items():
                    expression = expression.replace(variable, value)
                queries.append(Query(f"{name}: {panel['title']} {target['refId']}", expression))
    return queries


def of_recording_rules() -> list[Query]:
    """What is recorded, and the expression that it is recorded from."""
    recorded = rules("recording.yml")
    return [Query(f"recorded {rule['record']}", rule["record"]) for rule in recorded] + [
        Query(f"expression of {rule['record']}", rule["expr"]) for rule in recorded
    ]


def of_alerts() -> list[Query]:
    """What each alert compares with its limits: an alert itself is silent by design."""
    return [Query(f"alert {rule['alert']}", compared(rule["expr"])) for rule in rules("alerts.yml")]


def compared(expression: str) -> str:
    """An alert's expression without its comparisons.

    >>> compared('sum(rate(a{le="1.0"}[5m])) > 0.5 and on (x) b < 4')
    'sum(rate(a{le="1.0"}[5m])) and on (x) b'
    """
    return COMPARED.sub("", expression)
