"""Snapshots of profiles, the inputs of the models: the only place that builds them, for serving and for learning.

A signal that is an input of the models is read in ``_snapshot``; the three uses differ only in what they leave out.
"""

from typing import Any

from playhead.arrays import packed_ids
from playhead.features.context_snapshot import NO_MOOD, ContextSnapshot, ImpressionCounts, ObservedMood
from playhead.models.cooccurrence import SHOWN_SPAN
from playhead.signals.exposure import EXPOSURE
from playhead.signals.history import HISTORY
from playhead.signals.identity import IDENTITY, Identity
from playhead.signals.opinions import OPINIONS
from playhead.signals.pending import PENDING

HISTORY_SENT = 40
"""Number of newest titles of the history in the snapshot of a choice: as many as label affinity uses."""


def for_serving(profile: Any, at_ms: int, surface: str) -> ContextSnapshot:
    """The snapshot for a page that is ranked now: all folded events count."""
    exposures = EXPOSURE.of(profile)
    return _snapshot(profile, IDENTITY.of(profile), at_ms // 1000 + 1, surface)._replace(
        seen=ImpressionCounts(exposures.packed, exposures.times),
        shown=packed_ids.first(exposures.packed, SHOWN_SPAN),
    )


def for_outcome(profile: Any, identity: Identity, until_s: int, surface: str) -> ContextSnapshot:
    """The snapshot as of an impression or a play whose outcome is final now: the history up to then, and settled responses.

    How often the title was shown, and the titles shown before it, are in the example beside the snapshot.
    """
    return _snapshot(profile, identity, until_s, surface)


def for_choice(profile: Any, identity: Identity, at_ms: int) -> ContextSnapshot:
    """The snapshot for the page that a choice was made from: without the impressions of that page itself.

    Responses are left out, too: they are inputs of the outcome heads, which do not learn from choices.
    """
    opened = {impression.title_id for impression in PENDING.of(profile).opens}
    exposures = EXPOSURE.of(profile)
    ids = packed_ids.ids(exposures.packed)
    pairs = (
        (title_id, times - (title_id in opened)) for title_id, times in zip(ids, exposures.times, strict=True)
    )
    seen = {title_id: times for title_id, times in pairs if times > 0}
    return _snapshot(profile, identity, at_ms // 1000 + 1, profile.delivery_v1.surface)._replace(
        history=HISTORY.of(profile).first(HISTORY_SENT),
        responses=(),
        seen=ImpressionCounts(packed_ids.pack_ids(seen), bytes(seen.values())),
        shown=packed_ids.pack_ids([title_id for title_id in ids if title_id not in opened][:SHOWN_SPAN]),
    )


def _snapshot(profile: Any, identity: Identity, until_s: int, surface: str) -> ContextSnapshot:
    """The part that all uses share, without impressions."""
    opinions = OPINIONS.of(profile)
    return ContextSnapshot(
        identity,
        HISTORY.of(profile),
        opinions.ratings,
        until_s,
        surface,
        PENDING.of(profile).responses,
        mood=ObservedMood(opinions.valence, opinions.arousal, opinions.mood_s)
        if 0 < opinions.mood_s < until_s
        else NO_MOOD,
    )
