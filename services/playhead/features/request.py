"""A request for a ranking: a profile as it is now, the surface of its page, and the event that caused it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import replace

from playhead.arrays.hashing import digest
from playhead.domain.fields import KIDS
from playhead.features.context import ContextSnapshot
from playhead.features.snapshot import for_serving
from playhead.labels.definitions import is_in_progress
from playhead.signals.finished import FINISHED
from playhead.signals.history import HISTORY
from playhead.signals.identity import IDENTITY, Identity
from playhead.signals.record import DeliveryState, Profile

UNTREATED: Mapping[str, str] = MappingProxyType({})


class Request(NamedTuple):
    """A request to rank for a profile, as of the event that caused it."""

    profile_id: str
    profile: Any
    at_ms: int
    surface: str
    broker_ms: int = 0
    """The time when the broker got the event."""
    arms: Mapping[str, str] = UNTREATED
    """The arm by experiment: what the ranking is to be made with."""

    @property
    def shown_ms(self) -> int:
        """The earliest time when the ranking can be shown: an event that comes late shows nothing that has expired meanwhile."""
        return max(self.at_ms, self.broker_ms)

    @property
    def identity(self) -> Identity:
        """The identity of the profile; on a page for children everybody is served as a child."""
        who = IDENTITY.of(self.profile)
        return replace(who, kind=KIDS) if self.surface == KIDS != who.kind else who

    def finished(self) -> bytes:
        """The digests of what the profile has finished, without what it is watching once more."""
        digests, again = FINISHED.of(self.profile), HISTORY.of(self.profile).begun_again()
        known = {digest(one.title_id) for one in again if is_in_progress(one.position_s, one.duration_s)}
        if not known:
            return digests
        every = np.frombuffer(digests, dtype="<u4")
        return every[~np.isin(every, np.array([*known], dtype=np.uint32))].tobytes()

    def snapshot(self) -> ContextSnapshot:
        """The snapshot of the profile as of now, with everything that is folded."""
        return for_serving(self.profile, self.at_ms, self.surface)._replace(identity=self.identity)


def request_of(key: bytes, profile: Any, broker_ms: int = 0, arms: Mapping[str, str] = UNTREATED) -> Request:
    """The request to rank for a profile as it is: on the page it saw last, as of the newest event.

    ``broker_ms``: when the broker had that event; ``arms``: those of the profile, by experiment.
    """
    delivery: DeliveryState = profile.delivery_v1
    return Request(key.decode(), profile, delivery.cause_ms, delivery.surface, broker_ms, arms)


def cold_start_request(profile_id: str, identity: Identity, at_ms: int, surface: str) -> Request:
    """The request of a cold-start profile: only its identity and its surface are known."""
    return Request(profile_id, Profile(**{IDENTITY.field: identity}), at_ms, surface)
