"""The mood of a title, from its tags: a small lexicon, written for Playhead."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from playhead.domain.title_tags import Mood

# For each word: valence, arousal, tension.
LEXICON: Mapping[str, tuple[float, float, float]] = {
    "action": (0.1, 0.8, 0.6),
    "adventure": (0.4, 0.6, 0.4),
    "animation": (0.4, 0.2, 0.1),
    "biography": (0.0, -0.1, 0.2),
    "bleak": (-0.8, -0.2, 0.5),
    "blood": (-0.6, 0.7, 0.8),
    "bright": (0.6, 0.2, 0.0),
    "calm": (0.4, -0.7, 0.0),
    "chase": (0.0, 0.8, 0.7),
    "christmas": (0.7, 0.1, 0.0),
    "comedy": (0.7, 0.3, 0.0),
    "cozy": (0.7, -0.5, 0.0),
    "crime": (-0.4, 0.4, 0.7),
    "dance": (0.6, 0.6, 0.1),
    "dark": (-0.6, 0.1, 0.6),
    "death": (-0.7, 0.0, 0.4),
    "disaster": (-0.4, 0.8, 0.8),
    "documentary": (0.0, -0.3, 0.1),
    "drama": (-0.2, -0.1, 0.3),
    "dystopia": (-0.6, 0.3, 0.6),
    "emotional": (-0.1, 0.2, 0.3),
    "family": (0.6, 0.1, 0.0),
    "fantasy": (0.3, 0.4, 0.3),
    "fast": (0.1, 0.7, 0.4),
    "feel-good": (0.9, 0.2, 0.0),
    "friendship": (0.6, 0.1, 0.0),
    "funny": (0.8, 0.4, 0.0),
    "gentle": (0.5, -0.6, 0.0),
    "ghost": (-0.5, 0.4, 0.8),
    "gore": (-0.7, 0.8, 0.8),
    "grief": (-0.8, -0.3, 0.3),
    "gritty": (-0.5, 0.2, 0.5),
    "gun": (-0.3, 0.6, 0.7),
    "happy": (0.9, 0.4, 0.0),
    "heist": (0.2, 0.6, 0.7),
    "history": (-0.1, -0.1, 0.2),
    "holiday": (0.7, 0.2, 0.0),
    "hope": (0.6, 0.1, 0.1),
    "horror": (-0.7, 0.7, 0.9),
    "intense": (-0.1, 0.7, 0.7),
    "kidnapping": (-0.6, 0.6, 0.9),
    "light": (0.6, 0.0, 0.0),
    "loneliness": (-0.6, -0.5, 0.2),
    "love": (0.6, 0.2, 0.1),
    "melancholy": (-0.5, -0.5, 0.2),
    "monster": (-0.4, 0.6, 0.8),
    "murder": (-0.7, 0.5, 0.8),
    "music": (0.5, 0.4, 0.0),
    "musical": (0.6, 0.5, 0.0),
    "mystery": (-0.2, 0.2, 0.7),
    "nature": (0.4, -0.4, 0.1),
    "noir": (-0.5, 0.0, 0.6),
    "parody": (0.7, 0.4, 0.0),
    "party": (0.7, 0.6, 0.0),
    "playful": (0.7, 0.4, 0.0),
    "psychological": (-0.4, 0.2, 0.7),
    "quiet": (0.1, -0.7, 0.1),
    "quirky": (0.5, 0.2, 0.0),
    "relaxed": (0.5, -0.6, 0.0),
    "revenge": (-0.5, 0.6, 0.7),
    "romance": (0.6, 0.1, 0.1),
    "romantic": (0.6, 0.1, 0.1),
    "sad": (-0.8, -0.4, 0.2),
    "satire": (0.3, 0.2, 0.1),
    "scary": (-0.6, 0.7, 0.9),
    "serial": (-0.5, 0.4, 0.8),
    "slow": (-0.1, -0.6, 0.2),
    "sport": (0.4, 0.6, 0.3),
    "sports": (0.4, 0.6, 0.3),
    "spy": (0.0, 0.5, 0.7),
    "survival": (-0.3, 0.6, 0.8),
    "suspense": (-0.2, 0.6, 0.9),
    "tense": (-0.3, 0.6, 0.9),
    "terrorism": (-0.6, 0.6, 0.8),
    "thriller": (-0.3, 0.6, 0.9),
    "tragedy": (-0.8, 0.1, 0.5),
    "uplifting": (0.9, 0.3, 0.0),
    "vampire": (-0.4, 0.5, 0.7),
    "violence": (-0.7, 0.7, 0.8),
    "war": (-0.6, 0.6, 0.7),
    "warm": (0.7, -0.2, 0.0),
    "wedding": (0.6, 0.3, 0.1),
    "western": (0.0, 0.3, 0.5),
    "whimsical": (0.6, 0.3, 0.0),
    "witty": (0.6, 0.3, 0.0),
    "youth": (0.5, 0.4, 0.0),
    "zombie": (-0.6, 0.7, 0.9),
}
_WORD = re.compile(r"[\w-]+")
NEUTRAL = 0.5
"""Weight of a neutral mood in the mean, which shrinks it."""


def mood_of(tags: Iterable[tuple[str, float]], attributes: Mapping[str, float | str]) -> Mood:
    """The mean mood of the words in the tags, weighted by confidence; numeric attributes of the catalogue override it.

    >>> mood_of([("Comedy", 1.0), ("holiday romance", 0.5)], {"tension": 0.25})
    Mood(valence=0.54, arousal=0.18, tension=0.25)
    """
    total, valence, arousal, tension = NEUTRAL, 0.0, 0.0, 0.0
    for name, confidence in tags:
        for word_valence, word_arousal, word_tension in _places(name):
            total += confidence
            valence, arousal, tension = (
                valence + confidence * word_valence,
                arousal + confidence * word_arousal,
                tension + confidence * word_tension,
            )
    return Mood(
        _given(attributes, "valence", -1.0, round(valence / total, 2)),
        _given(attributes, "arousal", -1.0, round(arousal / total, 2)),
        _given(attributes, "tension", 0.0, round(tension / total, 2)),
    )


@lru_cache(maxsize=10_000)
def _places(name: str) -> list[tuple[float, float, float]]:
    """The moods of the words of a tag that are in the lexicon."""
    return [LEXICON[word] for word in _WORD.findall(name.lower()) if word in LEXICON]


def _given(attributes: Mapping[str, float | str], name: str, least: float, otherwise: float) -> float:
    value = attributes.get(name)
    return round(min(1.0, max(least, value)), 2) if isinstance(value, float) else otherwise
