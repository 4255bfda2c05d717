from random import Random

from playhead.catalogue.tags.micro_genres import LEAST_MEMBERS, MicroGenres
from playhead.catalogue.tags.similar import most_similar
from playhead.domain.title_tags import Mood, Tag, TitleTags

GENRES = frozenset({"crime", "comedy"})


def crime(title_id: str, *themes: str) -> TitleTags:
    tags = (
        Tag("Crime", given=True),
        Tag("slow pace", 0.9),
        *(Tag(theme, 0.8) for theme in themes),
        Tag("spy", 0.4),
    )
    return TitleTags(title_id=title_id, tags=tags, mood=Mood(-0.1, 0.1, 0.3))


def comedy(title_id: str) -> TitleTags:
    return TitleTags(title_id=title_id, tags=(Tag("Comedy"),), mood=Mood(0.7, 0.3, 0.0))


def mixed() -> MicroGenres:
    micro_genres = MicroGenres()
    for number in range(12):
        micro_genres.put(crime(f"c{number:02}", "revenge"), "sv", GENRES)
    for number in range(60):
        micro_genres.put(comedy(f"f{number:02}"), "en", GENRES)
    return micro_genres


def test_what_many_titles_share_has_a_name_members_and_a_strength() -> None:
    by_name = {genre.name: genre for genre in mixed().strongest(20)}
    assert by_name.keys() & {
        "Slow-burn Nordic crime",
        "Slow-burn crime about revenge",
        "Nordic crime about revenge",
    }
    assert "Feel-good comedies" in by_name
    assert not any("spy" in name for name in by_name)
    [strongest, *_] = mixed().strongest(1)
    assert len(strongest.members) == 12
    assert strongest.strength > by_name["Feel-good comedies"].strength


def test_it_depends_on_the_titles_alone_that_are_there() -> None:
    # each title changes, leaves or comes back in between ─ the same titles at once
    genres, random = MicroGenres(), Random(4)
    for number in range(400):
        name = f"c{number % 12:02}"
        if random.random() < 0.3:
            genres.withdraw(name)
        else:
            genres.put(crime(name, random.choice(("love", "snow"))), random.choice(("sv", "en")), GENRES)
    for number in range(60):
        genres.put(comedy(f"f{number:02}"), "en", GENRES)
    for number in range(12):
        genres.put(crime(f"c{number:02}", "revenge"), "sv", GENRES)
    assert genres.strongest(50) == mixed().strongest(50)


def test_one_that_loses_its_titles_is_gone() -> None:
    genres = mixed()
    for number in range(12 - LEAST_MEMBERS + 1):
        genres.withdraw(f"c{number:02}")
    assert not any("crime" in genre.name.lower() for genre in genres.strongest(50))


def test_the_nearest_titles_are_those_of_the_largest_cosine_and_not_the_title_itself() -> None:
    asked, near, far, unknown = (
        TitleTags(title_id=name, embedding=embedding)
        for name, embedding in (
            ("one", (1.0, 0.0)),
            ("near", (0.8, 0.6)),
            ("far", (-1.0, 0.0)),
            ("unknown", ()),
        )
    )
    assert most_similar(asked, [far, unknown, asked, near], 5) == [("near", 0.8), ("far", -1.0)]
    assert most_similar(unknown, [asked, near], 5) == []
