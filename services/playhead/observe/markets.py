"""Market labels of metrics: the first ``MARKETS`` by name, all others together."""

from playhead.observe.metrics import MARKETS

OTHER = "other"


class Markets:
    """Market names in the order they were met, up to a bound.

    >>> markets = Markets(2)
    >>> [markets.name(each) for each in ("BR", "DE", "BR", "FR")]
    ['BR', 'DE', 'BR', 'other']
    """

    def __init__(self, most: int = MARKETS) -> None:
        self._most = most
        self._named: set[str] = set()

    def name(self, market: str) -> str:
        """The label of a market."""
        if market not in self._named and len(self._named) >= self._most:
            return OTHER
        self._named.add(market)
        return market


SHARED = Markets()
"""The market labels of this process."""
