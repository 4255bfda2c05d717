"""Which labels of the catalogue are learned: those of enough titles, each with a column of its own."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from playhead.domain.titles import Title

LEAST_TITLES = 10
"""A label of fewer titles is only what its producer says."""
MOST = 255
"""Learned labels, those of most titles; with the probe, 256 columns."""
FAMILIES = 16
"""Genres, tags, and the first attributes in words that are met: pace, tone, palette …"""


class Label(NamedTuple):
    """A name, and the list it stands in: of a title that has no list of tags, nothing says which tags it lacks."""

    family: str
    name: str


@lru_cache(maxsize=65_536)
def _label(family: str, name: str) -> Label:
    """One object for all titles that have it: there are millions of them, which the garbage collector would look through."""
    return Label(family, name)


def labels_of(title: Title) -> list[Label]:
    """What a producer says of a title, each label once.

    >>> labels_of(Title(title_id="t", name="T", genres=("Crime",), attributes={"pace": "Slow"}))
    [Label(family='genre', name='Crime'), Label(family='pace', name='slow pace')]
    """
    attributes = (
        _label(name.lower(), f"{value.lower()} {name.lower()}")
        for name, value in sorted(title.attributes.items())
        if isinstance(value, str) and value
    )
    genres = (_label("genre", genre) for genre in title.genres)
    tags = (_label("tag", tag) for tag in title.tags)
    return list(dict.fromkeys((*genres, *tags, *attributes)))


class LabelColumns:
    """Counts labels and families, and says which labels have which column; column 0 is the probe's."""

    def __init__(self) -> None:
        self.counts: Counter[Label] = Counter()
        self.families: dict[str, int] = {"genre": 0, "tag": 1}
        self.sizes: Counter[str] = Counter()
        """Titles that say anything of a family."""
        self.column: dict[Label, int] = {}
        self.names: list[Label | None] = [None]

    def count(self, labels: Iterable[Label], by: int) -> None:
        """Adds ``by`` titles with these labels."""
        named = list(labels)
        for label in named:
            self.counts[label] += by
            if not self.counts[label]:
                del self.counts[label]
            if len(self.families) < FAMILIES:
                self.families.setdefault(label.family, len(self.families))
        for family in {label.family for label in named}:
            self.sizes[family] += by

    def lay(self) -> list[int]:
        """Gives columns to the labels of most titles, and returns those columns that are to be learned anew."""
        often = [
            one for one in self.counts.items() if one[1] >= LEAST_TITLES and one[0].family in self.families
        ]
        wanted = {label for label, _ in sorted(often, key=lambda one: (-one[1], one[0]))[:MOST]}
        changed = []
        for column, label in enumerate(self.names):
            if label is not None and label not in wanted:
                self.names[column] = None
                del self.column[label]
                changed.append(column)
        free = [column for column, label in enumerate(self.names) if column and label is None]
        for label in sorted(wanted - self.column.keys()):
            if free:
                column = free.pop(0)
                self.names[column] = label
            else:
                column = len(self.names)
                self.names.append(label)
                changed.append(column)
            self.column[label] = column
        return changed
