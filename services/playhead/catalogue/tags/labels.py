"""The labels of the catalogue that are learned: those with enough titles, each with its own column."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from playhead.domain.titles import Title

LEAST_TITLES = 10
"""Least titles of a label that is learned; rarer labels are taken from the catalogue only."""
MOST = 255
"""Most learned labels, those of most titles; with the probe, 256 columns."""
FAMILIES = 16
"""Most families of labels: genres, tags, and the first text attributes seen: pace, tone, palette …"""


class Label(NamedTuple):
    """A label: its name, and its family, the list that it stands in. A title without any label of a family is no negative example for it."""

    family: str
    name: str


@lru_cache(maxsize=65_536)
def _label(family: str, name: str) -> Label:
    """One shared object for all titles with the label, of which the garbage collector would otherwise scan millions."""
    return Label(family, name)


def labels_of(title: Title) -> list[Label]:
    """The labels of a title in the catalogue, each once.

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
    """Counts of labels and families, and the column of each learned label; column 0 is the probe's."""

    def __init__(self) -> None:
        self.counts: Counter[Label] = Counter()
        self.families: dict[str, int] = {"genre": 0, "tag": 1}
        self.sizes: Counter[str] = Counter()
        """Number of titles with any label of a family."""
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
        """Assigns columns to the labels of most titles. Returns the columns that must be learned anew."""
        often = [
            (label, count)
            for label, count in self.counts.items()
            if count >= LEAST_TITLES and label.family in self.families
        ]
        wanted = {label for label, _ in sorted(often, key=lambda item: (-item[1], item[0]))[:MOST]}
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
