"""An off-policy estimate of a policy, for tests of what is done with one."""

from typing import Any

from playhead.domain.experiments import PolicyEstimate
from playhead.experiments.offpolicy import PolicyValue
from playhead.experiments.policy import judge


def estimate(low: float, **fields: Any) -> PolicyEstimate:
    """An estimate of 9,000 decisions whose lower bound this is; ``fields`` replace others."""
    value = PolicyValue(0.02, low, 0.03, 5_000.0, 1.0)
    judged = judge(value)
    made: dict[str, Any] = {
        "reward": "click",
        "gain": value.value,
        "low": low,
        "high": value.high,
        "decisions": 9_000,
        "effective_size": value.effective_size,
        "coverage": value.mean_weight,
        "promote": judged.promote,
        "reason": judged.reason,
    }
    return PolicyEstimate(**(made | fields))
