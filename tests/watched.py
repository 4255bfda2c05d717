"""Titles of a watch history in their rows, made for tests."""

from hypothesis import strategies as st

from playhead.signals.rows import (
    AGAIN,
    CLICKED,
    ENDED,
    EPISODE,
    FARTHEST,
    GOING,
    LARGEST,
    MOST_PLAYS,
    Watched,
)


def watched(title_ids: st.SearchStrategy[str]) -> st.SearchStrategy[Watched]:
    """Titles with these ids."""
    number = st.integers(0, LARGEST)
    return st.builds(
        Watched,
        title_ids,
        number,
        number,
        number,
        st.sampled_from(["", "tv", "web"]),
        st.integers(0, MOST_PLAYS),
        st.booleans(),
        st.booleans(),
        number,
        st.integers(-FARTHEST, FARTHEST),
        st.sampled_from([0, CLICKED, GOING | AGAIN, ENDED | EPISODE]),
    )
