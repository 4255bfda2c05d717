"""Facts of a title that interpreting its playback needs."""

from typing import NamedTuple

from playhead.catalogue.catalogue import Catalogue


class TitleFacts(NamedTuple):
    """Facts of one title, 0 if unknown.

    ``duration_s``: its length; ``credits_s``: position of the credits, from which it is finished; ``versions``: the other titles of its work;
    ``repeatable``: it is meant to be played again and again.
    """

    duration_s: int = 0
    credits_s: int = 0
    versions: tuple[str, ...] = ()
    repeatable: bool = False


UNKNOWN = TitleFacts()


def facts_of(catalogue: Catalogue, title_id: str) -> TitleFacts:
    """The facts of a title in the current catalogue."""
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
