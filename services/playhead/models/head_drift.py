"""Has the world changed under the click head? Then what it is sure of is worth less for a while.

ADWIN (Bifet and Gavaldà, SDM 2007) compares the head's log-loss in windows of any two lengths. After a jump the head's variances count
``WIDEST`` times as much for whoever explores, and half as much more with every ``HALF_LIFE`` impressions that are learned since. What the head
learns does not depend on it.
"""

from math import log

from river.drift import ADWIN

from playhead.domain.errors import Rejected
from playhead.models.river.pickled import opened, pickled

WIDEST = 16.0
"""Of variances: deviations count four times as much, as if a sixteenth of the impressions had been learned."""
HALF_LIFE = 2_000
NEVER = 1 << 40
WATCH_OF_CLICKS = "head_drift"
"""What its acts are told under, beside those of River models."""


class HeadDrift:
    """What watches the head, and how many impressions it has learned since its loss has jumped up."""

    def __init__(self) -> None:
        self._loss = ADWIN()  # type: ignore[no-untyped-call]
        self.since = NEVER

    def learn(self, probability: float, label: int) -> bool:
        """Takes in an impression, whose click was foreseen with this chance; whether the loss has jumped up."""
        before = self._loss.estimation
        self._loss.update(-log(max(probability if label else 1.0 - probability, 1e-12)))  # type: ignore[no-untyped-call]
        drifted = bool(self._loss.drift_detected and self._loss.estimation > before)
        self.since = 0 if drifted else min(self.since + 1, NEVER)
        return drifted

    def widening(self) -> float:
        """The factor of the head's variances, 1 where nothing has changed lately."""
        left: float = 2.0 ** -min(self.since / HALF_LIFE, 64.0)
        return 1.0 + (WIDEST - 1.0) * left

    def export(self) -> tuple[int, bytes]:
        """All that is known."""
        return self.since, pickled(self._loss)

    def restore(self, since: int, loss: bytes, *, learns: bool) -> None:
        """Takes over what was exported; what only learners need is read by them alone.

        Raises:
            Rejected: that can't be read; the watch begins anew.
        """
        self.since = since
        if not (learns and loss):
            return
        read = opened(loss)
        if not isinstance(read, ADWIN):
            raise Rejected(
                f"What watches the click head is a {type(read).__name__}.", "None: it begins anew."
            )
        self._loss = read
