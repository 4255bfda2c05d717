"""What is sent while a fault happens: an audience that acts without end, and a producer that retries."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

import msgspec

from playhead.domain.events import PageViewed
from playhead.domain.rankings import Ranking
from playhead.lab.demo.audience import Audience
from playhead.lab.demo.catalogue import catalogue
from playhead.replay.core import Replay

START_MS = 1_767_225_600_000
STEP_MS = 250
VIEWERS = 300
TITLES = 300
RETRIED = 20
"""Of so many events one is sent again, a few later, as a producer does that missed the answer."""


class Act(NamedTuple):
    """A record of the events topic, not sent yet; its key decides where it goes, unless its producer knows better."""

    key: bytes | None
    value: bytes | None
    partition: int = -1


class Story:
    """A catalogue and its audience, the same for the same seed."""

    def __init__(self, seed: int, viewers: int = VIEWERS) -> None:
        self._seed = seed
        self._viewers = viewers
        self.titles = catalogue(seed, count=TITLES)
        self.encoded = [(title.title_id.encode(), msgspec.json.encode(title)) for title in self.titles]

    def acts(self) -> Iterator[Act]:
        """Acts without end: everybody is shown the same titles, in another order each time."""
        rng, page = Random(self._seed), self._page()
        audience = Audience(self._seed, self._viewers, self.titles)
        acts_so_far: list[Act] = []
        number = 0
        while True:
            for event in audience.act(START_MS + STEP_MS * number, 1):
                number += 1
                acts_so_far = [*acts_so_far[-4:], Act(event.profile_id.encode(), msgspec.json.encode(event))]
                yield acts_so_far[-1]
                if number % RETRIED == 0:
                    yield acts_so_far[0]
                if isinstance(event, PageViewed):
                    items = tuple(rng.sample(page.items, len(page.items)))
                    audience.see(msgspec.structs.replace(page, profile_id=event.profile_id, items=items))

    def _page(self) -> Ranking:
        """What is ranked for a stranger."""
        replay = Replay()
        for _, title in self.encoded:
            replay.put_title(title)
        [ranking] = replay.rankings(0, visit(b"stranger", 0).value or b"")
        return msgspec.json.decode(ranking, type=Ranking)


def visit(profile: bytes, number: int, at_ms: int = START_MS) -> Act:
    """A page that is asked for: always answered."""
    return event("page_viewed", profile, f"visit-{number}", at_ms)


def event(kind: str, profile: bytes, event_id: str, at_ms: int, **fields: object) -> Act:
    """An event by hand."""
    known = {"event_id": event_id, "type": kind, "occurred_at": at_ms, "profile_id": profile.decode()}
    return Act(profile, msgspec.json.encode({**known, **fields}))
