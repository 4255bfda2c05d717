"""The words an invented catalogue is made of: what a genre is about, and how its titles are called."""

from typing import Literal, NamedTuple

Maturity = Literal[0, 7, 13, 16, 18]


class Genre(NamedTuple):
    """A genre, with the words of its names, its tags, its least age and its usual length in minutes."""

    name: str
    adjectives: tuple[str, ...]
    nouns: tuple[str, ...]
    tags: tuple[str, ...]
    maturities: tuple[Maturity, ...]
    minutes: tuple[int, int]


def _genre(
    name: str,
    adjectives: str,
    nouns: str,
    tags: str,
    maturities: tuple[Maturity, ...],
    minutes: tuple[int, int],
) -> Genre:
    tags_of_words = tuple(tags.replace("-", " ").split("|"))
    return Genre(name, _words(adjectives), _words(nouns), tags_of_words, maturities, minutes)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GENRES: tuple[Genre, ...] = (
    _genre(
        "Drama",
        "Quiet Borrowed Unsent Last Tender Distant",
        "Letters Orchard Winter Daughters Bridges Inheritance Shoreline",
        "family-ties|slow-burn|courtroom|coming-of-age|based-on-a-true-story",
        (7, 13, 16),
        (88, 140),
    ),
    _genre(
        "Comedy",
        "Accidental Awkward Royal Unlicensed Loud Second-Best",
        "Weekend Neighbours Wedding Landlord Roommates Plumber Heist",
        "office|road-trip|satire|romantic-mishaps|stand-up",
        (7, 13, 16),
        (80, 110),
    ),
    _genre(
        "Thriller",
        "Silent Cold Double Missing Sealed Midnight",
        "Witness Signal Cipher Passenger Alibi Corridor Ransom",
        "conspiracy|cat-and-mouse|heist|unreliable-narrator|spies",
        (13, 16, 18),
        (92, 130),
    ),
    _genre(
        "Science Fiction",
        "Orbital Hollow Infinite Electric Broken Seventh",
        "Horizon Colony Paradox Machine Satellite Exodus Signalfire",
        "space|time-travel|artificial-minds|dystopia|first-contact",
        (7, 13, 16),
        (95, 150),
    ),
    _genre(
        "Documentary",
        "Hidden Living Forgotten Deep Wild Changing",
        "Rivers Kitchens Archives Reefs Cities Migrations Instruments",
        "nature|food|history|science|music-scenes",
        (0, 7, 13),
        (45, 95),
    ),
    _genre(
        "Romance",
        "Paper Second Summer Secret Honest Almost",
        "Hearts Promise Harbour Dance Vineyard Encore Postcards",
        "small-town|second-chances|enemies-to-lovers|holiday|period",
        (7, 13),
        (85, 120),
    ),
    _genre(
        "Horror",
        "Pale Whispering Buried Crooked Starving Blind",
        "House Lantern Choir Marsh Doll Cellar Visitors",
        "haunted|folk-horror|found-footage|slasher|survival",
        (16, 18),
        (82, 112),
    ),
    _genre(
        "Family",
        "Tiny Brave Magic Flying Sleepy Marvellous",
        "Dragons Lighthouse Puppies Treehouse Robot Circus Pancakes",
        "animals|friendship|sing-along|adventure|nursery",
        (0, 0, 7),
        (20, 95),
    ),
    _genre(
        "Crime",
        "Crooked Harbour Iron Grey Dirty Northern",
        "Ledger Inspector Precinct Syndicate Verdict Informant Docks",
        "detective|noir|cold-case|undercover|mafia",
        (13, 16, 18),
        (45, 125),
    ),
    _genre(
        "Action",
        "Burning Rapid Final Rogue Armoured Steel",
        "Convoy Strike Extraction Falcon Frontline Pursuit Countdown",
        "car-chase|martial-arts|one-last-job|disaster|team-up",
        (13, 16),
        (92, 135),
    ),
    _genre(
        "Anime",
        "Crimson Celestial Wandering Clockwork Lunar Spirit",
        "Blade Academy Garden Alchemist Courier Tempest Familiar",
        "mecha|slice-of-life|isekai|tournament|coming-of-age",
        (7, 13, 16),
        (23, 105),
    ),
    _genre(
        "Music",
        "Live Unplugged Golden Electric Analog Encore",
        "Sessions Tour Basement Stages Chorus Vinyl Rehearsal",
        "concert|music-scenes|dance|behind-the-scenes|jazz",
        (0, 7, 13),
        (30, 110),
    ),
)

PATTERNS = (
    "The {adjective} {noun}",
    "{adjective} {noun}",
    "{noun} of {place}",
    "{adjective} {noun} in {place}",
    "{place} {noun}",
)
PLACES = _words("Aurel Bellmare Calden Dunmora Elsveer Farrow Galway Hestia Ilmarin Juniper Karst Lisbon")
GIVEN_NAMES = _words("Ada Bruno Chidi Dalia Emre Freya Goro Hana Ines Jonas Kaia Leo Mina Nadia Oskar Priya")
FAMILY_NAMES = _words(
    "Abreu Berg Castel Duarte Eriksen Fontaine Grau Hoshino Ivanova Jansen Keita Lund Moreau"
)
MARKETS = _words("BR DE ES FR IN JP US ZA")
PALETTES = _words("warm cold neon muted")
MOODS = _words("dark bright tender tense")
"""Moods of pictures."""
MOOD_OF = {
    **dict.fromkeys(("Horror", "Thriller", "Crime"), "dark"),
    **dict.fromkeys(("Comedy", "Family", "Music"), "bright"),
    **dict.fromkeys(("Romance", "Drama", "Documentary"), "tender"),
    **dict.fromkeys(("Action", "Science Fiction", "Anime", "Fantasy"), "tense"),
}
"""By a viewer's favourite genre: the mood of the pictures that the viewer likes."""
SHOWS = _words("cast object place")
OBJECTS = _words("orbit city pines waves window road petals")
"""Objects that the live page can draw."""
