"""A catalogue and the core on a stage: tell it what happens, see what is ranked."""

import json
from typing import Any

from tests.timeline import happened

from playhead.domain.records import Effects
from playhead.domain.topics import DECISIONS, RANKINGS, TITLES
from playhead.personalize.recipe import Recipe
from playhead.recipe import RECIPE
from playhead.replay.core import Replay


class Stage:
    """The core over a small catalogue; events come a minute apart."""

    def __init__(self, titles: list[dict[str, Any]], recipe: Recipe = RECIPE) -> None:
        self.core = Replay(recipe)
        for title in titles:
            self.put(title)
        self.minutes = 0
        self.last: dict[str, Any] = {}
        self.decision: dict[str, Any] = {}
        self.answered = False

    def put(self, title: dict[str, Any]) -> None:
        """Lists a title, or a newer version of it."""
        self.core.put_title(json.dumps({"name": title["title_id"], **title}).encode())

    def send(self, type_: str, **fields: Any) -> None:
        """The next event, a minute after the last."""
        self.minutes += 1
        self.take(happened(type_, at_s=60 * self.minutes, **fields))

    def take(self, event: dict[str, Any]) -> Effects:
        """Any event; remembers the ranking that it caused."""
        effects = self.core.take(json.dumps(event).encode())
        assert not effects.rejected
        self.answered = False
        for record in effects.then:
            if record.topic == RANKINGS and record.value is not None:
                self.last, self.answered = json.loads(record.value), True
            elif record.topic == DECISIONS:
                self.decision = json.loads(record.value or b"")
        return effects

    def withdraw(self, title_id: str) -> None:
        """A tombstone in the catalogue."""
        self.core.personalizer.follow(TITLES, title_id.encode(), None)

    def titles(self) -> list[str]:
        """The ranking as it is now: a page view of ada's."""
        self.send("page_viewed")
        return [item["title_id"] for item in self.last["items"]]
