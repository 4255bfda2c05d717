"""What was covered of a title: a few spans of seconds, apart and in order, as one flat tuple of where they begin and end."""

Spans = tuple[int, ...]
MOST = 4
"""Spans kept of a title. Whoever jumps more often than that within one film leaves out little each time, or sees little."""


def cover(spans: Spans, begin: int, end: int) -> Spans:
    """With the seconds from ``begin`` until ``end``; order-free and idempotent as long as there are few spans.

    >>> cover((0, 10, 50, 60), 8, 20), cover((0, 10, 50, 60), 10, 50)
    ((0, 20, 50, 60), (0, 60))
    """
    if end <= begin:
        return spans
    if not spans:
        return begin, end
    if spans[-2] <= begin <= spans[-1]:  # it goes on, as it nearly always does
        return spans if end <= spans[-1] else (*spans[:-1], end)
    merged: list[int] = []
    for first, last in sorted([*zip(spans[::2], spans[1::2], strict=True), (begin, end)]):
        if merged and first <= merged[-1]:
            merged[-1] = max(merged[-1], last)
        else:
            merged += first, last
    return tuple(merged) if len(merged) <= 2 * MOST else _fewer(merged)


def seconds(spans: Spans) -> int:
    """How many seconds were covered.

    >>> seconds((0, 10, 50, 60))
    20
    """
    return sum(spans[1::2]) - sum(spans[::2])


def _fewer(spans: list[int]) -> Spans:
    """One span fewer: whichever is the smaller untruth, the smallest gap taken for watched or the shortest span for not."""
    gaps = [begin - end for end, begin in zip(spans[1:-1:2], spans[2::2], strict=True)]
    lengths = [end - begin for begin, end in zip(spans[::2], spans[1::2], strict=True)]
    gap, length = min(gaps), min(lengths)
    at = 1 + 2 * gaps.index(gap) if gap <= length else 2 * lengths.index(length)
    return (*spans[:at], *spans[at + 2 :])
