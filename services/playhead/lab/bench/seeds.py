"""Profiles that have watched before: stored records with a past, as many as wanted, put on the changelog.

A record is what the signals make of what a viewer did: pages, impressions, clicks, plays. Few are made, many profiles
share them: nothing of what is measured depends on whose they are.
"""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from playhead.domain import events as e
from playhead.domain.records import Source
from playhead.domain.titles import Title
from playhead.domain.topics import PROFILES_CHANGELOG
from playhead.lab.bench.log import profile_id
from playhead.lab.demo.catalogue import NEWEST_MS
from playhead.lab.demo.publish import EventPublisher
from playhead.lab.demo.words import MARKETS
from playhead.signals.record import Profile, encode, fold, is_repeated

DIFFERENT = 200
FULL = 100
"""Titles of a full history (``signals.history``)."""
SHOWN = 8
EVENTS_A_TITLE = 6
GAP_MS = 600_000
NOWHERE = Source(0, 0)
"""No life of a topic: every event is newer than such a record."""


def records(seed: int, titles: Sequence[Title], *, least: int = 0, most: int = FULL) -> list[bytes]:
    """Stored records of viewers who have chosen between ``least`` and ``most`` titles, the popular ones more often."""
    rng = Random(f"seeds-{seed}-{least}-{most}")  # noqa: S311  a simulation, not a secret
    made = []
    for number in range(DIFFERENT):
        length = least + round(number * (most - least) / (DIFFERENT - 1))
        profile = Profile()
        for event in _past(rng, titles, length):
            is_repeated(profile.delivery_v1, event.event_id)
            fold(profile, event)
            profile.delivery_v1.version += 1
        made.append(encode(profile, NOWHERE, 0))
    rng.shuffle(made)
    return made


def plant(publisher: EventPublisher, made: Sequence[bytes], profiles: range) -> None:
    """Put profiles of these numbers on the changelog, for workers to recover when they start."""
    for number in profiles:
        publisher.send(PROFILES_CHANGELOG, profile_id(number), made[number % len(made)])
        publisher.serve()
    publisher.flush()


def _past(rng: Random, titles: Sequence[Title], length: int) -> Iterator[Any]:
    envelope: dict[str, Any] = {
        "profile_id": "",
        "market": rng.choice(tuple(MARKETS)),
        "device": rng.choice(("tv", "mobile", "web")),
        "kind": "adult",
    }
    at_ms = NEWEST_MS - GAP_MS * (length + 1)
    # Squared, so that the first of the catalogue are chosen most.
    chosen = dict.fromkeys(int(len(titles) * rng.random() ** 2) for _ in range(4 * length))
    for place in list(chosen)[:length]:
        title = titles[place]
        about = {"title_id": title.title_id}
        shown = [title, *rng.choices(titles, k=SHOWN - 1)]
        items = tuple(
            e.Impression(title_id=shown_title.title_id, rank=rank) for rank, shown_title in enumerate(shown)
        )
        length_s = title.duration_s or 3_600.0
        story: list[tuple[Any, dict[str, Any]]] = [
            (e.PageViewed, {}),
            (e.ImpressionsShown, {"items": items}),
            (e.TitleClicked, about),
            (e.PlaybackStarted, about | {"duration_s": length_s}),
            (e.PlaybackProgress, about | {"watched_s": length_s / 3, "position_s": length_s / 3}),
        ]
        watched = {"watched_s": round(length_s * rng.random(), 1), "duration_s": length_s}
        story.append((rng.choice((e.PlaybackStopped, e.PlaybackCompleted)), about | watched))
        for kind, fields in story:
            at_ms += GAP_MS // EVENTS_A_TITLE
            yield kind(event_id=f"{rng.getrandbits(128):032x}", occurred_at=at_ms, **envelope, **fields)
