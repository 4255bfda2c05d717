"""The watched parts of a title: a few disjoint spans of seconds in order, as one flat tuple of begins and ends."""

Spans = tuple[int, ...]
MOST = 4
"""Most spans of a title. With more jumps than that within one film, either the gaps or the spans are short."""


def cover(spans: Spans, begin: int, end: int) -> Spans:
    """Adds the seconds from ``begin`` until ``end``; order-free and idempotent while there are at most ``MOST`` spans.

    >>> cover((0, 10, 50, 60), 8, 20), cover((0, 10, 50, 60), 10, 50)
    ((0, 20, 50, 60), (0, 60))
    """
    if end <= begin:
        return spans
    if not spans:
        return begin, end
    if spans[-2] <= begin <= spans[-1]:  # nearly always, the last span is extended
        return spans if end <= spans[-1] else (*spans[:-1], end)
    merged: list[int] = []
    for first, last in sorted([*zip(spans[::2], spans[1::2], strict=True), (begin, end)]):
        if merged and first <= merged[-1]:
            merged[-1] = max(merged[-1], last)
        else:
            merged += first, last
    return tuple(merged) if len(merged) <= 2 * MOST else _fewer(merged)


def seconds(spans: Spans) -> int:
    """Total length of the spans in seconds.

    >>> seconds((0, 10, 50, 60))
    20
    """
    return sum(spans[1::2]) - sum(spans[::2])


def _fewer(spans: list[int]) -> Spans:
    """Drops the smallest error: either the smallest gap counts as watched, or the shortest span as not watched."""
    gaps = [begin - end for end, begin in zip(spans[1:-1:2], spans[2::2], strict=True)]
    lengths = [end - begin for begin, end in zip(spans[::2], spans[1::2], strict=True)]
    gap, length = min(gaps), min(lengths)
    at = 1 + 2 * gaps.index(gap) if gap <= length else 2 * lengths.index(length)
    return (*spans[:at], *spans[at + 2 :])
