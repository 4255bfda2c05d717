import numpy as np
import pytest
from msgspec.structs import replace
from tests.catalogue.tags.stories import titles

from playhead.catalogue.tags.tagger import Tagger
from playhead.domain.title_tags import TitleTags
from playhead.domain.titles import Title

ALL = titles(300)


def tags_of(tagger: Tagger) -> dict[str, TitleTags]:
    tagger.learn()
    return {tags.title_id: tags for tags in tagger.read(sorted(tagger.titles))}


def tagger_of(some: list[Title]) -> Tagger:
    tagger = Tagger()
    for title in some:
        tagger.put(title)
    tagger.learn()
    return tagger


@pytest.fixture(name="tagger", scope="module")
def _tagger() -> Tagger:
    return tagger_of(ALL)


def bare(title: Title) -> Title:
    """A copy of a title without the labels that are learned."""
    return replace(title, title_id="bare", genres=(), attributes={})


def test_a_title_of_which_nobody_says_anything_gets_the_tags_of_those_like_it() -> None:
    tagger = tagger_of(ALL[:250])
    right = 0
    for title in ALL[250:]:
        tagger.put(bare(title))
        tagger.learn()
        [predicted] = tagger.read(["bare"])
        names = [tag.name for tag in predicted.tags]
        right += title.genres[0] in names and f"{title.attributes['pace']} pace" in names
        assert not any(tag.given for tag in predicted.tags)
    assert right >= 45


def test_what_the_producer_says_stands_first_and_is_certain(tagger: Tagger) -> None:
    [tags] = tagger.read(["t7"])
    assert tags.tags[0].name == ALL[7].genres[0]
    assert tags.tags[0].confidence == 1.0
    assert tags.tags[0].given


def test_tags_depend_on_the_titles_alone_not_on_order_old_versions_or_titles_that_left() -> None:
    # never stopped: all in order, some first as something else, some that leave ─ restarted: the last versions, reversed
    never = Tagger()
    for number, title in enumerate(ALL):
        never.put(replace(title, genres=("Western",)) if number % 3 == 0 else title)
        if number % 50 == 0:
            never.learn()
    for title in titles(100, seed=5):
        never.put(replace(title, title_id=f"gone-{title.title_id}"))
    never.learn()
    for title in ALL[::3]:
        never.put(title)
    for number in range(100):
        never.withdraw(f"gone-t{number}")
    restarted = tagger_of(ALL[::-1])
    expected, other = tags_of(never), tags_of(restarted)
    assert expected.keys() == other.keys()
    for title_id, mine in expected.items():
        here = {tag.name: tag.confidence for tag in mine.tags}
        there = {tag.name: tag.confidence for tag in other[title_id].tags}
        for name in here.keys() | there.keys():
            assert here.get(name, 0.3) == pytest.approx(there.get(name, 0.3), abs=0.1)
        assert np.dot(mine.embedding, other[title_id].embedding) > 0.95


def test_the_same_titles_in_the_same_order_give_the_same_bytes() -> None:
    assert tags_of(tagger_of(ALL)) == tags_of(tagger_of(ALL))


def test_tags_and_embedding_stay_when_a_word_of_the_synopsis_changes(tagger: Tagger) -> None:
    changed = 0
    for title in ALL[:40]:
        words = (title.synopsis or "").split()
        tagger.put(replace(bare(title), title_id="one"))
        tagger.put(replace(bare(title), title_id="two", synopsis=" ".join(["unheard", *words[1:]])))
        tagger.learn()
        first, second = tagger.read(["one", "two"])
        changed += _genre(first) != _genre(second)
        assert np.dot(first.embedding, second.embedding) > 0.7
    tagger.withdraw("one")
    tagger.withdraw("two")
    assert changed <= 2


def _genre(tags: TitleTags) -> str:
    return next((tag.name for tag in tags.tags if not tag.name.endswith("pace")), "")


def test_titles_of_a_genre_are_near_to_each_other(tagger: Tagger) -> None:
    predicted = tagger.read([title.title_id for title in ALL])
    vectors = np.array([tags.embedding for tags in predicted])
    near = np.argsort(-(vectors @ vectors.T), axis=1)[:, 1:6]
    genre = np.array([title.genres[0] for title in ALL])
    assert (genre[near] == genre[:, None]).mean() > 0.95
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=0.01)


def test_an_embedding_of_the_producer_is_learned_from() -> None:
    # All say the same in words: only their pictures differ.
    def pictured(number: int, title: Title) -> Title:
        calm = number % 2
        vector = tuple(
            np.random.default_rng(number).normal(size=24) + (3.0 if calm else -3.0) * (np.arange(24) < 3)
        )
        return replace(
            title, synopsis="same", genres=("Calm" if calm else "Wild",), embeddings={"stills": vector}
        )

    some = [pictured(number, title) for number, title in enumerate(ALL[:200])]
    tagger = tagger_of(some[:160])
    for number, title in enumerate(some[160:]):
        tagger.put(bare(title))
        tagger.learn()
        [predicted] = tagger.read(["bare"])
        assert predicted.tags[0].name == ("Calm" if number % 2 else "Wild")


def test_no_title_nothing_said_and_odd_titles_are_answered() -> None:
    tagger = Tagger()
    assert not tagger.learn()
    assert tagger.read([]) == []
    tagger.put(Title(title_id="empty", name=""))
    tagger.put(
        Title(
            title_id="東京",
            name="東京物語",
            synopsis="東京に住む家族の物語",
            embeddings={"zero": (0.0, 0.0), "inf": (1e300, 1e300)},
        )
    )
    tagger.learn()
    empty, tokyo = tagger.read(["empty", "東京"])
    assert empty.tags == ()
    assert all(np.isfinite(tokyo.embedding))
    tagger.withdraw("empty")
    tagger.withdraw("never there")
    tagger.learn()
    assert list(tagger.titles) == ["東京"]


def test_of_tags_that_differ_in_case_alone_the_likeliest_stands_once() -> None:
    tagger = Tagger()
    for number in range(60):
        genre = "Noir" if number % 3 else "noir"
        tagger.put(
            Title(
                title_id=f"t{number:02}",
                name=f"Night {number}",
                synopsis="a detective in the rain",
                genres=(genre,),
            )
        )
        tagger.put(
            Title(
                title_id=f"u{number:02}",
                name=f"Day {number}",
                synopsis="a farm in the sun",
                genres=("Rural",),
            )
        )
    tagger.put(Title(title_id="x", name="Rain", synopsis="a detective in the rain"))
    tagger.put(Title(title_id="y", name="Rain", synopsis="a detective in the rain", genres=("NOIR",)))
    tagger.learn()
    guessed, given = tagger.read(["x", "y"])
    assert [tag.name for tag in guessed.tags] == ["Noir"]
    assert [(tag.name, tag.given) for tag in given.tags] == [("NOIR", True)]
