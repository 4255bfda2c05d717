"""What the gateway says when Kafka is silent, lacks topics or has made them anew."""

import asyncio
import json

import pytest
from tests.gateway.raw import NOWHERE, Gate, statuses, visit

from playhead.domain.errors import Unavailable
from playhead.domain.topics import EVENTS, RANKINGS
from playhead.gateway import profiles
from playhead.gateway.upstream import TOPICS, Upstream
from playhead.runtime.settings import Settings

READY = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
READ = b"GET /v1/profiles/p/ranking HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
ALL = dict.fromkeys(TOPICS, "first")


def test_a_broker_that_is_silent_for_longer_than_a_restart_is_told() -> None:
    now_s = 100.0
    upstream = Upstream(Settings(bootstrap=NOWHERE), lambda: now_s)
    upstream._take(ALL)
    now_s = 109.0
    assert upstream.trouble is None
    now_s = 111.0
    assert str(upstream.trouble).startswith("Kafka has not answered for 11 s.")
    upstream._take(ALL)
    assert upstream.trouble is None


def test_topics_that_are_missing_are_named() -> None:
    upstream = Upstream(Settings(bootstrap=NOWHERE))
    upstream._take({name: "first" for name in TOPICS if name != RANKINGS})
    assert not upstream.there.is_set()
    assert str(upstream.trouble) == (
        "Topics are missing: playhead.rankings. Repair: Create them: playhead topics."
    )
    upstream.need(EVENTS)  # that one can be written to
    with pytest.raises(Unavailable, match="playhead topics"):
        upstream.need(RANKINGS)
    upstream._take(ALL)
    assert upstream.there.is_set()
    assert upstream.trouble is None
    upstream.need(RANKINGS)


def test_a_topic_of_another_id_ends_it_also_when_it_was_missing_in_between() -> None:
    upstream = Upstream(Settings(bootstrap=NOWHERE))
    upstream._take(ALL)
    upstream._take({})
    with pytest.raises(Unavailable, match=r"Made anew: playhead.rankings\."):
        upstream._take(ALL | {RANKINGS: "second"})


def test_answers_say_what_is_the_matter() -> None:
    async def story(gate: Gate) -> None:
        received = await gate.says(READ)
        assert statuses(received) == [503]
        assert b"cold-start users are not ready" in received
        assert b'"starting"' in await gate.says(READY)
        gate.state.upstream._answered_s -= 12
        for asked in (READ, READY):
            received = await gate.says(asked)
            assert statuses(received) == [503]
            assert b"Kafka has not answered for 1" in received
            assert b"Start the broker" in received
        _, _, body = received.partition(b"\r\n\r\n")
        assert json.loads(body)["status"] == "unavailable"

    visit(story)


def test_a_changelog_that_cannot_be_read_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    async def gone(*_: object, **__: object) -> None:
        tried.append(1)
        raise Unavailable("Kafka can't describe it.", "Start the broker.")

    monkeypatch.setattr(profiles, "follow", gone)
    monkeypatch.setattr(profiles, "CATCH_UP_S", 0.2)

    async def story(gate: Gate) -> None:
        running = asyncio.ensure_future(gate.state.profiles.run())
        for _ in range(2):
            with pytest.raises(Unavailable, match="still being read"):
                await gate.state.profiles.state("ada")
        assert not running.done()
        assert len(tried) == 2
        running.cancel()
        await asyncio.wait({running})
        assert running.cancelled()

    visit(story)
