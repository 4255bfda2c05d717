"""What is sent to a child by HTTP names no title that it may not see, whoever the ranking was made for."""

from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.stage import Stage
from tests.timeline import histories

from playhead.domain.rankings import Ranking
from playhead.gateway.rankings_api import named_in, suitable

ALL = [f"t{n}" for n in range(12)]


def strings(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for value in content.values():
            yield from strings(value)
    elif isinstance(content, list):
        for value in content:
            yield from strings(value)


@tried(50)
@given(histories(), st.sets(st.sampled_from(ALL)))
def test_nothing_that_may_not_be_shown_is_named(events: list[dict[str, Any]], allowed: set[str]) -> None:
    stage = Stage([{"title_id": title_id, "duration_s": 600, "genres": ["Drama"]} for title_id in ALL])
    for event in events:
        stage.take({key: value for key, value in event.items() if key != "kind"})
        if not stage.answered:
            continue
        ranking = msgspec.convert(stage.last, Ranking)
        assert {item.title_id for item in ranking.items} <= named_in(ranking) <= {*ALL, ""}
        sent = suitable(ranking, lambda title_id: title_id in allowed)
        shown_texts = msgspec.to_builtins(
            (sent.items, [(row.row_id, row.name, row.title_ids) for row in sent.rows])
        )
        for word in strings(shown_texts):
            assert word.split("_")[-1].split(" ")[-1] not in set(ALL) - allowed
        assert all(row.title_ids for row in sent.rows)
        assert {item.title_id for item in sent.items} == {i.title_id for i in ranking.items} & allowed


def test_positions_go_with_their_titles() -> None:
    stage = Stage([{"title_id": title_id, "duration_s": 600} for title_id in ALL])
    for title, at in (("t1", 100), ("t2", 200)):
        stage.send("playback_stopped", title_id=title, position_s=at, watched_s=at, duration_s=600)
    stage.send("page_viewed")
    sent = suitable(msgspec.convert(stage.last, Ranking), lambda title_id: title_id != "t2")
    assert (sent.rows[0].title_ids, sent.rows[0].positions_s) == (("t1",), (100,))
