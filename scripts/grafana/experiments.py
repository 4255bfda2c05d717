"""What experiments are judged by; there are none yet, so it is told of all rankings together."""

from grafana.panels import WHOLE, Panel
from grafana.queries import RATE, share

EXPERIMENTS = {
    "What there is to compare": [
        Panel(
            "Exploration",
            "Share of ranked titles that stand there by a chance below 1.",
            "percentunit",
            [(share("playhead_explored_items_total", "playhead_ranked_items_total"), "explored")],
            (0.2, 0.4),
        ),
        Panel(
            "Titles ranked",
            "Titles in published rankings, each second.",
            "ops",
            [(f"sum(rate(playhead_ranked_items_total[{RATE}]))", "titles")],
            (250_000, 500_000),
        ),
        Panel(
            "How often it happens",
            "Outcomes that happened, of those that were learned: clicks of impressions, finishes of plays.",
            "percentunit",
            [
                (
                    f"sum by (head) (rate(playhead_positive_outcomes_total[{RATE}])) / sum by (head) (rate(playhead_outcomes_total[{RATE}]))",
                    "{{head}}",
                )
            ],
            (0.01, 0.05),
            falling=True,
            width=WHOLE,
        ),
    ],
}
