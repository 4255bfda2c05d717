"""Latency under arrivals on a schedule: each is counted from when it was due, also when the sender was late.

So a system that holds up its own load can't hide that (no coordinated omission).
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from confluent_kafka import Consumer, TopicPartition

from playhead.domain.errors import Unavailable
from playhead.domain.topics import EVENTS
from playhead.lab.bench.cluster import BenchCluster
from playhead.lab.bench.topics import ECHO
from playhead.lab.demo.answers import RankingTail, consumer, ends
from playhead.lab.demo.freshness import Freshness
from playhead.lab.demo.load import Act

WARM_S = 3.0
"""Connections, caches, first batches: sent and answered like the rest, not counted."""
LAST_S = 20.0
"""The last answers are waited for so long."""
REPAIR = "Read the workers' logs: an act that is never answered has no latency to count."


def on_schedule(count: int, rate: float, send: Callable[[int, float], None]) -> None:
    """Calls ``send`` with each number and the monotonic time at which it was due, never before that time."""
    begin_s = time.monotonic()
    for number in range(count):
        due_s = begin_s + number / rate
        left_s = due_s - time.monotonic()
        if left_s > 0.0:
            time.sleep(left_s)
        send(number, due_s)


def own_acts(cluster: BenchCluster, acts: Sequence[Act], rate: float) -> list[float]:
    """Seconds from each act that asks for a ranking to the ranking that covers it, as a consumer receives it.

    Raises:
        Unavailable: an act was not answered.
    """
    fresh = Freshness()
    warm = int(WARM_S * rate)
    with RankingTail(cluster.settings) as answers:

        def collect() -> None:
            cluster.publisher.serve()
            for received_s, ranking in answers.take():
                cause = ranking.caused_by
                fresh.ranked(ranking.profile_id, (cause.partition, cause.offset), received_s)

        def send(number: int, due_s: float) -> None:
            if number == warm:
                fresh.begin()
            act = acts[number]

            def stored(partition: int, offset: int) -> None:
                fresh.delivered(act.profile_id, (partition, offset), due_s)

            cluster.publisher.send(EVENTS, act.profile_id, act.value, stored if act.asks else None)
            collect()

        on_schedule(len(acts), rate, send)
        cluster.publisher.flush()
        _until(lambda: not fresh.waiting, collect)
    if fresh.waiting or not fresh.all_s:
        raise Unavailable(f"{fresh.waiting} acts were never answered.", REPAIR)
    return fresh.all_s


def round_trips(cluster: BenchCluster, acts: Sequence[Act], rate: float) -> list[float]:
    """Seconds from each record produced to the same record consumed, with the same clients and nothing between.

    Raises:
        Unavailable: a record did not come back.
    """
    due: dict[bytes, float] = {}
    taken: dict[bytes, float] = {}
    over = threading.Event()
    source = consumer(cluster.settings)
    source.assign(_ends(source))

    def read() -> None:
        while not over.is_set():
            message = source.poll(0.1)
            if message is not None and message.error() is None:
                taken[message.key() or b""] = time.monotonic()

    def send(number: int, due_s: float) -> None:
        due[b"%d" % number] = due_s
        cluster.publisher.send(ECHO, str(number), acts[number].value)
        cluster.publisher.serve()

    reader = threading.Thread(target=read, name="round trips", daemon=True)
    with ExitStack() as stack:
        stack.callback(source.close)
        stack.callback(reader.join)
        stack.callback(over.set)
        reader.start()
        on_schedule(len(acts), rate, send)
        cluster.publisher.flush()
        _until(lambda: len(taken) >= len(due), lambda: None)
    if len(taken) < len(due):
        raise Unavailable(f"{len(due) - len(taken)} records did not come back.", REPAIR)
    warm = int(WARM_S * rate)
    return [taken[key] - due_s for key, due_s in due.items()][warm:]


def _ends(source: Consumer) -> list[TopicPartition]:
    return [TopicPartition(ECHO, partition, end) for partition, end in ends(source, ECHO)]


def _until(condition: Callable[[], bool], meanwhile: Callable[[], None]) -> None:
    until_s = time.monotonic() + LAST_S
    while not condition() and time.monotonic() < until_s:
        time.sleep(0.01)
        meanwhile()
