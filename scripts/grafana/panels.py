"""Panels described in a few words, and how they become what Grafana reads (by grafana-foundation-sdk)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.models import common as choices
from grafana_foundation_sdk.models import dashboard as models

SOURCE = models.DataSourceRef(type_val="prometheus", uid="playhead")
"""As deploy/grafana/provisioning/datasources names it."""
COLORS = ("green", "orange", "red")
WHOLE = 24
"""Columns of a dashboard."""


@dataclass(frozen=True)
class Panel:
    """Queries with their legends, their unit, and where good ends.

    limits: from which value on it is orange, then red; falling: those values are the least good ones, not the most.
    """

    title: str
    meaning: str
    unit: str
    queries: Sequence[tuple[str, str]]
    limits: tuple[float, ...] = ()
    falling: bool = False
    kind: str = "timeseries"
    width: int = 12
    stacked: bool = False
    exemplars: bool = False


def built(panel: Panel) -> Any:
    """The SDK's builder of a panel."""
    making: Any = stat.Panel() if panel.kind == "stat" else timeseries.Panel()
    making = (
        making.title(panel.title)
        .description(panel.meaning)
        .unit(panel.unit)
        .datasource(SOURCE)
        .span(panel.width)
        .height(4 if panel.kind == "stat" else 8)
        .thresholds(_thresholds(panel))
    )
    if panel.kind == "stat":
        newest = common.ReduceDataOptions().calcs(["lastNotNull"])
        making = making.color_mode(choices.BigValueColorMode.VALUE).reduce_options(newest)
    else:
        making = _drawn(making, panel)
    for number, (query, legend) in enumerate(panel.queries):
        asked = prometheus.Dataquery().expr(query).legend_format(legend).ref_id(chr(ord("A") + number))
        making = making.with_target(asked.exemplar(panel.exemplars))
    return making


def _drawn(making: Any, panel: Panel) -> Any:
    lines = choices.GraphThresholdsStyleMode.DASHED if panel.limits else choices.GraphThresholdsStyleMode.OFF
    making = (
        making.fill_opacity(40 if panel.stacked else 8)
        .thresholds_style(common.GraphThresholdsStyleConfig().mode(lines))
        .tooltip(common.VizTooltipOptions().mode(choices.TooltipDisplayMode.MULTI))
        .color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC))
    )
    stacking = common.StackingConfig().mode(choices.StackingMode.NORMAL)
    return making.stacking(stacking) if panel.stacked else making


def _thresholds(panel: Panel) -> Any:
    limits = sorted(panel.limits)
    colors = list(COLORS[: len(limits) + 1])
    if panel.falling:
        colors.reverse()
    steps = [models.Threshold(value=None, color=colors[0])]
    steps += [
        models.Threshold(value=value, color=color) for value, color in zip(limits, colors[1:], strict=True)
    ]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def page(uid: str, title: str, meaning: str, sections: dict[str, list[Panel]]) -> dict[str, Any]:
    """A dashboard as JSON: sections of panels, one row after the other."""
    making: Any = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(meaning)
        .tags(["playhead"])
        .refresh("15s")
        .time("now-1h", "now")
        .timezone("browser")
        .readonly()
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("Playhead")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags(["playhead"])
            .keep_time(True)
        )
    )
    if any(
        "$market" in query for panels in sections.values() for each in panels for query, _ in each.queries
    ):
        making = making.with_variable(_market())
    if any(
        "river_acts" in query for panels in sections.values() for each in panels for query, _ in each.queries
    ):
        making = making.annotation(_marks())
    for name, panels in sections.items():
        making = making.with_row(dashboard.Row(name))
        for panel in panels:
            making = making.with_panel(built(panel))
    return making.build()


def _marks() -> Any:
    """Annotations of the times at which something was done with a River model."""
    return (
        dashboard.AnnotationQuery()
        .name("River models")
        .datasource(SOURCE)
        .enable(True)
        .icon_color("orange")
        .expr("sum by (model, act) (increase(playhead_river_acts_total[1m])) > 0")
    )


def _market() -> Any:
    return (
        dashboard.QueryVariable("market")
        .label("Market")
        .datasource(SOURCE)
        .query("label_values(playhead_outcomes_total, market)")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(".*")
    )
