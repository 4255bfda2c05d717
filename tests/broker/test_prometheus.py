"""A real Prometheus beside real workers under load: whatever a panel or a rule asks has an answer.

Checked is: every query of every panel; every recorded series and the expression that it is recorded from; of every
alert what it compares with its limits, for an alert itself is silent by design (rules.test.yml shows when it fires).
An answer is at least one series whose newest value is a number. Prometheus reads and evaluates each second instead of
each fifteen, and the targets are this test's; all else is deploy/prometheus as it stands.
"""

import json
import math
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import msgspec
import numpy as np
import pytest
from tests import prometheus as asked
from tests.broker.house import JSON, Gateway
from tests.broker.world import World, wait_until
from tests.estimates import estimate

from playhead.domain.events import Event, PageViewed
from playhead.domain.experiments import METRICS
from playhead.domain.topics import EVENTS, EXPERIMENTS, PROFILE_PARTITIONS, TITLES, TOTALS
from playhead.experiments.policy import proposed
from playhead.experiments.totals import moments
from playhead.lab.bench.log import SyntheticList
from playhead.lab.demo.audience import Audience
from playhead.lab.demo.catalogue import NEWEST_MS, catalogue
from playhead.lab.kafka.ports import free

COUNT, VIEWERS = 3_000, 150
CATALOGUE = catalogue(1, 400)
SLICE = 100
"""Events sent at a time, so that there are many batches."""
BY_HTTP = 2
"""… of which so many come through the gateway."""
SLICE_S = 0.25
"""Between them: Prometheus looks some ten times meanwhile."""
SOON_S = 90.0
QUERIES = asked.of_panels() + asked.of_recording_rules() + asked.of_alerts()


class Prometheus:
    """A running Prometheus that reads these ports."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        programs = asked.folder()
        shutil.copytree(asked.PROMETHEUS, folder)
        for name, slow in (("prometheus.yml", "15s"), ("recording.yml", "interval: 1m")):
            text = (folder / name).read_text()
            assert slow in text
            (folder / name).write_text(text.replace(slow, slow.replace("15s", "1s").replace("1m", "1s")))
        targets = [{"targets": [f"127.0.0.1:{port}" for port in ports]}]
        (folder / "targets.yml").write_text(json.dumps(targets))
        self.address = f"127.0.0.1:{free(1)[0]}"
        self.process = subprocess.Popen(
            [
                programs / "prometheus",
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={self.address}",
                "--enable-feature=exemplar-storage",
                "--log.level=error",
            ]
        )

    def ask(self, path: str, **parameters: str) -> Any:
        """What the API answers."""
        with urlopen(f"http://{self.address}/api/v1/{path}?{urlencode(parameters)}", timeout=10) as answer:
            answer_json = json.load(answer)
        assert answer_json["status"] == "success", answer_json
        return answer_json["data"]

    def is_ready(self) -> bool:
        """Whether it answers."""
        assert self.process.poll() is None
        try:
            self.ask("labels")
        except OSError:
            return False
        return True

    def answers(self, query: asked.Query) -> bool:
        """Whether there is at least one number."""
        series_found = self.ask("query", query=query.expression)["result"]
        return any(not math.isnan(float(series["value"][1])) for series in series_found)


@pytest.fixture
def ports() -> list[int]:
    """Of both workers, the gateway and the apprentice."""
    return free(4)


@pytest.fixture
def gateway(world: World, ports: list[int], tmp_path: Path) -> Iterator[Gateway]:
    running = Gateway(world.settings, tmp_path / "gateway.log", ports[2])
    yield running
    assert running.stop() == 0


@pytest.fixture
def apprentice(world: World, incumbent: str, ports: list[int]) -> Iterator[None]:
    """An apprentice beside the lists that the audience chooses from."""
    where = ("--bootstrap", world.settings.bootstrap, "--incumbent-topic", incumbent)
    how = ("--every", "1", "--metrics-port", str(ports[3]), "--json")
    running = subprocess.Popen(
        [sys.executable, "-m", "playhead.cli", "apprentice", *where, *how], stdout=subprocess.DEVNULL
    )
    yield
    running.send_signal(signal.SIGTERM)
    assert running.wait(60) == 0


@pytest.fixture
def prometheus(tmp_path: Path, ports: list[int]) -> Iterator[Prometheus]:
    running = Prometheus(tmp_path / "prometheus", ports)
    yield running
    running.process.send_signal(signal.SIGKILL)
    running.process.wait()


def load() -> tuple[list[tuple[bytes, bytes]], list[tuple[bytes, bytes]]]:
    """An audience's events, then one that comes twice, one that can't be used, and an erasure; and the lists that they chose from."""
    audience, shelf = Audience(1, VIEWERS, CATALOGUE), SyntheticList(1, CATALOGUE)
    events: list[Event] = []
    lists: list[tuple[bytes, bytes]] = []
    while len(events) < COUNT:
        for event in audience.act(NEWEST_MS + 5 * len(events), 1):
            if isinstance(event, PageViewed):  # a page that nobody computed: nobody waits for ours
                audience.see(ranking := shelf.ranking(event))
                incumbent = {
                    "profile_id": event.profile_id,
                    "computed_at": event.occurred_at,
                    "title_ids": [item.title_id for item in ranking.items],
                }
                lists.append((event.profile_id.encode(), json.dumps(incumbent).encode()))
            events.append(event)
    records = [(event.profile_id.encode(), msgspec.json.encode(event)) for event in events]
    last = events[-1]
    erasure = {
        "event_id": "gone",
        "type": "profile_erased",
        "occurred_at": last.occurred_at,
        "profile_id": last.profile_id,
    }
    bad = (b"somebody", b'{"type": "sneezed"}')
    erased = last.profile_id.encode(), json.dumps(erasure).encode()
    return [*records, records[-1], bad, erased], lists


def compare(world: World) -> None:
    """An experiment that all viewers are in, what many others of another partition have done in it, and a policy's estimate."""
    arms = [{"name": name, "share": 0.5} for name in ("control", "b")]
    experiment = {
        "experiment_id": "some",
        "share": 1.0,
        "arms": [arms[0], {**arms[1], "settings": {"pipeline.weights.finish": 0.3}}],
    }
    world.produce(EXPERIMENTS, [(b"some", json.dumps(experiment).encode())])
    policy = proposed({}, {"pipeline.artwork.spread": 0.5}, estimate(-0.01))
    world.produce(EXPERIMENTS, [(policy.experiment_id.encode(), msgspec.json.encode(policy))])
    rng = np.random.default_rng(1)
    sums = {
        arm: [
            moments(rng.binomial(10, 0.3, 9_000).astype(np.float64), 10.0).sum(axis=0).tolist()
            for _ in METRICS
        ]
        for arm in ("control", "b")
    }
    totals = {"partition": PROFILE_PARTITIONS, "experiments": {"some": sums}}
    world.produce(TOTALS, [(str(PROFILE_PARTITIONS).encode(), json.dumps(totals).encode())])


