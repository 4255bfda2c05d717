"""What the profile asked not to see again, kept for its whole life: digests of titles, series, genres and people."""

from msgspec import Struct
from msgspec.structs import replace

from playhead.arrays.hashing import digest
from playhead.domain import events as e
from playhead.labels.definitions import NO_CHOICE
from playhead.signals.signal import Signal

KEPT = 4_096
"""Most hidden titles, and most entries of each scope: more than a person can ask for."""
UNTOLD = 100
"""Most wishes that are kept by title id because the catalogue does not yet know their series, genre or person."""
WIDTH = 4
"""Bytes a digest; a wish about a series, a genre or a person has two: of its name, and of the title at which it was made."""
DISLIKED = 0.25
"""A rating below this hides the title."""
SCOPES = {"series": "series", "genre": "genres", "person": "people"}
"""Scopes of wishes beyond a title, with the field that holds each."""


class Wish(Struct, frozen=True, array_like=True, gc=False):
    """A wish about the series, genre or person of a title, which the catalogue could not name yet."""

    title_id: str
    scope: str = "title"


class Hidden(Struct, frozen=True, omit_defaults=True, gc=False):
    """Digests, oldest first: of titles, of disliked titles, and pairs (name, title) for each other scope; ``untold``: wishes without a name."""

    titles: bytes = b""
    disliked: bytes = b""
    series: bytes = b""
    genres: bytes = b""
    people: bytes = b""
    untold: tuple[Wish, ...] = ()

    def named(self) -> list[tuple[str, int]]:
        """Scope and digest of each hidden series, genre and person."""
        return [
            (scope, int.from_bytes(pairs[at : at + WIDTH], "little"))
            for scope, field in SCOPES.items()
            for pairs in [getattr(self, field)]
            for at in range(0, len(pairs), 2 * WIDTH)
        ]

    def digests(self) -> bytes:
        """Digests of all titles at which a wish was made, of any scope."""
        titles_of_pairs = [
            pairs[at + WIDTH : at + 2 * WIDTH]
            for pairs in (self.series, self.genres, self.people)
            for at in range(0, len(pairs), 2 * WIDTH)
        ]
        return b"".join(
            (self.titles, self.disliked, *titles_of_pairs, *(_mark(wish.title_id) for wish in self.untold))
        )


def fold(state: Hidden, event: e.Event) -> Hidden:
    """Adds a wish, or takes it back by ``undo`` or by a choice of that very title; idempotent.

    A disliked title is hidden until its rating is taken back or raised. Autoplay and previews are no choices, and
    removing a title from the history does not change wishes.
    """
    match event:
        case e.NotInterested():
            return _undone(state, event) if event.undo else _added(state, event)
        case e.TitleRated(title_id=title_id, value=value):
            rest = _without(state.disliked, _mark(title_id), WIDTH)
            low = value is not None and value < DISLIKED
            kept = _with(rest, _mark(title_id)) if low else rest
            return state if kept == state.disliked else replace(state, disliked=kept)
        case e.PlaybackStarted(trigger=trigger) if trigger in NO_CHOICE:
            return state
        case e.PlaybackStarted(title_id=title_id) | e.WatchlistAdded(title_id=title_id):
            kept = _without(state.titles, _mark(title_id), WIDTH)
            return state if kept == state.titles else replace(state, titles=kept)
    return state


def _added(state: Hidden, event: e.NotInterested) -> Hidden:
    digest, field = _mark(event.title_id), SCOPES.get(event.scope)
    if field is None:
        return replace(state, titles=_with(_without(state.titles, digest, WIDTH), digest))
    if not event.name:
        wish = Wish(event.title_id, event.scope)
        return state if wish in state.untold else replace(state, untold=(*state.untold, wish)[-UNTOLD:])
    pair = _mark(event.name) + digest
    pairs = _without(getattr(state, field), pair[:WIDTH], 2 * WIDTH)
    return replace(state, **{field: _with(pairs, pair)})


def _undone(state: Hidden, event: e.NotInterested) -> Hidden:
    digest, field = _mark(event.title_id), SCOPES.get(event.scope)
    if field is None:
        titles, disliked = (_without(digests, digest, WIDTH) for digests in (state.titles, state.disliked))
        return replace(state, titles=titles, disliked=disliked)
    pairs = _without(getattr(state, field), digest, 2 * WIDTH, at=WIDTH)
    if event.name:
        pairs = _without(pairs, _mark(event.name), 2 * WIDTH)
    untold = tuple(wish for wish in state.untold if wish != Wish(event.title_id, event.scope))
    return replace(state, untold=untold, **{field: pairs})


def _mark(name: str) -> bytes:
    return digest(name).to_bytes(WIDTH, "little")


def _with(digests: bytes, digest: bytes) -> bytes:
    return (digests + digest)[-KEPT * len(digest) :]


def _without(digests: bytes, digest: bytes, width: int, at: int = 0) -> bytes:
    """The entries, ``width`` bytes each, without those that hold ``digest`` at byte ``at``."""
    if digest not in digests:
        return digests
    entries = (digests[first : first + width] for first in range(0, len(digests), width))
    return b"".join(entry for entry in entries if entry[at : at + WIDTH] != digest)


def _restored(stored: Hidden | tuple[Wish, ...]) -> Hidden:
    """The wishes of a stored record; older records hold at most a hundred ``Wish``, newest first."""
    if isinstance(stored, Hidden):
        return stored
    titles = [_mark(wish.title_id) for wish in reversed(stored) if wish.scope not in SCOPES]
    return Hidden(
        titles=b"".join(titles), untold=tuple(wish for wish in reversed(stored) if wish.scope in SCOPES)
    )


HIDDEN = Signal[Hidden](
    name="hidden",
    version=1,
    kind=Hidden | tuple[Wish, ...],
    initial=Hidden(),
    fold=fold,
    events=(e.NotInterested, e.PlaybackStarted, e.WatchlistAdded, e.TitleRated),
    restored=_restored,
)
