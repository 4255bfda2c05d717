"""Has the world changed under a bandit? Then it should explore again, for as long as it takes to learn anew."""

from math import log, sqrt


class DriftWatch:
    """Compares the log-loss of predictions with what they themselves expect, over a sliding half-life.

    Where predictions are calibrated, the loss has a known mean and variance (an entropy), whatever the rate of rewards:
    only losses that the model did not expect count, so that a harder audience is no drift. Page's test (1954) of the
    standardised difference; ``slack`` and ``limit`` in standard deviations: a steady world
    tips it once in e^(2 · slack · limit) / (2 · slack²), a million, rewards.
    """

    def __init__(self, slack: float = 0.1, limit: float = 50.0) -> None:
        self._slack, self._limit = slack, limit
        self._sum = 0.0

    def drifted(self, reward: float, expected: float) -> bool:
        """Takes in one reward, 0 or 1, and its expectation; returns whether drift is found, after which the test starts anew."""
        probability = min(max(expected, 1e-6), 1.0 - 1e-6)
        odds = log(probability / (1.0 - probability))
        loss = -log(probability) if reward > 0.5 else -log(1.0 - probability)
        entropy = -probability * log(probability) - (1.0 - probability) * log(1.0 - probability)
        deviation = abs(odds) * sqrt(probability * (1.0 - probability)) + 1e-3
        surprise = (loss - entropy) / max(deviation, 0.1)
        self._sum = max(self._sum + surprise - self._slack, 0.0)
        if self._sum <= self._limit:
            return False
        self._sum = 0.0
        return True
