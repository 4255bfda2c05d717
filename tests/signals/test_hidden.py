"""Wishes not to see titles, and what takes them back."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.signals.folded import folded
from tests.timeline import event

from playhead.arrays.hashing import digest
from playhead.domain.records import Source
from playhead.signals.hidden import HIDDEN, KEPT, WIDTH, Hidden, Wish
from playhead.signals.opinions import OPINIONS
from playhead.signals.opinions import WISH as RATED_BY_WISH
from playhead.signals.record import Profile, decode, encode, fold

WISH = event("not_interested", title_id="a")
HORROR = event("not_interested", title_id="a", scope="genre", name="Horror")


def digests_of(*names: str) -> bytes:
    return b"".join(digest(name).to_bytes(WIDTH, "little") for name in names)


def test_only_a_choice_of_the_title_takes_a_wish_back() -> None:
    hidden = Hidden(titles=digests_of("a"))
    assert folded(HIDDEN, WISH) == folded(HIDDEN, WISH, WISH) == hidden
    for trigger in ("autoplay", "preview"):
        assert folded(HIDDEN, WISH, event("playback_started", title_id="a", trigger=trigger)) == hidden
    for none in ("title_clicked", "playback_completed", "history_removed", "watchlist_removed"):
        assert folded(HIDDEN, WISH, event(none, title_id="a")) == hidden
    assert folded(HIDDEN, WISH, event("playback_started", title_id="b")) == hidden
    assert folded(HIDDEN, WISH, event("playback_started", title_id="a")) == Hidden()
    assert folded(HIDDEN, WISH, event("watchlist_added", title_id="a")) == Hidden()


def test_undo_takes_back_what_was_said_whichever_name_it_had() -> None:
    assert (
        folded(HIDDEN, HORROR) == folded(HIDDEN, HORROR, HORROR) == Hidden(genres=digests_of("Horror", "a"))
    )
    assert folded(HIDDEN, HORROR, event("playback_started", title_id="a")) == folded(HIDDEN, HORROR)
    same_genre = event("not_interested", title_id="b", scope="genre", name="Horror", undo=True)
    same_title = event("not_interested", title_id="a", scope="genre", undo=True)
    other = event("not_interested", title_id="a", scope="person", name="Horror", undo=True)
    assert folded(HIDDEN, HORROR, same_genre) == folded(HIDDEN, HORROR, same_title) == Hidden()
    assert folded(HIDDEN, HORROR, other) == folded(HIDDEN, HORROR)
    assert folded(HIDDEN, WISH, event("not_interested", title_id="a", undo=True)) == Hidden()


def test_a_thumb_down_hides_until_it_is_taken_back() -> None:
    down = event("title_rated", title_id="a", value=0.2)
    assert folded(HIDDEN, down) == Hidden(disliked=digests_of("a"))
    assert folded(HIDDEN, down, event("playback_started", title_id="a")) == Hidden(disliked=digests_of("a"))
    assert folded(HIDDEN, down, event("title_rated", title_id="a", value=None)) == Hidden()
    assert folded(HIDDEN, down, event("title_rated", title_id="a", value=0.25)) == Hidden()
    assert folded(HIDDEN, down, event("not_interested", title_id="a", undo=True)) == Hidden()
    # A better rating is no word on a wish.
    assert folded(HIDDEN, WISH, event("title_rated", title_id="a", value=1)) == Hidden(titles=digests_of("a"))


def test_what_is_hidden_says_of_taste_what_a_thumb_down_says() -> None:
    up = event("title_rated", title_id="a", value=1)
    assert folded(OPINIONS, up, WISH).ratings == (("a", RATED_BY_WISH),)
    assert folded(OPINIONS, WISH, event("playback_started", title_id="a")).ratings == ()
    assert folded(OPINIONS, WISH, event("watchlist_added", title_id="a")).ratings == ()
    assert folded(OPINIONS, WISH, event("not_interested", title_id="a", undo=True)).ratings == ()
    preview = event("playback_started", title_id="a", trigger="preview")
    assert folded(OPINIONS, WISH, preview) == folded(OPINIONS, WISH)
    # What was said by rating stays, whatever is played.
    assert folded(OPINIONS, up, event("playback_started", title_id="a")).ratings == (("a", 1.0),)
    assert folded(OPINIONS, up, event("title_rated", title_id="a", value=None)).ratings == ()


def test_a_wish_that_nobody_could_explain_waits() -> None:
    untold = event("not_interested", title_id="a", scope="series")
    assert folded(HIDDEN, untold, untold) == Hidden(untold=(Wish("a", "series"),))
    undo = event("not_interested", title_id="a", scope="series", name="s", undo=True)
    assert folded(HIDDEN, untold, undo) == Hidden()
    assert folded(HIDDEN, untold).digests() == digests_of("a")


def test_thousands_are_kept_the_oldest_go_first() -> None:
    wishes = [event("not_interested", title_id=f"t{n}") for n in range(KEPT + 5)]
    kept = folded(HIDDEN, *wishes)
    assert kept.titles == digests_of(*(f"t{n}" for n in range(5, KEPT + 5)))


def test_wishes_as_they_were_stored_once_are_read() -> None:
    profile = Profile()
    fold(profile, WISH)
    stored = msgspec.msgpack.decode(encode(profile, Source(7, 0), 1)[12:])
    stored["hidden_v1"] = [["b", "genre"], ["a", "title"]]
    old = encode(Profile(), Source(7, 0), 1)[:12] + msgspec.msgpack.encode(stored)
    assert HIDDEN.of(decode(old)[2]) == Hidden(titles=digests_of("a"), untold=(Wish("b", "genre"),))


_NAMES = st.sampled_from("abc")
_ACTS = st.one_of(
    st.tuples(st.just("wish"), _NAMES),
    st.tuples(st.just("undo"), _NAMES),
    st.tuples(st.just("play"), _NAMES),
    st.tuples(st.just("autoplay"), _NAMES),
    st.tuples(st.just("down"), _NAMES),
    st.tuples(st.just("up"), _NAMES),
)
_EVENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "wish": ("not_interested", {}),
    "undo": ("not_interested", {"undo": True}),
    "play": ("playback_started", {}),
    "autoplay": ("playback_started", {"trigger": "autoplay"}),
    "down": ("title_rated", {"value": 0}),
    "up": ("title_rated", {"value": 1}),
}


@given(acts=st.lists(_ACTS, max_size=20))
@tried(60)
def test_as_a_person_would_say_it(acts: list[tuple[str, str]]) -> None:
    wished, disliked, profile = set[str](), set[str](), Profile()
    for n, (act, title) in enumerate(acts):
        type_, more = _EVENTS[act]
        fold(profile, event(type_, at_s=n, title_id=title, **more))
        if act == "wish":
            wished.add(title)
        elif act in {"undo", "play"}:
            wished.discard(title)
        if act == "down":
            disliked.add(title)
        elif act in {"up", "undo"}:
            disliked.discard(title)
    hidden = HIDDEN.of(decode(encode(profile, Source(7, 0), 1))[2])
    digests = {hidden.digests()[at : at + WIDTH] for at in range(0, len(hidden.digests()), WIDTH)}
    assert digests == {digests_of(title) for title in wished | disliked}
