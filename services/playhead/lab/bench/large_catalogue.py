"""A large catalogue as producers have it: thousands of words in the synopses, hundreds of tags, neither all alike."""

from collections.abc import Iterator
from random import Random

import msgspec

from playhead.domain.titles import Title
from playhead.lab.bench.log import Spec, titles

WORDS = 40_000
"""The n-th is drawn in proportion to 1/n; 5,000 synopses of films have 20,000 stems."""
TAGS = 500
LENGTH = 40
"""Words of a synopsis beside those of the demo's; synopses of films have 50 in the mean."""
_SYLLABLES = tuple(first + second for first in "bdfgklmnprst" for second in "aeiou")


def described(count: int, seed: int = 1) -> Iterator[Title]:
    """So many titles with long synopses; a third has no tags, a fifth no genres: those are to be learned."""
    rng = Random(f"described-{seed}")  # noqa: S311  a simulation, not a secret
    words, tags = [_word(number) for number in range(WORDS)], [f"about {_word(n)}" for n in range(TAGS)]
    for title in titles(Spec(1, 1, count, seed)):
        text = " ".join(words[_place(rng, WORDS)] for _ in range(LENGTH))
        own = tuple(dict.fromkeys(tags[_place(rng, TAGS)] for _ in range(4)))
        yield msgspec.structs.replace(
            title,
            synopsis=f"{title.synopsis} {text}.",
            tags=title.tags + own if rng.random() < 0.67 else (),
            genres=title.genres if rng.random() < 0.8 else (),
        )


def _place(rng: Random, most: int) -> int:
    return int(most ** rng.random()) - 1


def _word(number: int) -> str:
    """A word of its own for each number.

    >>> _word(0), _word(61)
    ('baba', 'bebe')
    """
    text = ""
    while number or len(text) < 4:
        number, syllable = divmod(number, len(_SYLLABLES))
        text = _SYLLABLES[syllable] + text
    return text
