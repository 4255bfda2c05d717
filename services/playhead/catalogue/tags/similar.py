"""Similar titles, by the cosine of their embeddings."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from playhead.domain.title_tags import TitleTags


class Similar(NamedTuple):
    """A title, and the cosine of its embedding to that of the title asked for."""

    title_id: str
    cosine: float


def most_similar(title_tags: TitleTags, others: Sequence[TitleTags], count: int) -> list[Similar]:
    """The ``count`` most similar of some titles, best first; without the title itself, and without titles that have no embedding."""
    known = [other for other in others if other.embedding and other.title_id != title_tags.title_id]
    if not known or not title_tags.embedding:
        return []
    cosines = np.array([other.embedding for other in known]) @ np.array(title_tags.embedding)
    nearest = sorted(range(len(known)), key=lambda at: (-cosines[at], known[at].title_id))
    return [Similar(known[at].title_id, round(float(cosines[at]), 3)) for at in nearest[:count]]
