"""Are rankings fresh, and does everything flow?"""

from grafana.panels import Panel
from grafana.queries import RATE, each, quantiles

OVERVIEW = {
    "The promise: of 100 events, 99 are durable with their ranking within a second": [
        Panel(
            "Late, last hour",
            "Events whose effects, ranking included, took longer than a second. The month's budget is 1 %.",
            "percentunit",
            [("playhead:freshness_late:ratio_rate1h", "late")],
            (0.005, 0.01),
            kind="stat",
            width=6,
        ),
        Panel(
            "Budget left, 30 days",
            "1 is all of it, 0 none: so many more of 1 % of the month's events may come late.",
            "percentunit",
            [("1 - playhead:freshness_late:ratio_rate30d / 0.01", "left")],
            (0.0, 0.25),
            falling=True,
            kind="stat",
            width=6,
        ),
        Panel(
            "Workers that answer",
            "Processes whose metrics can be read.",
            "short",
            [('sum(up{job="playhead"})', "workers")],
            (1, 2),
            falling=True,
            kind="stat",
            width=6,
        ),
        Panel(
            "Longest model age",
            "Time since the publication of the newest models that the slowest personalize worker has loaded. Grows while there are no events.",
            "s",
            [("max(shard:playhead_model_age_seconds:max)", "age")],
            (10, 60),
            kind="stat",
            width=6,
        ),
        Panel(
            "Burn rate",
            "How many times faster than allowed the budget is spent; 14.4 over an hour pages the engineer on call.",
            "none",
            [
                (f"playhead:freshness_late:ratio_rate{window} / 0.01", window)
                for window in ("5m", "1h", "6h", "3d")
            ],
            (1, 14.4),
        ),
        Panel(
            "Freshness",
            "Age of events when received and when durable, of examples when published, of models when loaded. Dots: the oldest event of a batch, by partition and offset.",
            "s",
            quantiles("playhead_freshness_seconds", "stage", 0.5, 0.99),
            (1, 2),
            exemplars=True,
        ),
    ],
    "Throughput": [
        Panel(
            "Events",
            "Events made durable, and examples learned, each second.",
            "ops",
            [
                (f"sum(rate(playhead_events_total[{RATE}]))", "events"),
                (f"sum(rate(playhead_examples_total[{RATE}]))", "examples"),
            ],
            (20_000, 40_000),
        ),
        Panel(
            "Rankings by market",
            "Rankings published each second.",
            "ops",
            each("playhead_rankings_total", "market"),
            (5_000, 10_000),
            stacked=True,
        ),
        Panel(
            "Records that wait",
            "Records on the broker that are not yet finished, by topic.",
            "short",
            [("topic:playhead_lag_records:sum", "{{topic}}")],
            (1_000, 100_000),
        ),
        Panel(
            "Partitions worked on",
            "Should be 4 of each topic; less for seconds only, when workers come and go.",
            "short",
            [("topic:playhead_owned_partitions:sum", "{{topic}}")],
            (3, 4),
            falling=True,
        ),
        Panel(
            "Dropped, late, read again",
            "Duplicates change nothing; late events are older than one that was folded; events are read again after a restart.",
            "ops",
            [
                (f"sum(rate(playhead_{name}_events_total[{RATE}]))", name)
                for name in ("duplicate", "late", "replayed")
            ],
            (10, 100),
        ),
        Panel(
            "Dead letters",
            "Records that can't be used, in ten minutes: playhead dead-letters list gives the reasons.",
            "short",
            [("sum by (topic, error) (increase(playhead_dead_letters_total[10m]))", "{{topic}} {{error}}")],
            (1, 100),
        ),
        Panel(
            "Erasures",
            "Age of an erasure when its receipt is durable; a minute is promised. Empty while none is requested.",
            "s",
            [("sum(playhead_erasure_seconds_sum) / (sum(playhead_erasure_seconds_count) > 0)", "mean")],
            (15, 60),
        ),
    ],
}
