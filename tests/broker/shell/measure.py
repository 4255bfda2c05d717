# ruff: noqa: T201 - it is a program, its figures are its output
"""How fast the shell is: events/s of a trivial personalizer, and the latency from an event to its ranking.

``measure.py throughput|latency`` against the broker in PLAYHEAD_BOOTSTRAP, whose topics exist and are empty.
The whole worker, and a bare Faust agent beside it: ``scripts/bench``.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from playhead.domain.topics import EVENTS, PROFILE_PARTITIONS, RANKINGS
from playhead.runtime.connection import producer_config, reader_config
from playhead.runtime.settings import Settings, from_environment

EVENT = b'{"event":"play","title":"' + b"t" * 100 + b'"}'
COUNTING = Path(__file__).with_name("counting.py")


def produce(settings: Settings, events: int, profiles: int) -> None:
    producer = Producer(producer_config(settings) | {"linger.ms": 20})
    for number in range(events):
        while True:
            try:
                producer.produce(EVENTS, EVENT, f"p{number % profiles}".encode())
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()


def committed(settings: Settings, group: str = "playhead-personalize") -> int:
    consumer = Consumer(reader_config(settings) | {"group.id": group})
    try:
        places = consumer.committed(
            [TopicPartition(EVENTS, number) for number in range(PROFILE_PARTITIONS)], timeout=5
        )
    except KafkaException:
        return 0
    finally:
        consumer.close()
    return sum(max(0, part.offset) for part in places)


def throughput(settings: Settings, events: int, profiles: int) -> None:
    produce(settings, events, profiles)
    worker = subprocess.Popen([sys.executable, str(COUNTING), "personalize"])
    progress = [(time.monotonic(), committed(settings))]
    while progress[-1][1] < events and worker.poll() is None:
        time.sleep(0.5)
        progress.append((time.monotonic(), committed(settings)))
    begun = next(index for index, (_, done) in enumerate(progress) if done)
    (first_s, first), (last_s, last) = progress[begun], progress[-1]
    print(f"{(last - first) / (last_s - first_s):,.0f} events/s ({events} events, {profiles} profiles)")
    worker.terminate()
    worker.wait()


def latency(settings: Settings, rate: int, seconds: int) -> None:
    worker = subprocess.Popen([sys.executable, str(COUNTING), "personalize"])
    consumer = Consumer(
        reader_config(settings)
        | {"auto.offset.reset": "latest", "enable.partition.eof": False, "fetch.wait.max.ms": 500}
    )
    consumer.assign([TopicPartition(RANKINGS, number) for number in range(PROFILE_PARTITIONS)])
    producer = Producer(producer_config(settings) | {"linger.ms": 0})
    time.sleep(4)
    consumer.poll(0.1)
    sent: dict[bytes, float] = {}
    took: list[float] = []
    begin = time.perf_counter()
    number = 0
    while number < rate * seconds or (sent and time.perf_counter() < begin + seconds + 5):
        now = time.perf_counter()
        if number < rate * seconds and now >= begin + number / rate:
            key = f"l{number}".encode()
            sent[key] = now
            producer.produce(EVENTS, EVENT, key)
            producer.poll(0)
            number += 1
        message = consumer.poll(0.0005)
        if message is not None and message.error() is None:
            at = sent.pop(message.key() or b"", None)
            if at is not None:
                took.append((time.perf_counter() - at) * 1000)
    took.sort()
    print(
        f"{rate}/s: p50 {took[len(took) // 2]:.1f} ms, p99 {took[len(took) * 99 // 100]:.1f} ms, max {took[-1]:.1f} ms, lost {len(sent)}"
    )
    worker.terminate()
    worker.wait()


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[2:]]
    measures: dict[str, Callable[..., None]] = {"throughput": throughput, "latency": latency}
    measures[sys.argv[1]](from_environment(), *given)
