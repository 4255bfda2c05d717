"""Our estimates of the logs that ``obp_logs.py`` has written, beside those of obp: ``python obp_compare.py FILE.npz``."""

import sys

import numpy as np

from playhead.experiments.offpolicy import dr, ips, snips, switch_dr

LARGEST = 1e-9


def main(path: str) -> int:
    """Prints each figure with the difference; 1 where one is larger than ``LARGEST``."""
    logs, worst = np.load(path), 0.0
    for campaign in ("all", "men", "women"):
        reward, weight, expected, value = logs[campaign]
        *theirs, most = logs[f"{campaign}/obp"].tolist()
        ours = [
            ips(reward, weight).value,
            snips(reward, weight).value,
            dr(reward, weight, expected, value).value,
            switch_dr(reward, weight, expected, value, most).value,
        ]
        for name, our, other in zip(("IPS", "SNIPS", "DR", "switch-DR"), ours, theirs, strict=True):
            print(f"{campaign:6} {name:10} {our:.12f}  obp {other:.12f}  {our - other:+.1e}")  # noqa: T201
            worst = max(worst, abs(our - other))
    print(f"largest difference {worst:.1e}, allowed {LARGEST:g}")  # noqa: T201
    return int(worst > LARGEST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
