"""Writes the logs that obp bundles as columns, with its own estimates of them: ``python obp_logs.py FILE.npz``, where obp is."""

import sys
from types import ModuleType

import numpy as np

torch, offline = ModuleType("torch"), ModuleType("obp.policy.offline")
torch.Tensor = type("Tensor", (), {})
offline.IPWLearner = offline.NNPolicyLearner = None
sys.modules.update({"torch": torch, "obp.policy.offline": offline})
sys.modules.update({name: ModuleType(name) for name in ("matplotlib", "matplotlib.pyplot", "seaborn")})

from obp.dataset import OpenBanditDataset  # noqa: E402 - after what needs torch is stood in for
from obp.ope.estimators import (  # noqa: E402
    DoublyRobust,
    InverseProbabilityWeighting,
    SelfNormalizedInverseProbabilityWeighting,
    SwitchDoublyRobust,
)
from obp.policy import BernoulliTS  # noqa: E402

MOST = 5.0
"""The weight above which switch-DR takes the model's word."""


def main(path: str) -> None:
    """Writes the columns of each campaign: ZOZOTOWN's Thompson sampling, judged from logs of titles shown at random."""
    columns = {}
    for campaign in ("all", "men", "women"):
        log = OpenBanditDataset(behavior_policy="random", campaign=campaign).obtain_batch_bandit_feedback()
        action, position, reward = log["action"], log["position"], log["reward"].astype(float)
        policy = BernoulliTS(
            n_actions=log["n_actions"],
            len_list=3,
            is_zozotown_prior=True,
            campaign=campaign,
            random_state=12345,
        )
        probabilities = policy.compute_batch_action_dist(n_sim=10_000, n_rounds=log["n_rounds"])
        clicks = np.bincount(action, reward, log["n_actions"])
        rates = (clicks + 1.0) / (np.bincount(action, minlength=log["n_actions"]) + 200.0)
        expected = np.broadcast_to(rates[None, :, None], probabilities.shape)
        asked = {
            "reward": reward,
            "action": action,
            "position": position,
            "pscore": log["pscore"],
            "action_dist": probabilities,
            "estimated_rewards_by_reg_model": expected,
        }
        estimates = [
            estimator.estimate_policy_value(**asked)
            for estimator in (
                InverseProbabilityWeighting(),
                SelfNormalizedInverseProbabilityWeighting(),
                DoublyRobust(),
                SwitchDoublyRobust(tau=MOST),
            )
        ]
        rows = np.arange(len(action))
        columns[campaign] = np.stack(
            [
                reward,
                probabilities[rows, action, position] / log["pscore"],
                expected[rows, action, position],
                (probabilities * expected).sum(axis=1)[rows, position],
            ]
        )
        columns[f"{campaign}/obp"] = np.array([*estimates, MOST])
    np.savez(path, **columns)


if __name__ == "__main__":
    main(sys.argv[1])
