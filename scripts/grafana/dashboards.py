"""The dashboards of deploy/grafana, each from its file in this folder."""

import json
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana.experiments import EXPERIMENTS
from grafana.overview import OVERVIEW
from grafana.panels import page
from grafana.quality import QUALITY
from grafana.workers import WORKERS


def dashboards() -> dict[str, str]:
    """The text of each dashboard by its file's name."""
    pages = {
        "overview": page(
            "playhead-overview", "Overview", "Are rankings fresh, and does everything flow?", OVERVIEW
        ),
        "ranking-quality": page(
            "playhead-quality",
            "Ranking quality",
            "How well outcomes are predicted, and properties of rankings.",
            QUALITY,
        ),
        "experiments": page(
            "playhead-experiments",
            "Experiments",
            "Running experiments, results of their arms, and how certain they are.",
            EXPERIMENTS,
        ),
        "workers-and-stores": page(
            "playhead-workers", "Workers and stores", "Processes, batches, the gateway and stores.", WORKERS
        ),
    }
    return {f"{name}.json": _text(each) for name, each in pages.items()}


def _text(built: Any) -> str:
    return json.dumps(built, cls=JSONEncoder, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
