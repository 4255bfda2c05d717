"""Through a real Kafka: a search is answered with its results first, and who is about to give up sees something else."""

import json
from typing import Any

from tests.broker.viewer import AT_MS
from tests.broker.world import Eyes, World

from playhead.domain.topics import EVENTS, RANKINGS, TITLES
from playhead.lab.kafka import ports
from playhead.signals.session_intent import RISK_S


def test_searches_and_long_looks_change_the_first_row(world: World) -> None:
    [port] = ports.free(1)
    films = [{"title_id": f"t{n}", "name": f"Film {n}", "genres": ["Drama"]} for n in range(40)]
    world.produce(TITLES, [(f"t{n}".encode(), json.dumps(film).encode()) for n, film in enumerate(films)])
    world.start("personalize", metrics_port=port)
    eyes = Eyes(world, port)

    def send(at_s: float, kind: str, **fields: Any) -> dict[str, Any]:
        """The ranking that an event of ada's caused, empty if it caused none."""
        named = {"event_id": f"{kind}-{at_s}", "type": kind, "profile_id": "ada"}
        wire = {**named, "occurred_at": AT_MS + round(1_000 * at_s), **fields}
        [place] = world.produce(EVENTS, [(b"ada", json.dumps(wire).encode())])
        eyes.until_done(place, within_s=180)
        caused = [json.loads(record.value or b"") for record in eyes.caused()[RANKINGS]]
        return caused[-1] if caused else {}

    send(0, "session_started")
    send(1, "page_viewed", surface="search")
    results = send(2, "search_performed", query="something", results=["t31", "t7", "t12"])
    assert {item["title_id"] for item in results["items"][:3]} == {"t31", "t7", "t12"}
    assert results["rows"][0]["row_id"].startswith("search_results")

    home = send(3_600, "page_viewed", surface="home")
    seen = [title_id for row in home["rows"][:4] for title_id in row["title_ids"][:6]]
    send(3_610, "impressions_shown", items=[{"title_id": title_id} for title_id in seen])
    assert not send(3_630, "row_scrolled", row_id="popular")
    rescued = send(3_601 + RISK_S, "row_scrolled", row_id="popular")
    assert rescued["rows"][0]["row_id"].startswith("rescue")
    assert not {*rescued["rows"][0]["title_ids"]} & {*seen}
