"""Names of rows from labels."""

from playhead.catalogue.tags.micro_genres import NOUNS


def noun(label: str) -> str:
    """The plural noun for titles with a label.

    >>> noun("Comedy"), noun("Sci-Fi"), noun("heist")
    ('Comedies', 'Sci-Fi', 'Heist')
    """
    text = NOUNS.get(label.strip().lower(), label)
    return text[:1].upper() + text[1:]
