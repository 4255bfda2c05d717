"""Somebody who looks at the page until it is as wanted."""

import json
import time
from typing import Any

from tests.broker.world import Eyes, World

from playhead.domain.topics import EVENTS, RANKINGS

AT_MS = 1_767_226_000_000
WITHIN_S = 2.0


class Viewer:
    """Somebody who looks at the page again and again."""

    def __init__(self, world: World, eyes: Eyes, kind: str) -> None:
        self._world, self._eyes, self._kind, self._number = world, eyes, kind, 0

    def page(self) -> list[str]:
        """The list, and what else stands in rows."""
        self._number += 1
        key = f"{self._kind}-viewer"
        wire = {
            "event_id": f"{key}-{self._number}",
            "type": "page_viewed",
            "occurred_at": AT_MS + self._number,
            "profile_id": key,
            "kind": self._kind,
        }
        [place] = self._world.produce(EVENTS, [(key.encode(), json.dumps(wire).encode())])
        self._eyes.until_done(place, within_s=180)
        [ranking] = [json.loads(record.value or b"") for record in self._eyes.caused()[RANKINGS]]
        listed = [item["title_id"] for item in ranking["items"]]
        return [
            *listed,
            *(title_id for row in ranking["rows"] for title_id in row["title_ids"] if title_id not in listed),
        ]

    def until(self, wanted: Any, within_s: float = WITHIN_S) -> float:
        """Seconds until the page is as wanted."""
        began_s = time.monotonic()
        while not wanted(self.page()):
            assert time.monotonic() < began_s + within_s
        return time.monotonic() - began_s
