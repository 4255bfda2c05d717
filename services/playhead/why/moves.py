"""Compares two rankings: titles that moved up or down, came in, or went out."""

from collections.abc import Sequence
from typing import NamedTuple


class Move(NamedTuple):
    """A title's place (from 1) before and after, None where it is not in the ranking."""

    title_id: str
    before: int | None
    after: int | None

    @property
    def word(self) -> str:
        """The move in words.

        >>> Move("t", 5, 3).word, Move("t", None, 3).word, Move("t", 5, None).word, Move("t", 2, 2).word
        ('↑2', 'new', 'gone', '')
        """
        if self.before is None or self.after is None:
            return "new" if self.before is None else "gone"
        step = self.before - self.after
        return f"↑{step}" if step > 0 else f"↓{-step}" if step else ""


def moves(before: Sequence[str], after: Sequence[str]) -> list[Move]:
    """The moves of all titles of both rankings, in the order of ``after``, removed ones last.

    >>> [(move.title_id, move.word) for move in moves("abc", "cad")]
    [('c', '↑2'), ('a', '↓1'), ('d', 'new'), ('b', 'gone')]
    """
    was = {title: place for place, title in enumerate(before, 1)}
    now = {title: place for place, title in enumerate(after, 1)}
    return [Move(title, was.get(title), now.get(title)) for title in (now | was)]
