import pytest
from tests.catalogue.tags.stories import titles

from playhead.domain.errors import Unavailable
from playhead.lab.evaluate.tagging import evaluate_tagging


def test_genres_that_the_synopses_tell_are_found_in_titles_that_were_not_learned() -> None:
    found = evaluate_tagging(titles(400))
    assert (found.learned, found.scored, found.genres) == (320, 80, 3)
    assert found.micro_f1 > 0.85
    assert found.macro_ap > 0.9
    assert found.same_tags > 0.7
    assert found.cosine > 0.9


def test_too_few_titles_are_an_error_that_says_so() -> None:
    with pytest.raises(Unavailable, match="no genre has 50"):
        evaluate_tagging(titles(30))
