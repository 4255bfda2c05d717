"""Tracks: the state of live plays, and of ended plays that a row of the history can't hold.

A row holds the seconds watched and the position, which is enough for nearly every title once
its play is over, as it was watched from its beginning. The newest titles that are being played, or that have gaps, have a track beside it.
"""

import struct

from msgspec import Struct

from playhead.arrays.hashing import digest
from playhead.signals.covered import MOST, Spans

KEPT = 6
"""Most tracks: more plays than one profile has at a time. The history still holds seconds and position of a title whose track is dropped."""
FRESH = 2
"""Number of newest plays whose ids are kept after their end, to recognise a repeated end."""
LIVE, PAUSED, REPORTED, AUTOPLAY, PREVIEW = 1, 2, 4, 8, 16
"""Flags of a play: it is live; it is paused; its position was reported, not estimated; it began automatically; it is a preview."""

_PLAY = struct.Struct("<8IB")
_TRACK = struct.Struct(f"<II{_PLAY.size}s{_PLAY.size}s{2 * MOST}I")
SIZE = _TRACK.size
_NO_PLAY = bytes(_PLAY.size)
LARGEST = 2**32 - 1


class Track(Struct, gc=False):
    """The watched parts of a title in this viewing (``spans``), and its newest play. Mutable, owned by the caller that unpacked it.

    ``title``, ``episode``, ``play``: digests of ids, 0 for none. ``at_s``, ``position_s``: time and position of the play's last event.
    ``wall_s``: seconds that it ran by the clock, ``played_s``: seconds played in it, ``grown_s``: of these without parts
    seen again, ``low_s`` and ``high_s``: range of positions played. ``other``: another live play of the title on another device,
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
        """Begins another play; a live play with an id is kept beside it as ``other``."""
        if play and self.play and self.state & LIVE:
            self.other = self._packed()
        self.play, self.at_s, self.position_s, self.state = play, at_s, position_s, state
        self.wall_s = self.played_s = self.grown_s = self.low_s = self.high_s = 0

    def turn_to(self, play: int) -> bool:
        """Makes the play with this id the newest one. Returns whether it is known; a live play without an id gets this one."""
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
        """Adds a played part, of which ``new_s`` seconds were never watched before. Returns its seconds that were not seen again in this play."""
        seen_s = max(new_s, unseen(begin, end, self.low_s, self.high_s))
        self.low_s = min(self.low_s, begin) if self.played_s else begin
        self.high_s = max(self.high_s, end)
        self.played_s += end - begin
        self.grown_s += seen_s
        return seen_s

    def is_on(self) -> bool:
        """Whether a play of the title is live."""
        return bool((self.state | self.other[-1]) & LIVE)

    def is_plain(self) -> bool:
        """Whether no play of the title is live, and it was watched from its beginning to its position."""
        return not self.is_on() and not self.episode and self.spans in ((), (0, self.position_s))

    def packed(self) -> bytes:
        """The stored form of the track."""
        spans = (*[min(span, LARGEST) for span in self.spans], *[0] * (2 * MOST - len(self.spans)))
        return _TRACK.pack(self.title, self.episode, self._packed(), self.other, *spans)

    def _packed(self) -> bytes:
        numbers = (
            *(self.at_s, self.position_s, self.wall_s, self.played_s, self.grown_s),
            *(self.low_s, self.high_s),
        )
        return _PLAY.pack(self.play, *[min(number, LARGEST) for number in numbers], self.state)


def unseen(begin: int, end: int, low_s: int, high_s: int) -> int:
    """Seconds of a part that are outside of the range ``low_s`` to ``high_s`` that a play has covered.

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
    """The tracks with this one at the front; the last one beyond ``KEPT`` is dropped."""
    packed = track.packed()
    place = _place(tracks, track.title)
    if place == 0:
        return packed + tracks[SIZE:]
    if place < 0:
        return packed + _settled(tracks)[: (KEPT - 1) * SIZE]
    return packed + tracks[:place] + tracks[place + SIZE :]


def _settled(tracks: bytes) -> bytes:
    """The tracks without the one at place ``FRESH`` - 1 if it is plain, as a row holds all of it."""
    place = (FRESH - 1) * SIZE
    if len(tracks) <= place:
        return tracks
    last = _unpacked(tracks, place)
    return tracks[:place] + tracks[place + SIZE :] if last.is_plain() else tracks


def renamed(tracks: bytes, title_id: str, other: str) -> bytes:
    """The tracks with that of a title moved to another id."""
    place = _place(tracks, title_of(title_id))
    if place < 0:
        return tracks
    return tracks[:place] + title_of(other).to_bytes(4, "little") + tracks[place + 4 :]


def without(tracks: bytes, title: int) -> bytes:
    """The tracks without that of a title."""
    place = _place(tracks, title)
    return tracks if place < 0 else tracks[:place] + tracks[place + SIZE :]


def title_of(title_id: str) -> int:
    """The digest by which a track identifies a title, an episode or a play; never 0, which stands for none."""
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
    while place >= 0 and place % SIZE:  # a match within a track is no title
        place = tracks.find(key, place + 1)
    return place
