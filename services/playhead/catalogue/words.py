"""How labels read as the names of rows."""

from playhead.catalogue.tags.micro_genres import NOUNS


def noun(label: str) -> str:
    """A label as the name of what has it.

    >>> noun("Comedy"), noun("Sci-Fi"), noun("heist")
    ('Comedies', 'Sci-Fi', 'Heist')
    """
    text = NOUNS.get(label.strip().lower(), label)
    return text[:1].upper() + text[1:]
