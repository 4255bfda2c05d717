"""How well outcomes are predicted, and properties of rankings."""

from grafana.panels import Panel
from grafana.queries import RATE, WHO, each, mean, of_heads, share


def _happened(head: str) -> list[tuple[str, str]]:
    """How often an outcome happens, by market."""
    happened, outcomes = (
        f'sum by (market) (rate({metric}{{head="{head}", market=~"$market"}}[{RATE}]))'
        for metric in ("playhead_positive_outcomes_total", "playhead_outcomes_total")
    )
    return [(f"{happened} / {outcomes}", "{{market}}")]


QUALITY = {
    "Heads, prequential, over the last 2,000 outcomes": [
        Panel(
            "Log-loss by head",
            "Weighted by outcomes over all markets; lower is better. Compare with itself.",
            "none",
            [("head:playhead_head_log_loss:avg", "{{head}}")],
            (0.7, 1.0),
        ),
        Panel(
            "AUC",
            "Probability that a positive outcome was given a higher prediction than a negative one; .5 is random.",
            "none",
            of_heads("playhead_head_auc"),
            (0.5, 0.6),
            falling=True,
        ),
        Panel(
            "Log-loss by market",
            "Lower is better; .69 is a fair coin.",
            "none",
            of_heads("playhead_head_log_loss"),
            (0.7, 1.0),
        ),
        Panel(
            "Calibration error",
            "Mean difference of predicted and observed rates, in ten bins.",
            "percentunit",
            of_heads("playhead_head_calibration_error"),
            (0.05, 0.1),
        ),
        Panel(
            "Predicted over observed",
            "1 is calibrated; at 2, half of the predicted outcomes happened.",
            "none",
            of_heads("playhead_head_bias_ratio"),
            (1.2, 1.5),
        ),
        Panel(
            "Drift",
            "Changes of the log-loss that ADWIN found within an hour, for better or worse.",
            "short",
            [
                (
                    'sum by (head, market) (increase(playhead_drift_total{market=~"$market"}[1h]))',
                    "{{head}} {{market}}",
                )
            ],
            (1, 3),
        ),
        Panel(
            "River models: events",
            "A clone started after drift, took over or gave way; a state could not be read, or became too large. Each is a log line, too.",
            "short",
            [("sum by (model, act) (increase(playhead_river_acts_total[1h]))", "{{model}} {{act}}")],
            (1, 3),
        ),
        Panel(
            "Outcomes",
            "Outcomes learned from, per second.",
            "ops",
            [
                (
                    f'sum by (head, market) (rate(playhead_outcomes_total{{market=~"$market"}}[{RATE}]))',
                    "{{head}} {{market}}",
                )
            ],
            (1_000, 2_000),
        ),
    ],
    "Rankings: the first ten titles of one in 64": [
        Panel(
            "Novelty",
            "Mean of -log2 P(chosen next): more bits, fewer popular titles.",
            "none",
            [(mean("playhead_novelty_bits"), "bits a title")],
            (1, 3),
            falling=True,
        ),
        Panel(
            "Diversity",
            "Probability that two of the ten differ in their first label.",
            "percentunit",
            [(mean("playhead_diversity_ratio"), "differ")],
            (0.3, 0.5),
            falling=True,
        ),
        Panel(
            "Repeats",
            "Titles that were on screen before for that profile and were not played since.",
            "percentunit",
            [(share("playhead_repeated_titles_total", "playhead_looked_at_titles_total"), "repeats")],
            (0.6, 0.8),
        ),
        Panel(
            "Coverage",
            "Share of the catalogue among the first ten within ten minutes, by worker.",
            "percentunit",
            [(f"playhead_coverage_ratio {WHO}", "{{worker}}")],
            (0.01, 0.05),
            falling=True,
        ),
        Panel(
            "Candidate sources",
            "Share of titles that each source had proposed; several may have proposed one.",
            "percentunit",
            [
                (
                    share("playhead_source_titles_total", "playhead_looked_at_titles_total", "source"),
                    "{{source}}",
                )
            ],
            (0.95, 0.99),
        ),
        Panel(
            "Removed by filters",
            "Candidates removed each second, by rule.",
            "ops",
            each("playhead_removed_candidates_total", "reason"),
            (100_000, 1_000_000),
            stacked=True,
        ),
    ],
    "Markets, moods, and titles with little data": [
        Panel(
            "Clicks by market",
            "Share of impressions that are clicked.",
            "percentunit",
            _happened("click"),
            (0.05, 0.1),
            falling=True,
        ),
        Panel(
            "Binges by market",
            "Share of finished plays that are followed by another at once. `playhead markets` shows the choices of each.",
            "percentunit",
            _happened("binge"),
            (0.05, 0.1),
            falling=True,
        ),
        Panel(
            "New titles",
            "Share of the places drawn for titles with little data, with a propensity below 1. A tenth at most.",
            "percentunit",
            [(share("playhead_explored_items_total", "playhead_ranked_items_total"), "explored")],
            (0.11, 0.2),
        ),
        Panel(
            "Moods observed",
            "Per second, by source and direction.",
            "ops",
            each("playhead_moods_total", "source", "mood"),
            (1_000, 10_000),
            stacked=True,
        ),
        Panel(
            "Tagged titles",
            "Share of the first ten that the tag worker has tagged: if it falls, look at that worker.",
            "percentunit",
            [(share("playhead_tagged_titles_total", "playhead_looked_at_titles_total"), "tagged")],
            (0.5, 0.9),
            falling=True,
        ),
    ],
    "From learning to ranking": [
        Panel(
            "Examples behind",
            "Examples in the published models that the slowest personalize worker has not loaded.",
            "short",
            [
                (
                    'max by (model, shard) (playhead_model_version{role="learn"}) - on (model, shard) min by (model, shard) (playhead_model_version{role="personalize"})',
                    "{{model}} {{shard}}",
                )
            ],
            (1_000, 10_000),
        ),
        Panel(
            "Model age by shard",
            "Time since the publication of the newest models that the slowest worker has loaded.",
            "s",
            [("shard:playhead_model_age_seconds:max", "shard {{shard}}")],
            (10, 60),
        ),
    ],
}
