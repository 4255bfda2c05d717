import pytest
from tests.catalogue.tags.stories import titles

from playhead.domain.errors import Unavailable
from playhead.lab.evaluate.tagging import evaluate_tagging


def test_genres_that_the_synopses_tell_are_found_in_titles_that_were_not_learned() -> None:
    result = evaluate_tagging(titles(400))
    assert (result.learned, result.scored, result.genres) == (320, 80, 3)
    assert result.micro_f1 > 0.85
    assert result.macro_ap > 0.9
    assert result.same_tags > 0.7
    assert result.cosine > 0.9


def test_too_few_titles_are_an_error_that_says_so() -> None:
    with pytest.raises(Unavailable, match="no genre has 50"):
        evaluate_tagging(titles(30))
