"""A story says what the ranking and the catalogue say, in right words, and nothing else."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried

from playhead.domain.rankings import Cause, RankedItem, Ranking, Reason, Row
from playhead.domain.titles import Title
from playhead.stories.compose import story
from playhead.stories.evidence import KINDS, MANNERS, NOUNS, Evidence
from playhead.stories.stories import stories
from playhead.stories.wording import LANGUAGES, bundle, language_of, worded

AT_MS = 1_767_225_600_000
DAY_MS = 86_400_000
SENTENCES = {
    "person": (("cause", "Zabriskie"), ("person", "Quentin")),
    "theme": (("cause", "Zabriskie"), ("theme", "heists")),
    "cause": (("cause", "Zabriskie"),),
    "taste": (("label", "Crime"),),
    "popular": (("market", "BR"),),
    "popular-anywhere": (),
    "next": (("season", 2), ("episode", 3)),
    "left": (("minutes", 5),),
    "leaving": (("days", 5),),
}
CAUSE = Title(title_id="c", name="Zabriskie", credits=("Ada", "Bo"), tags=("heist",))


def evidence(title: Title, *codes: str, row_id: str = "top_picks", cause: Title | None = CAUSE) -> Evidence:
    reasons = tuple(Reason(code=code, share=0.5, title_id="c", label="Crime") for code in codes)
    return Evidence(title, reasons, row_id, cause, 700, "BR", AT_MS)


def test_every_language_says_everything_of_every_kind_of_title() -> None:
    for language, noun, manner in product(
        LANGUAGES, {*NOUNS.values(), *KINDS, "title"}, [None, *sorted(set(MANNERS.values()))]
    ):
        for message, slots in SENTENCES.items():
            text = worded(language, message, slots, noun, manner)
            assert text
            assert not re.search(r"[{}$]|None|  ", text)
            assert all(str(value) in text for _, value in slots)


def test_the_languages_have_the_same_messages() -> None:
    english = set(bundle("en")._messages)
    for language in LANGUAGES:
        left_out = english - set(bundle(language)._messages)
        assert not left_out, (language, left_out)


@pytest.mark.parametrize(
    ("language", "days", "text"),
    [
        ("en", 1, "Leaves in one day."),
        ("en", 2, "Leaves in 2 days."),
        ("de", 1, "Noch einen Tag da."),
        ("es", 1, "Se va en un día."),
        ("es", 3, "Se va en 3 días."),
        ("fr", 0, "Dernier jour."),
        ("fr", 1, "Plus qu'un jour."),
        ("pt", 0, "Sai hoje."),
        ("pt", 1, "Sai em um dia."),
        ("ja", 1, "あと1日で配信終了。"),
    ],
)
def test_numbers_are_right(language: str, days: int, text: str) -> None:
    assert worded(language, "leaving", (("days", days),)) == text


@pytest.mark.parametrize(
    ("language", "noun", "manner", "text"),
    [
        ("en", "comedy", "uplifting", "An uplifting comedy that many choose."),
        ("de", "comedy", "dark", "Eine düstere Komödie, die gerade viele wählen."),
        ("de", "thriller", "dark", "Ein düsterer Thriller, den gerade viele wählen."),
        ("de", "drama", "dark", "Ein düsteres Drama, das gerade viele wählen."),
        ("es", "comedy", "scary", "Una comedia aterradora que muchos eligen."),
        ("es", "drama", "scary", "Un drama aterrador que muchos eligen."),
        ("fr", "comedy", "warm", "Une comédie chaleureuse que beaucoup choisissent."),
        ("pt", "thriller", "gritty", "Um thriller cru que muitos escolhem."),
        ("pt", "comedy", "gritty", "Uma comédia crua que muitos escolhem."),
    ],
)
def test_gender_is_right(language: str, noun: str, manner: str, text: str) -> None:
    assert worded(language, "popular-anywhere", (), noun, manner) == text


def test_what_both_have_is_named_and_what_only_one_has_is_not() -> None:
    both = Title(title_id="t", name="T", genres=("Crime",), credits=("Bo",), attributes={"pace": "Slow"})
    assert story("en", evidence(both, "because_you_watched")) == (
        "A slow-burn crime story with Bo, as in “Zabriskie”, which you watched."
    )
    theme = Title(title_id="t", name="T", genres=("Comedy",), credits=("Cy",), tags=("heist",))
    assert story("en", evidence(theme, "because_you_watched")) == (
        "A comedy about heist, like “Zabriskie”, which you watched."
    )
    neither = Title(title_id="t", name="T", kind="movie", credits=("Cy",), tags=("spies",))
    assert story("en", evidence(neither, "because_you_watched")) == "A film, because you watched “Zabriskie”."


def test_a_row_tells_where_the_ranking_gives_no_reason() -> None:
    title = Title(title_id="t", name="T", available_until=AT_MS + 3 * DAY_MS + 5)
    assert story("en", evidence(title, row_id="leaving_soon")) == "Leaves in 3 days."
    assert story("en", evidence(title, row_id="continue_watching")) == "11 minutes left."
    assert story("en", evidence(title, row_id="trending")) == "A title that many choose in BR."
    assert story("en", evidence(title, row_id="new_for_you", cause=None)) is None
    episode = Title(title_id="t", name="T", kind="episode", season=2, episode=3)
    assert story("de", evidence(episode, row_id="next_episodes")) == "Staffel 2, Folge 3: So geht es weiter."


def test_of_a_cause_that_the_catalogue_does_not_have_nothing_is_said() -> None:
    title = Title(title_id="t", name="T")
    assert story("en", evidence(title, "because_you_watched", "popular_in_market", cause=None)) == (
        "A title that many choose in BR."
    )


words = st.sampled_from(["Ada", "Bo", "heist", "spies", "Crime", "Drama", "Comedy"])


@tried(200)
@given(
    st.lists(words, max_size=3),
    st.lists(words, max_size=3),
    st.lists(
        st.sampled_from(["because_you_watched", "matches_taste", "popular_in_market"]),
        max_size=3,
        unique=True,
    ),
    st.sampled_from(LANGUAGES),
)
def test_every_name_in_a_story_is_one_of_the_evidence(
    own: list[str], its: list[str], codes: list[str], language: str
) -> None:
    """Renaming a fact renames it in the story and changes nothing else; so no name comes from elsewhere."""
    title = Title(title_id="t", name="T", credits=tuple(own), tags=tuple(own))
    cause = Title(title_id="c", name="Zabriskie", credits=tuple(its), tags=tuple(its))
    text = story(language, evidence(title, *codes, cause=cause))
    renamed = {fact: f"Xx{fact}xX" for fact in {*own, *its}}
    other = story(
        language,
        evidence(
            Title(title_id="t", name="T", credits=_renamed(own, renamed), tags=_renamed(own, renamed)),
            *codes,
            cause=Title(
                title_id="c", name="Zabriskie", credits=_renamed(its, renamed), tags=_renamed(its, renamed)
            ),
        ),
    )
    if text is None or other is None:
        assert text is other
        return
    assert re.sub(r"Xx(.*?)xX", r"\1", other) == text
    for named in re.findall(r"Xx(.*?)xX", other):
        assert {named} <= set(own) & set(its)


def _renamed(names: list[str], renamed: dict[str, str]) -> tuple[str, ...]:
    return tuple(renamed[name] for name in names)


def test_each_card_has_one_story_in_a_language_that_there_is() -> None:
    ranking = Ranking(
        ranking_id="r",
        profile_id="p",
        surface="home",
        version=1,
        computed_at=AT_MS,
        market="BR",
        caused_by=_cause(),
        model_versions={},
        experiments={},
        items=(
            RankedItem(
                title_id="t",
                score=1.0,
                propensity=1.0,
                reasons=(Reason(code="because_you_watched", share=0.6, title_id="c"),),
            ),
            RankedItem(title_id="gone", score=1.0, propensity=1.0, reasons=()),
        ),
        rows=(
            Row(row_id="continue_watching", name="", title_ids=("b",), positions_s=(540,)),
            Row(row_id="because_c", name="", title_ids=("t", "u")),
        ),
    )
    titles = {
        "t": Title(title_id="t", name="T", credits=("Bo",)),
        "u": Title(title_id="u", name="U"),
        "b": Title(title_id="b", name="B", duration_s=600.0),
        "c": CAUSE,
    }
    assert stories("en", ranking, titles) == {
        "b": "One minute left.",
        "t": "A title with Bo, as in “Zabriskie”, which you watched.",
        "u": "A title, because you watched “Zabriskie”.",
    }
    assert language_of("en-GB") == "en"
    assert language_of("ko") is None


def _cause() -> Cause:
    return Cause(event_id="e", partition=0, offset=0, occurred_at=AT_MS)
