"""Why a title stands where it stands: the parts of its score, as shares."""

from playhead.domain.rankings import Reason

LEAST = 0.1
"""A part with a smaller share is no reason worth telling."""


def reasons(
    *, taste: float, label: str, after: float, watched: str, chance: float, popular: float
) -> tuple[Reason, ...]:
    """Up to three reasons, the strongest first.

    ``taste`` is the share of the score that the profile's liking of ``label`` gives; what is left is told apart
    into what follows from having chosen ``watched`` (``after`` of ``chance``) and popularity (``popular`` of it).
    """
    rest = 1.0 - taste
    parts = [
        Reason(code="matches_taste", share=round(taste, 2), label=label or None),
        Reason(code="because_you_watched", share=round(rest * after / chance, 2), title_id=watched or None),
        Reason(code="popular_in_market", share=round(rest * popular / chance, 2)),
    ]
    told = [part for part in parts if part.share >= LEAST]
    return tuple(sorted(told, key=lambda part: -part.share))
