"""For any records of the titles topic in any order, only listed titles are ranked, and no child sees an unsuitable one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.stage import Stage
from tests.timeline import START_MS, happened

from playhead.domain.errors import Rejected
from playhead.domain.fields import MATURITY
from playhead.domain.topics import TITLES
from playhead.learn.choices import Learners
from playhead.recipe import RECIPE


def put(stage: Stage, title_id: str, **fields: Any) -> bool:
    """Follows a version of a title. Returns whether it can be used."""
    wire = {"title_id": title_id, "name": title_id} | fields
    try:
        stage.core.put_title(json.dumps(wire).encode())
    except Rejected:
        return False
    return True


def test_without_a_catalogue_what_is_heard_of_is_ranked() -> None:
    stage = Stage([])
    stage.send("title_clicked", title_id="heard", profile="bob")
    assert stage.titles() == ["heard"]
    stage.withdraw("heard")
    assert stage.titles() == []


def test_once_there_is_one_only_what_is_listed_is() -> None:
    stage = Stage([{"title_id": "a"}, {"title_id": "b"}])
    for n in range(5):
        stage.send("title_clicked", title_id=f"stray{n}", profile=f"p{n}")
    assert set(stage.titles()) == {"a", "b"}
    stage.withdraw("a")
    stage.withdraw("b")
    assert stage.titles() == []
    put(stage, "a")
    assert stage.titles() == ["a"]


def test_a_tombstone_withdraws_what_was_never_listed_and_listing_it_brings_it() -> None:
    stage = Stage([{"title_id": "a"}])
    stage.withdraw("later")
    assert stage.titles() == ["a"]
    put(stage, "later")
    assert set(stage.titles()) == {"a", "later"}


@pytest.mark.parametrize("worse", [{"maturity": 18}, {"maturity": "R"}, {"name": None}, {"duration_s": -1}])
def test_a_stricter_or_unreadable_version_ends_the_laxer_rating(worse: dict[str, Any]) -> None:
    stage = Stage([{"title_id": "a", "maturity": 0}, {"title_id": "b", "maturity": 0}])
    stage.send("page_viewed", kind="kids")
    put(stage, "a", **worse)
    assert stage.titles() == ["b"]
    stage.send("page_viewed", kind="adult")
    assert set(stage.titles()) == {"a", "b"}
    put(stage, "a", maturity=7)
    stage.send("page_viewed", kind="kids")
    assert set(stage.titles()) == {"a", "b"}


def test_a_learner_that_begins_later_knows_what_was_refused() -> None:
    everyone = Learners(RECIPE.pipeline)
    everyone.follow(TITLES, b"a", b'{"title_id": "a", "name": "A", "maturity": 0}')
    early = everyone._catalogues
    with pytest.raises(Rejected):
        everyone.follow(TITLES, b"a", b'{"title_id": "a", "maturity": 18}')
    everyone.learner(1)
    [world] = early.values()
    assert world.catalogue.entries[0].maturity is None
    assert world.catalogue.maturity[0] == -1


IDS = ["a", "b", "c", "d"]
_rating = st.sampled_from([None, 0, 7, 12, 13, 18, 21, -1, 99, 7.5, "PG-13"])
_version = st.fixed_dictionaries({}, optional={"maturity": _rating, "duration_s": st.sampled_from([60, -60])})
_steps = st.lists(
    st.tuples(st.sampled_from(IDS), st.one_of(_version, st.sampled_from(["tombstone", "heard"]))), max_size=14
)


@given(steps=_steps, kind=st.sampled_from(["kids", "teen", "adult"]))
@tried(40)
def test_any_sequence_of_versions_tombstones_and_refusals(steps: list[tuple[str, Any]], kind: str) -> None:
    stage, listed = Stage([]), dict[str, Any]()
    ever = False
    for n, (title, what) in enumerate(steps):
        if what == "tombstone":
            stage.withdraw(title)
            listed.pop(title, None)
        elif what == "heard":
            stage.take(happened("title_clicked", at_s=n, profile="bob", title_id=title, event_id=f"e{n}"))
        elif put(stage, title, **what):
            ever, listed[title] = True, what.get("maturity")
        elif title in listed:
            listed[title] = None
    stage.take(happened("page_viewed", at_s=60, kind=kind, occurred_at=START_MS + 60_000))
    seen = {item["title_id"] for item in stage.last["items"]}
    limit = MATURITY.get(kind)
    fit = {
        title
        for title, rating in listed.items()
        if limit is None or (type(rating) is int and 0 <= rating <= limit)
    }
    assert seen <= fit or not ever
    assert limit is None or seen <= fit
