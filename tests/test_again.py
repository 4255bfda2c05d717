"""A batch that comes again, long after the ring has forgotten its ids, changes nothing."""

import json
from collections.abc import Sequence
from random import Random
from typing import Any

from tests.timeline import happened

from playhead.domain.records import Incoming, Source
from playhead.domain.topics import EVENTS
from playhead.personalize.core import Personalizer
from playhead.recipe import RECIPE
from playhead.signals.record import decode
from playhead.signals.registry import SIGNALS

SOURCE = Source(7, 0)


def evening(rng: Random, *, ids: bool) -> list[dict[str, Any]]:
    """A thousand events of one profile: pages, clicks and plays of 150 titles, with heartbeats and without."""
    events: list[dict[str, Any]] = []
    at_s = 0

    def send(type_: str, after_s: int, **fields: Any) -> None:
        nonlocal at_s
        at_s += after_s
        events.append(happened(type_, at_s=at_s, event_id=f"e{len(events)}", **fields))

    while len(events) < 1_000:
        about: dict[str, Any] = {"title_id": f"t{rng.randrange(150)}"}
        shown = [{"title_id": f"t{n}"} for n in {*rng.sample(range(150), 6), int(about["title_id"][1:])}]
        play = {"playback_id": f"p{len(events)}"} if ids else {}
        send("session_started", 7_000)
        send("page_viewed", 1)
        send("impressions_shown", 1, items=shown)
        send("title_clicked", 5, **about)
        send("playback_started", 2, **about, **play, duration_s=600, position_s=0)
        for beat in range(1, rng.randrange(2, 12)):
            send("playback_progress", 50, **about, **play, position_s=50 * beat, watched_s=50)
        if rng.random() < 0.9:
            send("playback_stopped", 3, **about, **play, position_s=50 * beat)
        if rng.random() < 0.2:
            send("title_hovered", 3, title_id="t1", dwell_ms=900)
            send("not_interested", 3, title_id=f"t{rng.randrange(150)}")
    return events


def test_a_batch_of_a_thousand_that_comes_again_teaches_and_changes_nothing() -> None:
    for seed in range(4):
        core, stored = Personalizer(RECIPE), dict[bytes, bytes]()
        events = [json.dumps(wire).encode() for wire in evening(Random(seed), ids=seed % 2 == 0)]

        def read(keys: Sequence[bytes], known: dict[bytes, bytes] = stored) -> list[bytes | None]:
            return [known.get(key) for key in keys]

        seen: list[dict[str, Any]] = []
        taught: list[dict[str, Any]] = []
        for begin in (0, len(events)):
            taught.clear()
            for first in range(0, len(events), 100):
                some = enumerate(events[first : first + 100], begin + first)
                batch = [Incoming(EVENTS, 0, offset, 0, b"ada", value) for offset, value in some]
                effects = core.step(batch, read, SOURCE, 0, ranked=False)
                stored.update(effects.state)
                taught += [json.loads(record.value or b"") for record in effects.first]
            profile = decode(stored[b"ada"])[2]
            signals = {signal.name: signal.of(profile) for signal in SIGNALS}
            digests = signals["hidden"].digests()  # in whichever order
            seen.append(signals | {"hidden": {digests[at : at + 4] for at in range(0, len(digests), 4)}})
        assert [example for example in taught if example["kind"] != "sighted"] == []
        assert seen[1] == seen[0]
