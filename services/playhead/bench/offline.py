"""The core without Kafka over the same events: what is left when the shell is taken away."""

import time
from collections.abc import Sequence

import msgspec

from playhead.demo.load import Act
from playhead.domain.titles import Title
from playhead.evaluate.replay import Replay


def replayed(titles: Sequence[Title], acts: Sequence[Act]) -> float:
    """Events a second, one at a time, each ranked and learned from at once, from an empty start."""
    core = Replay()
    for title in titles:
        core.put_title(msgspec.json.encode(title))
    begin_s = time.perf_counter()
    for number, act in enumerate(acts):
        core.take(act.value, number)
    return len(acts) / (time.perf_counter() - begin_s)
