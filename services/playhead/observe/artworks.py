"""Take fractions of pictures: how often each was shown, and its title taken; the first ``PICTURES`` by name, all others together."""

from collections.abc import Iterable

from playhead.domain.stats import ArtworkTake
from playhead.observe import metrics
from playhead.observe.markets import OTHER


class Pictures:
    """The pictures with a label of their own, in the order they were met."""

    def __init__(self, most: int = metrics.PICTURES) -> None:
        self._most = most
        self._named: set[str] = set()

    def learned(self, takes: Iterable[ArtworkTake]) -> None:
        """Counts pictures that were shown, and taken."""
        for artwork_id, taken in takes:
            name = self._name(artwork_id)
            metrics.ARTWORK_IMPRESSIONS.labels(name).inc()
            metrics.ARTWORK_TAKES.labels(name).inc(taken)

    def _name(self, artwork_id: str) -> str:
        if artwork_id not in self._named and len(self._named) >= self._most:
            return OTHER
        self._named.add(artwork_id)
        return artwork_id


SHARED = Pictures()
"""The pictures of this process."""
