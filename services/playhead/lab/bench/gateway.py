"""How quickly the gateway answers and accepts: ``python -m playhead.lab.bench.gateway`` starts all it needs, and prints the results.

Reads are sent on time, whether or not the last one was answered (open loop), and timed from when they were due.
Events are sent by client processes one batch after the other; a batch counts when its 202 is there. The rankings are
those of a real worker, which is stopped before events are sent, so that only the gateway and Kafka share the machine.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import msgspec
import typer

from playhead.domain.errors import Unavailable
from playhead.domain.topics import EVENTS, TITLES
from playhead.lab.demo.catalogue import catalogue
from playhead.lab.demo.publish import EventPublisher
from playhead.lab.kafka import EmbeddedBroker
from playhead.process.children import Child, command, stop_all
from playhead.runtime.admin import create_topics
from playhead.runtime.settings import Settings

PROFILES = 1_000
BATCH = 100
READY_S = 120.0
NOW_MS = 1_767_225_600_000


def main(
    seconds: float = 10.0, rate: float = 500.0, clients: int = 4, home: Path = Path(".playhead")
) -> None:
    """Measure reads at a rate, then accepted events from clients; one JSON object on standard output."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(EmbeddedBroker(home, progress=_say))
        settings = Settings(bootstrap=broker.bootstrap)
        create_topics(settings)
        _publish(settings)
        environment = {
            "PLAYHEAD_BOOTSTRAP": settings.bootstrap,
            "PLAYHEAD_DATA_DIR": str(folder),
            "PLAYHEAD_LOG_FORMAT": "text",
        }
        worker = Child("worker", ["worker", "personalize"], environment, folder / "worker.log")
        stack.callback(stop_all, [worker])
        gateway = stack.enter_context(_Gateway(environment))
        url = gateway.url
        _wait_until_ranked(url)
        _say(f"{PROFILES:,} profiles are ranked; reading at {rate:g} a second for {seconds:g} s.")
        before_s = gateway.cpu_s()
        reads = asyncio.run(_read(url, rate, seconds))
        reads["reads_per_cpu_s"] = round(reads["reads"] / max(gateway.cpu_s() - before_s, 0.01))
        stop_all([worker])
        _say(f"Sending batches of {BATCH} from {clients} clients for {seconds:g} s.")
        before_s = gateway.cpu_s()
        sent = _send(url, clients, seconds)
        sent["events_per_cpu_s"] = round(sent["events"] / max(gateway.cpu_s() - before_s, 0.01))
    print(json.dumps({"reads": reads, "events": sent}))  # noqa: T201 - the result


class _Gateway:
    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own command line
            [*command(), "gateway", "--port", "0"],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise Unavailable("The gateway did not start.", "Read what it wrote above.")

    def cpu_s(self) -> float:
        """Processor time of the gateway itself so far: what a busy machine does not change."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()


def _event(number: int, type_: str, profile: int, **fields: object) -> dict[str, object]:
    ids = {"event_id": f"b-{number}-{profile}", "type": type_, "profile_id": f"bench-{profile:05}"}
    return {**ids, "occurred_at": NOW_MS + number, "market": "BR", "device": "tv", **fields}


def _publish(settings: Settings) -> None:
    publisher = EventPublisher(settings)
    for title in catalogue(seed=1):
        publisher.send(TITLES, title.title_id, msgspec.json.encode(title))
    for profile in range(PROFILES):
        event = _event(profile, "playback_completed", profile, title_id=f"title-{profile % 900:05}")
        publisher.send(EVENTS, str(event["profile_id"]), json.dumps(event).encode())
    publisher.flush()
    publisher.close()


def _wait_until_ranked(url: str) -> None:
    until_s = time.monotonic() + READY_S
    known = f"playhead_gateway_profiles {PROFILES}.0"
    while known not in _text(url, "/metrics") or '"ok"' not in _text(url, "/readyz"):
        if time.monotonic() > until_s:
            raise Unavailable("The gateway does not get ready.", "See the worker's log.")
        time.sleep(0.2)


def _text(url: str, path: str) -> str:
    connection = _connection(url)
    connection.request("GET", path)
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def _connection(url: str) -> HTTPConnection:
    where = urlsplit(url)
    return HTTPConnection(str(where.hostname), where.port, timeout=30)


async def _read(url: str, rate: float, seconds: float) -> dict[str, float]:
    """Latency of reads over 16 connections, each read due at its own time."""
    where = urlsplit(url)
    due: asyncio.Queue[tuple[float, int]] = asyncio.Queue()
    taken: list[float] = []
    wrong = 0

    async def reader() -> None:
        nonlocal wrong
        incoming, outgoing = await asyncio.open_connection(where.hostname, where.port)
        while True:
            due_s, profile = await due.get()
            outgoing.write(
                f"GET /v1/profiles/bench-{profile:05}/ranking HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
            )
            head = await incoming.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await incoming.readexactly(length)
            wrong += not head.startswith(b"HTTP/1.1 200")
            taken.append(time.perf_counter() - due_s)
            due.task_done()

    readers = [asyncio.create_task(reader()) for _ in range(16)]
    began_s = time.perf_counter() + 0.2
    for number in range(int(rate * seconds)):
        due_s = began_s + number / rate
        await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
        due.put_nowait((due_s, number * 7 % PROFILES))
    await due.join()
    for task in readers:
        task.cancel()
    return {**_quantiles_ms(taken), "reads": len(taken), "errors": wrong, "per_s": rate}


def _send(url: str, clients: int, seconds: float) -> dict[str, float]:
    with get_context("spawn").Pool(clients) as pool:
        answers = pool.starmap(_client, [(url, number, seconds) for number in range(clients)])
    taken = [latency for latencies, _ in answers for latency in latencies]
    longest_s = max(sum(latencies) for latencies, _ in answers)
    return {
        "events_per_s": round(BATCH * len(taken) / longest_s),
        "events": BATCH * len(taken),
        "errors": sum(errors for _, errors in answers),
        "clients": clients,
        "batch": BATCH,
        **_quantiles_ms(taken),
    }


def _client(url: str, number: int, seconds: float) -> tuple[list[float], int]:
    """Send batches for so long; how long each took, and how many were not accepted whole."""
    bodies = [
        json.dumps(
            [
                _event(
                    number * 10_000 + body,
                    "playback_progress",
                    number_in_batch,
                    title_id="t",
                    watched_s=10,
                    position_s=9,
                )
                for number_in_batch in range(body, body + BATCH)
            ]
        ).encode()
        for body in range(50)
    ]
    connection = _connection(url)
    taken: list[float] = []
    errors = 0
    until_s = time.perf_counter() + seconds
    while (began_s := time.perf_counter()) < until_s:
        connection.request(
            "POST", "/v1/events", bodies[len(taken) % 50], {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        answer.read()
        errors += answer.status != 202
        taken.append(time.perf_counter() - began_s)
    connection.close()
    return taken, errors


def _quantiles_ms(taken: Sequence[float]) -> dict[str, float]:
    ordered = sorted(taken)
    return {
        f"p{q}_ms": round(1_000 * ordered[min(len(ordered) - 1, len(ordered) * q // 100)], 2)
        for q in (50, 99)
    }


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        typer.run(main)
