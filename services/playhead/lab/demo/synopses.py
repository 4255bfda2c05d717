"""Synopses of invented titles, with pace and tone: words enough to tell what each is about, the same ones for the same title."""

from collections.abc import Mapping
from random import Random
from typing import NamedTuple


class Tale(NamedTuple):
    """What stories of a genre are made of; ``pace`` and ``tone``: as a producer would say them."""

    people: tuple[str, ...]
    wants: tuple[str, ...]
    troubles: tuple[str, ...]
    pace: tuple[str, ...]
    tone: tuple[str, ...]


def _tale(people: str, wants: str, troubles: str, pace: str, tone: str) -> Tale:
    return Tale(*(tuple(part.split("|")) for part in (people, wants, troubles, pace, tone)))


TALES: Mapping[str, Tale] = {
    "Drama": _tale(
        "a widowed teacher|two estranged sisters|a nurse on her last shift|a fisherman and his son",
        "to forgive an old betrayal|to keep the family farm|to tell the truth at last|to say goodbye",
        "letters that were never sent|a trial that divides the town|an illness that nobody names|debts that come due",
        "slow|steady",
        "melancholy|warm|bleak",
    ),
    "Comedy": _tale(
        "a hopeless wedding planner|three broke roommates|an overconfident intern|a family of terrible liars",
        "to save the party|to win back a lost promotion|to hide one small mistake|to impress the in-laws",
        "a dog that eats the rings|a misunderstanding that gets out of hand|a rival with better jokes|a very long road trip",
        "fast|brisk",
        "witty|playful|quirky",
    ),
    "Thriller": _tale(
        "a retired spy|a witness under a false name|an interpreter who hears too much|a hacker on the run",
        "to find the leak before midnight|to clear her name|to stop an assassination|to get out alive",
        "a killer who knows every step|a partner who can't be trusted|a ransom that changes hands twice|a conspiracy that reaches the top",
        "fast|brisk",
        "tense|dark|gritty",
    ),
    "Science Fiction": _tale(
        "the last pilot of a colony|a scientist and her own copy|a machine that begins to dream|a crew without orders",
        "to reach a second sun|to send one message back in time|to prove what it means to be human|to make first contact",
        "a signal that answers|a planet that changes its orbit|an artificial mind with plans of its own|a paradox aboard the station",
        "steady|slow|brisk",
        "tense|whimsical|dark",
    ),
    "Documentary": _tale(
        "biologists and a restless river|cooks of four generations|archivists of a vanished city|divers on a dying reef",
        "to follow a migration to its end|to save a forgotten craft|to listen to what is left|to count what survives",
        "a summer without rain|a museum about to close|an expedition in winter|a discovery nobody expected",
        "slow|steady",
        "calm|warm|quiet",
    ),
    "Romance": _tale(
        "a baker and a violinist|two pen pals|a widow and her gardener|old rivals at a vineyard",
        "to keep a promise made in summer|to dance once more|to find the writer of a postcard|to begin again",
        "a wedding that is not theirs|a secret engagement|an ocean between them|a festival where everybody watches",
        "slow|steady",
        "romantic|warm|gentle",
    ),
    "Horror": _tale(
        "a family in a cursed house|four students without a map|a choir that lost a voice|a sleepless caretaker",
        "to survive until dawn|to learn what is buried in the cellar|to break the ritual|to leave the village",
        "a doll that moves at night|a ghost who remembers blood|something in the marsh that hunts|masks nobody takes off",
        "slow|fast",
        "scary|dark|bleak",
    ),
    "Family": _tale(
        "a tiny dragon and a brave girl|a robot in a treehouse|three puppies and a sailor|a circus of lost animals",
        "to find the way home|to win the great pancake race|to learn the song of the lighthouse|to make one friend",
        "a storm over the harbour|a sleepy giant|a map with a hole in it|a magic spell that goes wrong",
        "brisk|steady",
        "playful|warm|whimsical",
    ),
    "Crime": _tale(
        "a stubborn inspector|an undercover informant|a bookkeeper of the mafia|two detectives of a closed precinct",
        "to reopen a cold case|to follow the money|to catch a serial killer|to bring the syndicate to court",
        "a murder on the docks|evidence that disappears|a verdict that was bought|a confession too many",
        "slow|steady",
        "gritty|dark|tense",
    ),
    "Action": _tale(
        "a disgraced commander|a getaway driver|a team of smugglers|a bodyguard with one rule",
        "to stop the convoy|to steal back the codes|to rescue a hostage|to finish one last job",
        "a chase across three borders|a bomb with a countdown|an army of mercenaries|a traitor at the wheel",
        "fast",
        "tense|gritty",
    ),
    "Anime": _tale(
        "a wandering swordsman|a clockwork courier|a girl who tames spirits|pupils of a floating academy",
        "to win the tournament of moons|to return to her own world|to forge a crimson blade|to guard the celestial garden",
        "a tempest with a name|a familiar that lies|a machine god that wakes|a rival from another world",
        "fast|steady",
        "whimsical|playful|dark",
    ),
    "Music": _tale(
        "a jazz trio|a singer before her farewell|a choir of dockers|a producer with one old tape",
        "to record in a single night|to bring back a forgotten sound|to fill the stadium|to make the basement dance",
        "a tour bus that breaks down|a drummer who leaves|a stage without power|a crowd that knows every word",
        "brisk|steady",
        "uplifting|warm|calm",
    ),
}
_FRAMES = (
    "In {place}, {people} set out {wants}; then came {trouble}. {genre} about {tags}.",
    "{trouble_} was all that {people} needed. A story of {tags}, set in {place}: all they wanted was {wants}.",
    "{people_} came to {place} {wants}. What stood in the way was {trouble}, and {tags}.",
)


def about(title_id: str, genre: str, tags: tuple[str, ...], place: str) -> tuple[str, dict[str, float | str]]:
    """The synopsis of a title and its attributes, pace and tone.

    >>> synopsis, attributes = about("title-1", "Crime", ("noir",), "Karst")
    >>> "Karst" in synopsis, sorted(attributes)
    (True, ['pace', 'tone'])
    """
    rng, tale = Random(f"about-{title_id}"), TALES[genre]  # noqa: S311  a simulation, not a secret
    people, wants, trouble = (rng.choice(part) for part in tale[:3])
    synopsis = rng.choice(_FRAMES).format(
        place=place,
        people=people,
        people_=people[0].upper() + people[1:],
        wants=wants,
        trouble=trouble,
        trouble_=trouble[0].upper() + trouble[1:],
        tags=", ".join(tags),
        genre=genre,
    )
    return synopsis, {"pace": rng.choice(tale.pace), "tone": rng.choice(tale.tone)}
