"""What the catalogue says of a title to whoever follows how it is watched."""

from typing import NamedTuple

from playhead.catalogue.catalogue import Catalogue


class TitleFacts(NamedTuple):
    """Of one title, 0 for what is not known.

    ``duration_s``: its length; ``credits_s``: from there on it is finished; ``versions``: the other titles of its work;
    ``repeatable``: it is played again and again.
    """

    duration_s: int = 0
    credits_s: int = 0
    versions: tuple[str, ...] = ()
    repeatable: bool = False


UNKNOWN = TitleFacts()


def facts_of(catalogue: Catalogue, title_id: str) -> TitleFacts:
    """What the catalogue says of a title now."""
    number = catalogue.titles.get(title_id)
    entry = catalogue.entries.get(number)
    if entry is None:
        return UNKNOWN
    versions = (
        tuple([catalogue.titles.name(version) for version in catalogue.versions(number)])
        if entry.work_id
        else ()
    )
    repeatable = bool(catalogue.repeatable[number])
    return TitleFacts(int(entry.duration_s or 0), int(entry.credits_from_s or 0), versions, repeatable)
