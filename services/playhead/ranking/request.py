"""What is asked of ranking: a profile as it is now, where the page is, and what caused the question."""

from typing import Any, NamedTuple

from playhead.models.bonds import SHOWN_SPAN
from playhead.ranking.moments import Moment, Seen
from playhead.signals import runs
from playhead.signals.exposure import EXPOSURE
from playhead.signals.history import HISTORY
from playhead.signals.identity import IDENTITY, Identity
from playhead.signals.opinions import OPINIONS
from playhead.signals.pending import PENDING


class Request(NamedTuple):
    """A profile to be ranked for, as of the event that caused it."""

    profile_id: str
    profile: Any
    at_ms: int
    surface: str
    broker_ms: int = 0
    """When the broker had the event."""

    @property
    def shown_ms(self) -> int:
        """When it is shown at the earliest: an event that comes late shows nothing that has expired meanwhile."""
        return max(self.at_ms, self.broker_ms)

    @property
    def identity(self) -> Identity:
        """Who is watching."""
        return IDENTITY.of(self.profile)

    def moment(self) -> Moment:
        """The profile as of now, everything folded counting."""
        exposures = EXPOSURE.of(self.profile)
        return Moment(
            self.identity,
            HISTORY.of(self.profile),
            OPINIONS.of(self.profile).ratings,
            self.at_ms // 1000 + 1,
            self.surface,
            PENDING.of(self.profile).responses,
            Seen(exposures.run, exposures.times),
            runs.first(exposures.run, SHOWN_SPAN),
        )
