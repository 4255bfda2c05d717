"""The gateway in front of a real broker and real workers."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.broker.house import JSON, Gateway, House, event, furnished
from tests.broker.world import wait_until

from playhead.domain.topics import EVENTS, EXPERIMENTS, RANKINGS
from playhead.lab.kafka import EmbeddedBroker

ROOT = Path(__file__).parents[2]
KEY = "a-key-that-nobody-may-ever-see"


@pytest.fixture(scope="module")
def house(broker: EmbeddedBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with furnished(broker, tmp_path_factory.mktemp("house")) as house:
        yield house


def test_an_accepted_event_is_on_the_broker_and_in_the_ranking_that_names_it(house: House) -> None:
    sent = event("page_viewed", "ana", market="BR", unknown_field={"kept": True})
    reply = house.gateway.send(sent)
    assert reply.status == 202
    [result] = reply.json["results"]
    assert (result["status"], result["event_id"]) == ("accepted", sent["event_id"])
    stored = {(r.partition, r.offset): r for r in house.world.read(EVENTS)}
    record = stored[result["partition"], result["offset"]]
    assert record.key == b"ana"
    assert json.loads(record.value or b"") == sent  # as it came, what we don't know kept
    ranking = house.holds("ana", result)
    assert ranking["version"] >= 1
    assert ranking["market"] == "BR"


def test_each_event_is_accepted_or_rejected_by_itself(house: House) -> None:
    good, other = event("page_viewed", "ben"), event("title_rated", "ben", title_id="title-00001", value=1)
    reply = house.gateway.send(good, event("title_ratd", "ben"), {**other, "value": 7}, other)
    assert reply.status == 207
    assert (reply.json["accepted"], reply.json["rejected"]) == (2, 2)
    results = reply.json["results"]
    assert [each["index"] for each in results] == [0, 1, 2, 3]
    assert "Did you mean title_rated?" in results[1]["repair"]
    assert "value" in results[2]["repair"]
    # The same request again is accepted again; the worker sees by the ids that it knows them.
    assert house.gateway.send(good, other).status == 202


def test_when_all_are_wrong_nothing_is_sent(house: House) -> None:
    reply = house.gateway.send({"type": "page_viewed"})
    assert reply.status == 400
    assert reply.json["results"][0]["repair"].startswith("Add the field")


def test_lines_are_taken_too(house: House) -> None:
    lines = "\n".join(json.dumps(event("page_viewed", f"line-{number}")) for number in range(3))
    reply = house.gateway.ask(
        "POST", "/v1/events", lines.encode() + b"\n", {"Content-Type": "application/x-ndjson"}
    )
    assert (reply.status, reply.json["accepted"]) == (202, 3)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"[", JSON, 400),
        (b"[]", JSON, 400),
        (b"", JSON, 400),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"[" + b"1," * 1_000 + b"1]", JSON, 400),
        (b" " * (4 * 1024 * 1024 + 1), JSON, 413),
    ],
)
def test_what_is_no_request_is_refused_with_its_repair(
    house: House, body: bytes, headers: dict[str, str], status: int
) -> None:
    reply = house.gateway.ask("POST", "/v1/events", body, headers)
    assert reply.status == status
    if reply.headers["Content-Type"] == "application/problem+json":
        assert reply.json["status"] == status
        assert reply.json["repair"]
    else:
        assert reply.json["results"][0]["repair"]


def test_a_ranking_is_answered_byte_for_byte_and_once_only(house: House) -> None:
    [place] = house.gateway.send(event("page_viewed", "cleo")).json["results"]
    house.holds("cleo", place)
    first, second = (house.gateway.get("/v1/profiles/cleo/ranking") for _ in range(2))
    assert first.body == second.body
    assert first.body in {record.value for record in house.world.read(RANKINGS)}
    etag = first.headers["ETag"]
    assert etag.startswith(f'"{first.json["version"]}-')
    unchanged = house.gateway.get("/v1/profiles/cleo/ranking", If_None_Match=f'"0-x", {etag}')
    assert (unchanged.status, unchanged.body) == (304, b"")
    [place] = house.gateway.send(event("title_clicked", "cleo", title_id="title-00005")).json["results"]
    house.holds("cleo", place)
    assert house.gateway.get("/v1/profiles/cleo/ranking", If_None_Match=etag).status == 200


def test_stories_are_told_in_the_language_that_is_asked_for_and_are_not_part_of_the_record(
    house: House,
) -> None:
    [place] = house.gateway.send(event("page_viewed", "greta", market="BR")).json["results"]
    plain = house.holds("greta", place)
    answer = house.gateway.get("/v1/profiles/greta/ranking?language=de-AT")
    assert answer.headers["ETag"].endswith('-de"')
    stories = answer.json.pop("stories")
    assert {key: value for key, value in answer.json.items() if key != "stories"} == plain
    assert set(stories) <= shown(plain)
    assert any("gerade viele wählen (BR)." in story for story in stories.values())
    assert "stories" not in house.ranking("greta", "?language=ko")
    assert max(ratings(house, set(house.ranking("greta", "?kind=kids&language=en")["stories"]))) <= 7


def test_a_stranger_has_a_ranking_at_once(house: House) -> None:
    reply = house.gateway.get("/v1/profiles/nobody-yet/ranking?market=DE")
    assert reply.status == 200
    ranking = reply.json
    assert (ranking["profile_id"], ranking["version"], ranking["market"]) == ("nobody-yet", 0, "DE")
    assert len(ranking["items"]) == 50


def test_what_a_child_is_shown_is_rated_for_children(house: House) -> None:
    stranger = house.ranking("a-child", "?kind=kids")
    [place] = house.gateway.send(event("page_viewed", "a-grown-up")).json["results"]
    adult = house.holds("a-grown-up", place)
    asked_for_a_child = house.ranking("a-grown-up", "?kind=kids")
    assert max(ratings(house, shown(adult))) > 7
    for ranking in (stranger, asked_for_a_child):
        assert shown(ranking)
        assert max(ratings(house, shown(ranking))) <= 7


def shown(ranking: dict[str, Any]) -> set[str]:
    listed = {item["title_id"] for item in ranking["items"]}
    return listed.union(*(row["title_ids"] for row in ranking["rows"]))


def ratings(house: House, ids: set[str]) -> list[int]:
    titles = house.gateway.get("/v1/titles?" + "&".join(f"id={title_id}" for title_id in sorted(ids))).json[
        "titles"
    ]
    assert len(titles) == len(ids)
    return [title["maturity"] for title in titles]


class Stream:
    """A stream of server-sent events, read one message at a time."""

    def __init__(self, gateway: Gateway, path: str, **headers: str) -> None:
        self._connection = gateway.connection()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request("GET", path, headers=named)
        self._answer: HTTPResponse = self._connection.getresponse()
        assert self._answer.status == 200
        assert self._answer.headers["Content-Type"] == "text/event-stream"

    def next(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        while line := self._answer.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            fields[name] = value
        return fields

    def close(self) -> None:
        self._answer.close()
        self._connection.close()


def test_a_stream_tells_the_newest_at_once_and_each_new_one(house: House) -> None:
    stream = Stream(house.gateway, "/v1/profiles/dora/ranking/stream?market=JP")
    first = stream.next()
    assert first["event"] == "stranger"
    [place] = house.gateway.send(event("page_viewed", "dora", market="JP")).json["results"]
    second = stream.next()
    assert second["event"] == "ranking"
    assert json.loads(second["data"])["caused_by"]["offset"] == place["offset"]
    stream.close()
    # Who comes back with the newest is told only what is newer.
    stream = Stream(house.gateway, "/v1/profiles/dora/ranking/stream", Last_Event_ID=second["id"])
    [place] = house.gateway.send(event("title_clicked", "dora", title_id="title-00007")).json["results"]
    assert json.loads(stream.next()["data"])["caused_by"]["offset"] == place["offset"]
    stream.close()


def test_the_crowd_is_counted_while_somebody_looks(house: House) -> None:
    stream = Stream(house.gateway, "/v1/crowd/stream")
    assert json.loads(stream.next()["data"])["events_per_s"] == 0

    def counted() -> bool:
        house.gateway.send(event("playback_started", "eve", market="US", title_id="title-00003"))
        chosen = json.loads(stream.next()["data"])["markets"].get("US", [{}])
        return bool(chosen[0].get("title_id") == "title-00003")

    wait_until(counted, "the play is counted")
    stream.close()


def test_experiments_and_pictures_are_told_while_somebody_looks(house: House) -> None:
    arms = [{"name": "control", "share": 0.5}, {"name": "b", "share": 0.5}]
    experiment = {"experiment_id": "aa", "share": 1.0, "arms": arms}
    house.world.produce(EXPERIMENTS, [(b"aa", json.dumps(experiment).encode())])
    stream = Stream(house.gateway, "/v1/experiments/stream")
    streamed: dict[str, Any] = {}

    def counted() -> bool:
        for artwork_id in ("one", "two"):
            items = [{"title_id": "title-00004", "artwork_id": artwork_id}]
            house.gateway.send(event("impressions_shown", f"looker-{artwork_id}", items=items))
        house.gateway.send(event("title_clicked", "looker-two", title_id="title-00004"))
        streamed.update(json.loads(stream.next()["data"]))
        return bool(streamed["experiments"] and streamed["pictures"])

    wait_until(counted, "both are told")
    stream.close()
    [report] = streamed["experiments"]
    assert [arm["name"] for arm in report["arms"]] == ["control", "b"]
    [title] = streamed["pictures"]
    first, second = title["pictures"]
    assert (title["title_id"], first["taken"]) == ("title-00004", 0)
    assert 0 < second["taken"] <= second["shown"]
    house.world.produce(EXPERIMENTS, [(b"aa", None)])


def test_what_is_known_of_a_profile_is_told_signal_by_signal(house: House) -> None:
    assert house.gateway.get("/v1/profiles/never-seen").status == 404
    title_id = "title-00002"
    [*_, place] = house.gateway.send(
        event("session_started", "fay", market="FR", kind="teen"),
        event("playback_completed", "fay", title_id=title_id, watched_s=90, duration_s=100),
    ).json["results"]
    house.holds("fay", place)
    wait_until(lambda: house.gateway.get("/v1/profiles/fay").json.get("version") == 2, "it is known")
    signals = house.gateway.get("/v1/profiles/fay").json["signals"]
    assert (signals["identity"]["market"], signals["identity"]["kind"]) == ("FR", "teen")
    assert (signals["history"][0]["title_id"], signals["history"][0]["completed"]) == (title_id, True)


def test_an_erased_profile_is_a_stranger_again_and_has_a_receipt(house: House) -> None:
    who = quote("gil/ü", safe="")
    [place] = house.gateway.send(event("page_viewed", "gil/ü")).json["results"]
    house.holds(who, place)
    wait_until(lambda: house.gateway.get(f"/v1/profiles/{who}").status == 200, "it is known")
    assert house.gateway.get(f"/v1/profiles/{who}/erasure").status == 404
    reply = house.gateway.ask("DELETE", f"/v1/profiles/{who}")
    assert reply.status == 202
    receipt = reply.json["receipt"]
    wait_until(lambda: house.gateway.get(receipt).status == 200, "there is a receipt")
    assert house.gateway.get(receipt).json["event_id"] == reply.json["event_id"]
    wait_until(lambda: house.ranking(who)["version"] == 0, "it is a stranger")
    wait_until(lambda: house.gateway.get(f"/v1/profiles/{who}").status == 404, "nothing is known")


def test_it_tells_how_it_is(house: House) -> None:
    assert house.gateway.get("/healthz").json == {"status": "ok", "waiting_for": []}
    house.gateway.get("/v1/profiles/anybody/ranking")
    metrics = house.gateway.get("/metrics").body.decode()
    assert (
        'playhead_gateway_request_seconds_count{route="/v1/profiles/{profile_id}/ranking",status="200"}'
        in metrics
    )
    assert "anybody" not in metrics


def test_who_has_no_key_gets_nothing_and_nobody_gets_the_key(house: House, tmp_path: Path) -> None:
    guarded = Gateway(house.world.settings, tmp_path / "log", PLAYHEAD_API_KEY=KEY)
    try:
        path = "/v1/titles?id=title-00001"
        refused = guarded.get(path)
        assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert guarded.get(path, Authorization=f"Bearer {KEY[:-1]}").status == 401
        assert guarded.get(path, Authorization=f"Bearer {KEY}").status == 200
        assert guarded.get(path, X_API_Key=KEY).status == 200
    finally:
        assert guarded.stop() == 0
    assert KEY not in guarded.log.read_text()


def test_what_the_docs_show_runs(house: House) -> None:
    page = (ROOT / "docs" / "gateway.md").read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        shown = block.replace("http://127.0.0.1:8080/", house.gateway.url)
        done = subprocess.run(
            ["bash", "-euc", shown], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout


@pytest.mark.parametrize(
    "what",
    [
        (
            "--exclude-path-regex",
            "/stream$|/v1/events",
            "--phases",
            "coverage,fuzzing",
            "--max-examples",
            "20",
        ),
        # Covering each bound of each of 28 types alone takes many minutes.
        ("--include-path", "/v1/events", "--phases", "fuzzing", "--max-examples", "40"),
    ],
    ids=["all but events", "events"],
)
def test_it_keeps_to_its_own_description_whatever_is_asked(
    house: House, tmp_path: Path, what: tuple[str, ...]
) -> None:
    command = (sys.executable, "-m", "schemathesis.cli", "run", f"{house.gateway.url}openapi.json", *what)
    done = subprocess.run(
        [*command, "--seed", "1", "--workers", "2", "--suppress-health-check", "all", "--no-color"],
        env=os.environ | {"SCHEMATHESIS_HOOKS": "tests.gateway.fuzzing", "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,  # what it remembers of a run is left there
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    assert "passed" in done.stdout
