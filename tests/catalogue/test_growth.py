"""The catalogue grows while it is written."""

from playhead.arrays.vocabulary import Vocabulary
from playhead.catalogue.catalogue import Catalogue
from playhead.domain.titles import Title


def test_a_series_that_nobody_had_named_may_be_the_first_title_behind_the_end_of_the_columns() -> None:
    catalogue = Catalogue(Vocabulary())
    for n in range(1_023):
        catalogue.put(Title(title_id=f"t{n}", name="t"))
    catalogue.put(Title(title_id="episode", name="e", series_id="series"))
    assert catalogue.titles.get("series") == 1_024
    assert catalogue.listed[catalogue.titles.get("episode")]
