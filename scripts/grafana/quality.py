"""How well outcomes are foreseen, and how rankings look."""

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
    "Heads, foreseen before learned, over the last 2,000 outcomes": [
        Panel(
            "Log-loss by head",
            "Weighted by outcomes over all markets; lower is better. Compare with itself.",
            "none",
            [("head:playhead_head_log_loss:avg", "{{head}}")],
            (0.7, 1.0),
        ),
        Panel(
            "AUC",
            "Chance that what happened was given more than what did not; .5 is a coin.",
            "none",
            of_heads("playhead_head_auc"),
            (0.5, 0.6),
            falling=True,
        ),
        Panel(
            "Log-loss by market",
            "Lower is better; a head that knows nothing of a coin has .69.",
            "none",
            of_heads("playhead_head_log_loss"),
            (0.7, 1.0),
        ),
        Panel(
            "Calibration error",
            "Mean gap of what was said and what happened, in ten bins.",
            "percentunit",
            of_heads("playhead_head_calibration_error"),
            (0.05, 0.1),
        ),
        Panel(
            "Foreseen over seen",
            "1 is right; 2 says that half of what was foreseen happened.",
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
            "River models: acts",
            "Begun anew where one has drifted, took over or gave way, could not be read, or became too large. Each is a log line, too.",
            "short",
            [("sum by (model, act) (increase(playhead_river_acts_total[1h]))", "{{model}} {{act}}")],
            (1, 3),
        ),
        Panel(
            "Outcomes",
            "What is learned from, each second.",
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
            "Mean of -log2 P(chosen next): more bits, less of what everybody watches.",
            "none",
            [(mean("playhead_novelty_bits"), "bits a title")],
            (1, 3),
            falling=True,
        ),
        Panel(
            "Diversity",
            "Chance that two of the ten differ in their first label.",
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
            "Where they come from",
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
            "What filters take out",
            "Candidates removed each second, by rule.",
            "ops",
            each("playhead_removed_candidates_total", "reason"),
            (100_000, 1_000_000),
            stacked=True,
        ),
    ],
    "Markets, moods, and titles of which little is known": [
        Panel(
            "Clicks by market",
            "Share of what was shown that is opened.",
            "percentunit",
            _happened("click"),
            (0.05, 0.1),
            falling=True,
        ),
        Panel(
            "Binges by market",
            "Share of what was finished after which somebody goes on at once. `playhead markets` shows what each chooses.",
            "percentunit",
            _happened("binge"),
            (0.05, 0.1),
            falling=True,
        ),
        Panel(
            "New titles",
            "Share of the places that went to titles of which little is known, by a chance below 1. A tenth at most.",
            "percentunit",
            [(share("playhead_explored_items_total", "playhead_ranked_items_total"), "explored")],
            (0.11, 0.2),
        ),
        Panel(
            "Moods observed",
            "Each second, by where they come from and which way they go.",
            "ops",
            each("playhead_moods_total", "source", "mood"),
            (1_000, 10_000),
            stacked=True,
        ),
        Panel(
            "Tagged titles",
            "Share of the first ten that the tag worker has understood: if it falls, look at that worker.",
            "percentunit",
            [(share("playhead_tagged_titles_total", "playhead_looked_at_titles_total"), "tagged")],
            (0.5, 0.9),
            falling=True,
        ),
    ],
    "From learning to ranking": [
        Panel(
            "Lessons behind",
            "Lessons published by learn that the slowest personalize worker has not taken over.",
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
            "Since the newest models that the slowest worker has were published.",
            "s",
            [("shard:playhead_model_age_seconds:max", "shard {{shard}}")],
            (10, 60),
        ),
    ],
}