def use(gateway: Gateway, records: list[tuple[bytes, bytes]]) -> None:
    """Events in by HTTP, and the ranking of one of their profiles out."""
    if not records:
        return
    sent = gateway.ask("POST", "/v1/events", b"[" + b",".join(value for _, value in records) + b"]", JSON)
    assert sent.status == 202
    gateway.get(f"/v1/profiles/{records[0][0].decode()}/ranking")


def test_everything_that_is_asked_has_an_answer(
    world: World,
    prometheus: Prometheus,
    gateway: Gateway,
    ports: list[int],
    incumbent: str,
    request: pytest.FixtureRequest,
) -> None:
    world.settings = replace(world.settings, publish_every_s=0.5)
    world.produce(TITLES, [(title.title_id.encode(), msgspec.json.encode(title)) for title in CATALOGUE])
    compare(world)
    for role, port in zip(("personalize", "learn"), ports[:2], strict=True):
        world.start(role, metrics_port=port)
    wait_until(prometheus.is_ready, "Prometheus answers")
    # A rate is of two looks: what is done before the first, or all between two of them, has none.
    served = asked.Query("this test", 'count(playhead_owned_partitions{topic="playhead.events"} > 0)')
    wait_until(lambda: prometheus.answers(served), "Prometheus sees partitions served", 60)
    records, lists = load()
    world.produce(incumbent, lists)  # a list comes before what is chosen from it
    for first in range(0, len(records), SLICE):
        some = records[first : first + SLICE]
        by_http = BY_HTTP if len(some) == SLICE else 0  # the last ones are not all as they should be
        use(gateway, some[:by_http])
        world.produce(EVENTS, some[by_http:])
        time.sleep(SLICE_S)
    request.getfixturevalue("apprentice")
    # The erasure at the end is sent to the other partitions, too.
    wait_until(lambda: world.done() == len(records) + PROFILE_PARTITIONS - 1, "all events are done", 120)

    missing = QUERIES
    until_s = time.monotonic() + SOON_S
    while missing and time.monotonic() < until_s:
        time.sleep(1.0)
        missing = [query for query in missing if not prometheus.answers(query)]
    assert not missing, "\n".join(map(str, missing))

    groups = prometheus.ask("rules")["groups"]
    ill = [rule["name"] for group in groups for rule in group["rules"] if rule["health"] != "ok"]
    assert not ill
    firing = {alert["labels"]["alertname"] for alert in prometheus.ask("alerts")["alerts"]}
    assert "PlayheadDeadLetters" in firing  # the event that can't be used
    assert "PlayheadErasureOverdue" not in firing

    now_s = time.time()
    window = {"start": str(now_s - 600), "end": str(now_s)}
    exemplars = prometheus.ask("query_exemplars", query="playhead_freshness_seconds_bucket", **window)
    places = [exemplar["labels"] for series in exemplars for exemplar in series["exemplars"]]
    assert places
    assert all(set(place) == {"partition", "offset"} for place in places)

    labels = set(prometheus.ask("labels")) - {"__name__", "instance"}
    values = {value for label in labels for value in prometheus.ask(f"label/{label}/values")}
    profiles = {key.decode() for key, _ in records}
    assert not values & (profiles | {title.title_id for title in CATALOGUE})
    assert len(prometheus.ask("series", **{"match[]": '{__name__=~"playhead_.*"}'})) < 3_000


def test_what_nobody_measures_has_no_answer(tmp_path: Path) -> None:
    """The check can fail: a Prometheus that reads nothing answers no query of ours."""
    running = Prometheus(tmp_path / "prometheus", [])
    try:
        wait_until(running.is_ready, "Prometheus answers")
        assert [query for query in QUERIES if running.answers(query)] == []
    finally:
        running.process.kill()
        running.process.wait()
