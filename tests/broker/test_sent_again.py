"""A producer that sends a batch of a thousand events of one profile twice, long after their ids were forgotten."""

import json
from random import Random

from tests.broker.world import World, wait_until
from tests.test_again import evening

from playhead.domain.topics import EVENTS, EXAMPLES, PROFILES_CHANGELOG, RANKINGS
from playhead.signals.record import decode
from playhead.signals.registry import SIGNALS


def seen(world: World) -> tuple[dict[str, object], list[dict[str, object]], list[str]]:
    """What the record says beyond delivery, what was taught but that titles exist, and the titles of the newest ranking."""
    stored = [record.value for record in world.read(PROFILES_CHANGELOG) if record.key == b"ada"]
    profile = decode(stored[-1] or b"")[2]
    signals = {signal.name: signal.of(profile) for signal in SIGNALS if signal.name != "hidden"}
    digests = profile.hidden_v1.digests()
    signals["hidden"] = {digests[at : at + 4] for at in range(0, len(digests), 4)}  # in whichever order
    examples = [json.loads(record.value or b"") for record in world.read(EXAMPLES)]
    rankings = [record.value for record in world.read(RANKINGS) if record.key == b"ada"]
    items = json.loads(rankings[-1] or b"")["items"]
    return (
        signals,
        [example for example in examples if example["kind"] != "sighted"],
        [item["title_id"] for item in items],
    )


def _until_done(world: World, count: int) -> None:
    wait_until(lambda: world.done() >= count, f"{count} events to be done")


def test_a_batch_that_is_sent_twice_changes_nothing(world: World) -> None:
    events = [(b"ada", json.dumps(event).encode()) for event in evening(Random(1), ids=True)]
    world.start("personalize")
    outcomes = []
    for sent in (len(events), 2 * len(events)):
        world.produce(EVENTS, events)
        _until_done(world, sent)
        outcomes.append(seen(world))
    assert outcomes[1] == outcomes[0]
