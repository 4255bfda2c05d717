"""Drift detection for the click head: after a drift, exploration trusts the head's certainty less for a while.

ADWIN (Bifet and Gavaldà, SDM 2007) compares the head's log-loss in windows of any two lengths. After a jump exploration multiplies
the head's variances by ``WIDEST``; the excess over 1 halves with every ``HALF_LIFE`` impressions learned since. What the head
learns does not depend on this.
"""

from math import log

from river.drift import ADWIN

from playhead.domain.errors import Rejected
from playhead.models.river.pickled import opened, pickled

WIDEST = 16.0
"""Factor of the variances right after a drift: deviations count four times as much, as if a sixteenth of the impressions had been learned."""
HALF_LIFE = 2_000
NEVER = 1 << 40
WATCH_OF_CLICKS = "head_drift"
"""The name of this detector in the list of model acts (``ModelAct``), beside those of River models."""


class HeadDrift:
    """The drift detector of the click head; ``since``: impressions learned since the head's loss jumped up."""

    def __init__(self) -> None:
        self._loss = ADWIN()  # type: ignore[no-untyped-call]
        self.since = NEVER

    def learn(self, probability: float, label: int) -> bool:
        """Takes the predicted probability and the label of a click. Returns whether the loss has jumped up."""
        before = self._loss.estimation
        self._loss.update(-log(max(probability if label else 1.0 - probability, 1e-12)))  # type: ignore[no-untyped-call]
        drifted = bool(self._loss.drift_detected and self._loss.estimation > before)
        self.since = 0 if drifted else min(self.since + 1, NEVER)
        return drifted

    def widening(self) -> float:
        """The factor of the head's variances, 1 without a recent drift."""
        left: float = 2.0 ** -min(self.since / HALF_LIFE, 64.0)
        return 1.0 + (WIDEST - 1.0) * left

    def export(self) -> tuple[int, bytes]:
        """``since``, and the pickled detector."""
        return self.since, pickled(self._loss)

    def restore(self, since: int, loss: bytes, *, learns: bool) -> None:
        """Restores an exported state; the detector itself is read by learners alone.

        Raises:
            Rejected: the detector can't be read; a new one begins.
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
