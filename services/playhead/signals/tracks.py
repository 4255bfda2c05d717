"""Where plays stand that are on, or that left more behind than a row of the history can hold.

A row says how many seconds were watched and where the title stands. That is all there is to say of nearly every title, once
its play is over: it was watched from its beginning. Of those that are on, and of those with holes, the newest have a track.
"""

import struct

from msgspec import Struct

from playhead.arrays.hashing import digest
from playhead.signals.covered import MOST, Spans

KEPT = 6
"""Tracks remembered: more plays than one profile has on at a time. Of a title that falls out, the history knows seconds and position still."""
FRESH = 2
"""So many of the newest plays are remembered by their ids after their end, for who reports it once more."""
LIVE, PAUSED, REPORTED, AUTOPLAY, PREVIEW = 1, 2, 4, 8, 16
"""A play is on, but paused; where it stands was reported, not reckoned; it began by itself; it is a preview."""

_PLAY = struct.Struct("<8IB")
_TRACK = struct.Struct(f"<II{_PLAY.size}s{_PLAY.size}s{2 * MOST}I")
SIZE = _TRACK.size
_NO_PLAY = bytes(_PLAY.size)
LARGEST = 2**32 - 1


class Track(Struct, gc=False):
    """What is covered of a title in this pass, and its newest play. Changed in place by whoever unpacked it.

    ``title``, ``episode``, ``play``: digests of ids, 0 for none. ``at_s``, ``position_s``: when its last event was, and
    where it stood. ``wall_s``: how long it ran by the clock, ``played_s`` what was seen in it, ``grown_s`` what of that was not a
    part seen again, ``low_s`` and ``high_s`` from where to where. ``other``: another play of the title that is on elsewhere,
    packed.
    """

    title: int
    spans: Spans = ()
    episode: int = 0
    play: int = 0
    at_s: int = 0
    position_s: int = 0
    wall_s: int = 0
    played_s: int = 0
    grown_s: int = 0
    low_s: int = 0
    high_s: int = 0
    state: int = 0
    other: bytes = _NO_PLAY

    def begin(self, play: int, at_s: int, position_s: int, state: int) -> None:
        """Another play begins; one with an id that is still on goes on beside it."""
        if play and self.play and self.state & LIVE:
            self.other = self._packed()
        self.play, self.at_s, self.position_s, self.state = play, at_s, position_s, state
        self.wall_s = self.played_s = self.grown_s = self.low_s = self.high_s = 0

    def turn_to(self, play: int) -> bool:
        """Makes the play with this id the newest, if it is known; whether it is. One that is on without an id gets it."""
        if self.state & LIVE and not self.play:
            self.play = play
        if play == self.play:
            return True
        if int.from_bytes(self.other[:4], "little") != play:
            return False
        packed, numbers = self._packed(), _PLAY.unpack(self.other)
        self.play, self.at_s, self.position_s, self.wall_s, self.played_s, self.grown_s, *rest = numbers
        self.low_s, self.high_s, self.state = rest
        self.other = packed
        return True

    def saw(self, begin: int, end: int, new_s: int) -> int:
        """Counts what the play saw next, of which so much was never covered; gives what of it was not seen again."""
        seen_s = max(new_s, unseen(begin, end, self.low_s, self.high_s))
        self.low_s = min(self.low_s, begin) if self.played_s else begin
        self.high_s = max(self.high_s, end)
        self.played_s += end - begin
        self.grown_s += seen_s
        return seen_s

    def is_on(self) -> bool:
        """Whether a play of the title has not ended yet."""
        return bool((self.state | self.other[-1]) & LIVE)

    def is_plain(self) -> bool:
        """Whether nothing of the title is on, and it was watched from its beginning to where it stands."""
        return not self.is_on() and not self.episode and self.spans in ((), (0, self.position_s))

    def packed(self) -> bytes:
        """The track as it is stored."""
        spans = (*[min(span, LARGEST) for span in self.spans], *[0] * (2 * MOST - len(self.spans)))
        return _TRACK.pack(self.title, self.episode, self._packed(), self.other, *spans)

    def _packed(self) -> bytes:
        numbers = (
            *(self.at_s, self.position_s, self.wall_s, self.played_s, self.grown_s),
            *(self.low_s, self.high_s),
        )
        return _PLAY.pack(self.play, *[min(number, LARGEST) for number in numbers], self.state)


def unseen(begin: int, end: int, low_s: int, high_s: int) -> int:
    """Seconds that are outside of what a play has seen, gaps in it counting as seen.

    >>> unseen(10, 30, 0, 20), unseen(0, 30, 10, 20)
    (10, 20)
    """
    return end - begin - max(min(end, high_s) - max(begin, low_s), 0)


def find(tracks: bytes, title: int) -> Track | None:
    """The track of the title with this digest."""
    place = _place(tracks, title)
    if place < 0:
        return None
    return _unpacked(tracks, place)


def put(tracks: bytes, track: Track) -> bytes:
    """With a track in front of the others; the last of too many goes."""
    packed = track.packed()
    place = _place(tracks, track.title)
    if place == 0:
        return packed + tracks[SIZE:]
    if place < 0:
        return packed + _settled(tracks)[: (KEPT - 1) * SIZE]
    return packed + tracks[:place] + tracks[place + SIZE :]


def _settled(tracks: bytes) -> bytes:
    """Without the play that is fresh no longer, if it has ended and left nothing that a row does not hold."""
    place = (FRESH - 1) * SIZE
    if len(tracks) <= place:
        return tracks
    last = _unpacked(tracks, place)
    return tracks[:place] + tracks[place + SIZE :] if last.is_plain() else tracks


def renamed(tracks: bytes, title_id: str, other: str) -> bytes:
    """With the track of a title under another id."""
    place = _place(tracks, title_of(title_id))
    if place < 0:
        return tracks
    return tracks[:place] + title_of(other).to_bytes(4, "little") + tracks[place + 4 :]


def without(tracks: bytes, title: int) -> bytes:
    """Without that of a title."""
    place = _place(tracks, title)
    return tracks if place < 0 else tracks[:place] + tracks[place + SIZE :]


def title_of(title_id: str) -> int:
    """What a track knows a title, an episode or a play by; 0 stands for none."""
    return digest(title_id) or 1


def _unpacked(tracks: bytes, place: int) -> Track:
    title, episode, newest, other, *spans = _TRACK.unpack_from(tracks, place)
    while spans and not spans[-1]:
        del spans[-2:]
    play, at_s, position_s, wall_s, played_s, grown_s, low_s, high_s, state = _PLAY.unpack(newest)
    numbers = play, at_s, position_s, wall_s, played_s, grown_s, low_s, high_s, state
    return Track(title, tuple(spans), episode, *numbers, other)


def _place(tracks: bytes, title: int) -> int:
    key = title.to_bytes(4, "little")
    if tracks.startswith(key):
        return 0
    place = tracks.find(key)
    while place >= 0 and place % SIZE:  # found within a track: not its title
        place = tracks.find(key, place + 1)
    return place
