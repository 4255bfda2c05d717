"""Queries that several panels ask in the same way."""

RATE = "$__rate_interval"
WHO = "* on (instance) group_left (role, worker) playhead_build_info"
"""Tells the series of a process by its role and name."""


def quantiles(metric: str, by: str, *shares: float) -> list[tuple[str, str]]:
    """Quantiles of a histogram, told apart by a label."""
    legend = " ".join(f"{{{{{label.strip()}}}}}" for label in by.split(","))
    return [
        (
            f"histogram_quantile({share}, sum by (le, {by}) (rate({metric}_bucket[{RATE}])))",
            f"{legend} p{share:.0%}"[:-1],
        )
        for share in shares
    ]


def share(part: str, whole: str, by: str = "") -> str:
    """The share that one counter has of another."""
    grouped = f" by ({by})" if by else ""
    vector = f"sum{grouped} (rate({part}[{RATE}]))"
    return f"{vector} / {'on () group_left () ' if by else ''}sum(rate({whole}[{RATE}]))"


def mean(summary: str) -> str:
    """The mean of what a summary has seen lately."""
    return f"sum(rate({summary}_sum[{RATE}])) / sum(rate({summary}_count[{RATE}]))"


def each(metric: str, *labels: str) -> list[tuple[str, str]]:
    """A rate of each label's series."""
    by = ", ".join(labels)
    return [(f"sum by ({by}) (rate({metric}[{RATE}]))", " ".join(f"{{{{{label}}}}}" for label in labels))]


def of_heads(metric: str) -> list[tuple[str, str]]:
    """A figure of the heads, in the markets that are looked at."""
    return [(f'avg by (head, market) ({metric}{{market=~"$market"}})', "{{head}} {{market}}")]
