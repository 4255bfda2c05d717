"""A made-up catalogue whose synopses depend on the genre."""

from random import Random

from playhead.domain.titles import Title

WORDS = {
    "Crime": "detective murder police gangster heist prison witness corrupt case clue",
    "Romance": "love wedding kiss heart summer letter marriage dance longing bride",
    "Space": "galaxy rocket planet alien orbit starship crew signal astronaut moon",
}
FILLER = "town night brother city year friend house story secret journey old young road winter family day"


def story(random: Random, genre: str, words: int = 12) -> str:
    words_of_story = random.choices(WORDS[genre].split(), k=words // 3) + random.choices(
        FILLER.split(), k=words - words // 3
    )
    random.shuffle(words_of_story)
    return " ".join(words_of_story)


def titles(count: int, seed: int = 0) -> list[Title]:
    """Titles of one genre each, with attributes that go with it."""
    random = Random(seed)
    titles = []
    for number in range(count):
        genre = random.choice(list(WORDS))
        titles.append(
            Title(
                title_id=f"t{number}",
                name=f"Story {number}",
                genres=(genre,),
                synopsis=story(random, genre),
                attributes={"pace": "slow" if genre == "Romance" else "fast"},
            )
        )
    return titles
