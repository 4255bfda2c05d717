"""A fast path for heartbeats of a play that just goes on, which most events are: they are folded in place into the packed history.

Unusual events are left to ``history.interpret``, which gives the same result for all (``tests/signals/test_beats.py``).
"""

import struct

from playhead.arrays import packed_ids
from playhead.catalogue.facts import TitleFacts
from playhead.domain import events as e
from playhead.labels.definitions import end_of
from playhead.signals.covered import MOST
from playhead.signals.rows import FARTHEST, GOING, PHASE, ROW, SKIPPED, History, zigzag
from playhead.signals.tracks import LIVE, REPORTED, SIZE, title_of, unseen
from playhead.signals.watching import farthest

_HEAD = struct.Struct("<10IB")
_SPANS = struct.Struct(f"<{2 * MOST}I")
_SPANS_AT = SIZE - _SPANS.size
_SPAN_ENDS = range(2 * MOST - 1, 0, -2)


def beat(state: History, event: e.PlaybackProgress, facts: TitleFacts) -> tuple[History, int] | None:
    """The history after a heartbeat, and the seconds newly watched in it; None where the fast path does not apply."""
    known, position_s = state.tracks, event.position_s
    if position_s is None or not known or not _is_first(state, event):
        return None
    title, _, play, at_s, here, wall_s, played_s, grown_s, low_s, high_s, _ = _HEAD.unpack_from(known)
    now_s, position = event.occurred_at // 1000, round(position_s)
    ran_s, moved = now_s - at_s, position - here
    watched_s = None if event.watched_s is None else round(event.watched_s)
    if ran_s < 0 or max(now_s, played_s, wall_s) > FARTHEST or not 0 <= moved <= farthest(ran_s, watched_s):
        return None
    spans = _SPANS.unpack_from(known, _SPANS_AT)
    end = next((place for place in _SPAN_ENDS if spans[place]), 0)
    if not end or not spans[end - 1] <= here <= spans[end]:
        return None
    row_s, total_s, length_s, origin, plays, flags, device, _ = ROW.unpack_from(state.rows)
    elsewhere = event.device and event.device != state.devices[device]
    end_s = end_of(length_s, facts.credits_s)
    over = total_s > FARTHEST or (end_s and position >= end_s) or (facts.duration_s and not length_s)
    if over or flags & SKIPPED or elsewhere or now_s < row_s:
        return None
    new_s = max(position - spans[end], 0)
    total_s += new_s
    flags = flags & ~PHASE | GOING
    row = ROW.pack(now_s, total_s, length_s, origin, plays, flags, device, zigzag(position - total_s))
    seen_s = max(new_s, unseen(here, position, low_s, high_s))
    low_s = min(low_s, here) if played_s else here
    counts = wall_s + ran_s, played_s + moved, grown_s + seen_s, low_s, max(high_s, position)
    head = _HEAD.pack(title, 0, play, now_s, position, *counts, LIVE | REPORTED)
    at = _SPANS_AT + 4 * end
    track = head + known[_HEAD.size : at] + max(position, spans[end]).to_bytes(4, "little") + known[at + 4 :]
    return History(state.packed, row + state.rows[ROW.size :], state.devices, tracks=track), seen_s


def _is_first(state: History, event: e.PlaybackProgress) -> bool:
    """Whether a heartbeat belongs to the newest play, which is live and no episode."""
    title, episode, play, *_, how = _HEAD.unpack_from(state.tracks)
    if how != LIVE | REPORTED or episode or event.episode_id or title != title_of(event.title_id):
        return False
    if event.playback_id and title_of(event.playback_id) != play:
        return False
    return state.packed.startswith(event.title_id.encode() + packed_ids.END)
