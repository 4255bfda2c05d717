"""Whose acts move whose lists: children's stay among children, and a work is one title whichever of its versions is played."""

from typing import Any

import numpy as np
from tests.stage import Stage
from tests.timeline import happened

from playhead.models.market_snapshot import MarketSnapshotCache
from playhead.signals.record import decode

FILMS = [{"title_id": f"t{n}", "genres": ["Drama"], "duration_s": 6_000, "maturity": 0} for n in range(6)]


def played(stage: Stage, viewers: range, title_id: str, at_s: float, **fields: Any) -> None:
    for n in viewers:
        about = {"profile": f"v{n}", "title_id": title_id} | fields
        stage.take(happened("playback_completed", at_s=at_s + n, **about))


def first(stage: Stage, profile: str, at_s: float, **fields: Any) -> str:
    stage.take(happened("page_viewed", at_s=at_s, profile=profile, **fields))
    return str(stage.last["items"][0]["title_id"])


def test_what_children_choose_is_popular_among_children_alone() -> None:
    stage = Stage(FILMS)
    played(stage, range(20), "t1", 0, kind="kids")
    played(stage, range(100, 103), "t2", 60)
    assert first(stage, "child", 200, kind="kids") == "t1"
    assert first(stage, "adult", 201) == "t2"


def test_what_children_choose_links_titles_for_children_alone() -> None:
    # children: t3 after t1 ── everybody else: t4 after t1
    stage = Stage(FILMS)
    for kind, after, viewers in (("kids", "t3", range(30)), ("adult", "t4", range(100, 130))):
        played(stage, viewers, "t1", 0, kind=kind)
        played(stage, viewers, after, 300, kind=kind)
    played(stage, range(50, 51), "t1", 600, kind="kids")
    played(stage, range(150, 151), "t1", 600)
    assert first(stage, "v50", 700, kind="kids") == "t3"
    assert first(stage, "v150", 701) == "t4"


VERSIONS = [
    *FILMS,
    {"title_id": "hd", "work_id": "w", "genres": ["Drama"], "duration_s": 6_000},
    {"title_id": "uhd", "work_id": "w", "genres": ["Drama"], "duration_s": 6_000},
]


def test_a_work_is_gone_whichever_version_was_finished_or_hidden() -> None:
    for type_ in ("playback_completed", "not_interested"):
        stage = Stage(VERSIONS)
        stage.send(type_, title_id="hd")
        assert not {"hd", "uhd"} & {*stage.titles()}
        assert {f"t{n}" for n in range(6)} <= {*stage.titles()}


def test_a_work_that_gets_another_version_later_stays_finished() -> None:
    stage = Stage(VERSIONS[:-1])
    stage.send("playback_completed", title_id="hd")
    stage.core.put_title(b'{"title_id": "new", "name": "New", "work_id": "w"}')
    assert "new" not in stage.titles()
    stage.core.put_title(b'{"title_id": "new", "name": "New"}')  # it is of the work no more
    assert "new" in stage.titles()


def test_a_work_is_gone_on_with_where_any_of_its_versions_was_left() -> None:
    stage = Stage(VERSIONS)
    for title_id, begin, end, at_s in (("hd", 0, 3_000, 0), ("uhd", 3_000, 4_000, 90_000)):
        stage.take(happened("playback_started", at_s=at_s, title_id=title_id, position_s=begin))
        stopped = happened("playback_stopped", at_s=at_s + end - begin, title_id=title_id, position_s=end)
        stage.take(stopped)
    rows = {row["row_id"]: row["title_ids"] for row in stage.last["rows"]}
    assert rows["continue_watching"] in (["hd"], ["uhd"])  # one card
    [known] = decode(stage.core.stored[b"ada"])[2].history_v1
    assert (known.title_id, known.watched_s, known.position_s) == ("uhd", 4_000, 4_000)


def test_all_versions_of_a_work_are_as_popular_as_the_work() -> None:
    stage = Stage(VERSIONS)
    played(stage, range(4), "hd", 0)
    played(stage, range(10, 14), "uhd", 30)
    played(stage, range(20, 26), "t1", 60)
    world = stage.core.personalizer.followed
    own, _ = (
        MarketSnapshotCache(world)
        .of("ZZ")
        .counts(world.catalogue.titles.find(("hd", "uhd", "t1")).astype(np.int64))
    )
    hd, uhd, other = own[:, -1].tolist()
    assert hd == uhd > other
