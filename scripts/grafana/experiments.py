"""Experiments: arms, lifts with their bounds, and metrics of all rankings."""

from grafana.panels import WHOLE, Panel
from grafana.queries import RATE, share

WATCHED = ("click", "start", "finish", "watch_minutes", "gave_up", "session_minutes")

APPRENTICE = '* on (instance) group_left () playhead_build_info{role="apprentice"}'
"""Leaves out the zeros of other processes, so that the panel is empty where no apprentice runs."""


def lift(metric: str) -> Panel:
    """The lift of one metric in each arm, between its bounds."""
    query = f'max by (experiment, arm, bound) (playhead_experiment_lift_ratio{{metric="{metric}"}})'
    return Panel(
        f"Lift of {metric}",
        "Relative change over control, with bounds that hold at all times at once, however often you look.",
        "percentunit",
        [(query, "{{experiment}} {{arm}} {{bound}}")],
        (0.0, 0.05) if metric == "gave_up" else (-0.05, 0.0),
        falling=metric != "gave_up",
        width=8,
    )


EXPERIMENTS = {
    "Running experiments": [
        Panel(
            "Profiles",
            "Profiles that rankings of each arm were made for.",
            "short",
            [
                (
                    "max by (experiment, arm) (playhead_experiment_profiles)",
                    "{{experiment}} {{arm}}",
                )
            ],
            (1_000_000, 10_000_000),
        ),
        Panel(
            "Mismatch",
            "1 when the profiles of the arms contradict their shares: trust nothing of that experiment, and find out why.",
            "short",
            [("max by (experiment) (playhead_experiment_mismatch)", "{{experiment}}")],
            (0.5, 1),
        ),
    ],
    "Lifts, with bounds that hold at all times at once": [lift(metric) for metric in WATCHED],
    "Metrics by arm": [
        Panel(
            metric,
            "Per profile since its exposure." if metric == "watch_minutes" else "Per session since exposure.",
            "short",
            [
                (
                    f'max by (experiment, arm) (playhead_experiment_mean{{metric="{metric}"}})',
                    "{{experiment}} {{arm}}",
                )
            ],
            (0.1, 0.3) if metric == "gave_up" else (0.01, 0.1),
            falling=metric != "gave_up",
            width=8,
        )
        for metric in WATCHED
    ],
    "Pictures": [
        Panel(
            "Take fraction by picture",
            "Impressions of a picture whose title was clicked or played: the first sixty pictures that a worker meets.",
            "percentunit",
            [
                (
                    f"sum by (artwork) (rate(playhead_artwork_takes_total[{RATE}])) / sum by (artwork) (rate(playhead_artwork_impressions_total[{RATE}]))",
                    "{{artwork}}",
                )
            ],
            (0.01, 0.05),
            falling=True,
        ),
        Panel(
            "Impressions by picture",
            "Impressions of each picture per second: pictures that are chosen more are shown more.",
            "ops",
            [
                (
                    f"sum by (artwork) (rate(playhead_artwork_impressions_total[{RATE}]))",
                    "{{artwork}}",
                )
            ],
            (1_000, 10_000),
        ),
    ],
    "Policies: estimates from logs (playhead policy)": [
        Panel(
            "Estimated gain",
            "Reward per title shown less that of the policy before, from a log, with its bounds. Only a policy whose lower bound is above 0 is"
            " promoted; once it runs, compare with its lift.",
            "none",
            [
                (
                    "max by (experiment, status, reward, bound) (playhead_policy_gain)",
                    "{{experiment}} {{status}} {{reward}} {{bound}}",
                )
            ],
            (-0.01, 0.0),
            falling=True,
        ),
        Panel(
            "Effective decisions",
            "Effective sample size of the estimate: with less than 1,000 nothing is promoted.",
            "short",
            [
                (
                    "max by (experiment, status) (playhead_policy_effective_decisions)",
                    "{{experiment}} {{status}}",
                )
            ],
            (500, 1_000),
            falling=True,
            width=6,
        ),
        Panel(
            "Coverage",
            "Share of the policy's decisions that the log has explored: with less than nine tenths nothing is promoted.",
            "percentunit",
            [
                (
                    "max by (experiment, status) (playhead_policy_coverage_ratio)",
                    "{{experiment}} {{status}}",
                )
            ],
            (0.5, 0.9),
            falling=True,
            width=6,
        ),
    ],
    "Apprentice: beside another recommender (playhead apprentice)": [
        Panel(
            "Estimated uplift",
            "Relative change of choices and minutes watched if our rankings were served instead of the incumbent's, with bounds.",
            "percentunit",
            [("max by (metric, bound) (playhead_apprentice_uplift_ratio)", "{{metric}} {{bound}}")],
            (-0.05, 0.0),
            falling=True,
        ),
        Panel(
            "Agreement",
            "Share of the first titles that both lists have, of choices among the first of each, and of our lists that could be judged.",
            "percentunit",
            [
                (f"max(playhead_apprentice_overlap_ratio {APPRENTICE})", "in both"),
                ("max by (list) (playhead_apprentice_hit_ratio)", "choices in {{list}}"),
                (f"max(playhead_apprentice_coverage_ratio {APPRENTICE})", "judged"),
            ],
            (0.1, 0.5),
            falling=True,
        ),
    ],
    "All rankings together": [
        Panel(
            "Exploration",
            "Share of ranked titles with a propensity below 1.",
            "percentunit",
            [(share("playhead_explored_items_total", "playhead_ranked_items_total"), "explored")],
            (0.2, 0.4),
            width=8,
        ),
        Panel(
            "Exploration after drift",
            "Factor of the click head's variances: 1, and 16 right after a drift, halving with every 2,000 impressions learned.",
            "none",
            [("max by (shard) (playhead_exploration_widening_ratio)", "shard {{shard}}")],
            (2, 8),
            width=8,
        ),
        Panel(
            "Titles ranked",
            "Titles in published rankings, each second.",
            "ops",
            [(f"sum(rate(playhead_ranked_items_total[{RATE}]))", "titles")],
            (250_000, 500_000),
            width=8,
        ),
        Panel(
            "Rate of outcomes",
            "Share of learned outcomes that are positive: clicks of impressions, finishes of plays.",
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
