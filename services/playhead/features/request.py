"""A request for a ranking: a profile as it is now, the surface of its page, and the event that caused it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import replace

from playhead.arrays.hashing import digest
from playhead.domain.fields import KIDS
from playhead.features.context_snapshot import ContextSnapshot
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
    """The profile's arm in each experiment, whose settings apply to the ranking."""

    @property
    def shown_ms(self) -> int:
        """The earliest time when the ranking can be shown, so that a late event shows no title that has expired meanwhile."""
        return max(self.at_ms, self.broker_ms)

    @property
    def identity(self) -> Identity:
        """The identity of the profile; on the kids' surface every profile is served as a kids' profile."""
        identity = IDENTITY.of(self.profile)
        return replace(identity, kind=KIDS) if self.surface == KIDS != identity.kind else identity

    def finished(self) -> bytes:
        """The digests of the titles that the profile has finished, without those that it is watching again."""
        digests, again = FINISHED.of(self.profile), HISTORY.of(self.profile).begun_again()
        known = {
            digest(watched.title_id)
            for watched in again
            if is_in_progress(watched.position_s, watched.duration_s)
        }
        if not known:
            return digests
        every = np.frombuffer(digests, dtype="<u4")
        return every[~np.isin(every, np.array([*known], dtype=np.uint32))].tobytes()

    def snapshot(self) -> ContextSnapshot:
        """The current snapshot of the profile, with all folded events."""
        return for_serving(self.profile, self.at_ms, self.surface)._replace(identity=self.identity)


def request_of(key: bytes, profile: Any, broker_ms: int = 0, arms: Mapping[str, str] = UNTREATED) -> Request:
    """The request to rank for a profile in its current state: for the surface that it saw last, as of the newest event.

    ``broker_ms``: when the broker got that event; ``arms``: the profile's arms, by experiment.
    """
    delivery: DeliveryState = profile.delivery_v1
    return Request(key.decode(), profile, delivery.cause_ms, delivery.surface, broker_ms, arms)


def cold_start_request(profile_id: str, identity: Identity, at_ms: int, surface: str) -> Request:
    """The request of a cold-start profile, of which only identity and surface are known."""
    return Request(profile_id, Profile(**{IDENTITY.field: identity}), at_ms, surface)
