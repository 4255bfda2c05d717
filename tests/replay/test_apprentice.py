"""The apprentice: what it compares, and that its estimates are right where the truth is known."""

import json
from typing import Any

import numpy as np
import pytest
from tests.timeline import START_MS, happened

from playhead.experiments.ratio import LEAST, ratio
from playhead.replay.apprentice import HORIZON_MS, Apprentice

TITLES = [f"t{n}" for n in range(12)]


def listing(profile: str, *title_ids: str, at_s: int = 0) -> bytes:
    return json.dumps(
        {"profile_id": profile, "computed_at": START_MS + 1_000 * at_s, "title_ids": title_ids}
    ).encode()


def taught(places: int = 10) -> Apprentice:
    apprentice = Apprentice(places=places)
    for title in TITLES:
        apprentice.replay.put_title(json.dumps({"title_id": title, "name": title}).encode())
    return apprentice


def learn(apprentice: Apprentice, kind: str, **fields: Any) -> None:
    apprentice.learn(json.dumps(happened(kind, **fields)).encode())


def test_it_serves_nothing_and_ranks_what_it_has_learned() -> None:
    apprentice = taught(places=3)
    for n in range(40):
        learn(apprentice, "playback_completed", profile=f"p{n}", title_id="t7", watched_s=90, at_s=n)
    assert apprentice.replay.tally.rankings == 0
    apprentice.compare(listing("new", "t7", "t0", "t1", at_s=100))
    report = apprentice.report()
    assert report.rankings == report.profiles == 1
    assert report.first_same == 1.0  # what everybody watches is first
    assert report.overlap >= 1 / 3


def test_who_was_erased_may_come_back() -> None:
    apprentice = taught()
    learn(apprentice, "playback_completed", profile="ada", title_id="t7", watched_s=90, at_s=1)
    learn(apprentice, "profile_erased", profile="ada", at_s=2)
    apprentice.compare(listing("ada", "t7", "t0", at_s=3))
    learn(apprentice, "title_clicked", profile="ada", title_id="t0", at_s=4)
    assert (apprentice.report().rankings, apprentice.report().choices) == (1, 1)


def test_a_choice_counts_by_how_often_its_place_is_looked_at() -> None:
    apprentice = taught(places=1)
    for n in range(40):
        learn(apprentice, "playback_completed", profile=f"p{n}", title_id="t7", watched_s=90, at_s=n)
    for n in range(50):  # the incumbent hides it at its third place, and still it is chosen
        apprentice.compare(listing(f"q{n}", "t0", "t1", "t7", at_s=100 + n))
        learn(apprentice, "playback_started", profile=f"q{n}", title_id="t7", at_s=101 + n)
        learn(apprentice, "playback_started", profile=f"q{n}", title_id="t0", at_s=102 + n)
        learn(apprentice, "playback_started", profile=f"q{n}", title_id="t7", at_s=103 + n)  # once more
    report = apprentice.report()
    assert report.choices == 100
    assert report.choices_in_ours == report.choices_in_theirs == 0.5
    assert report.coverage == 1.0
    assert report.choices_uplift.value == pytest.approx(np.log2(4) / np.log2(2) - 1.0)
    assert report.choices_uplift.low == pytest.approx(report.choices_uplift.value)  # all alike


@pytest.mark.parametrize(
    "act",
    [
        {"kind": "playback_started", "trigger": "autoplay"},
        {"kind": "playback_started", "trigger": "preview"},
        {"kind": "playback_started", "at_s": 2 * HORIZON_MS // 1_000},
        {"kind": "title_clicked", "title_id": "t5"},
        {"kind": "page_viewed"},
    ],
)
def test_what_is_no_choice_from_the_list_counts_nothing(act: dict[str, Any]) -> None:
    apprentice = taught()
    apprentice.compare(listing("ada", "t0", "t1"))
    named = {} if act["kind"] == "page_viewed" else {"title_id": "t0"}
    fields: dict[str, Any] = {"profile": "ada", "at_s": 5} | named | act
    learn(apprentice, **fields)
    assert apprentice.report().choices == 0


@pytest.mark.parametrize(("trigger", "choices"), [(None, 1), ("resume", 1), ("autoplay", 0)])
def test_the_end_of_a_play_is_a_choice_if_it_did_not_begin_by_itself(
    trigger: str | None, choices: int
) -> None:
    apprentice = taught()
    apprentice.compare(listing("ada", "t0", "t1"))
    if trigger is not None:
        learn(apprentice, "playback_started", profile="ada", title_id="t0", at_s=1, trigger=trigger)
    learn(apprentice, "playback_completed", profile="ada", title_id="t0", watched_s=60, at_s=60)
    assert apprentice.report().choices == choices


def test_minutes_are_those_that_were_watched_and_no_night_is_one_film() -> None:
    apprentice = taught()
    for n in range(LEAST):
        apprentice.compare(listing(f"q{n}", *TITLES))
        learn(
            apprentice,
            "playback_stopped",
            profile=f"q{n}",
            title_id="t3",
            watched_s=30_000,
            duration_s=600,
            at_s=30_000,
        )
    report = apprentice.report()
    assert apprentice._rewards["q0"][1, 0] == 10.0
    assert report.minutes_uplift.low is not None


def test_records_that_are_no_rankings_are_counted_with_their_repair() -> None:
    apprentice = taught()
    for line in (b"\xff", b"{}", b"[1]", listing("ada"), b'{"profile_id": 3, "computed_at": 1}'):
        apprentice.compare(line)
    report = apprentice.report()
    assert (report.rankings, report.refused) == (0, 5)
    assert "title_ids" in report.first_refused
    assert report.choices_uplift.value is None


def test_items_of_our_own_rankings_are_lists_too() -> None:
    apprentice = taught()
    items = [{"title_id": "t1", "score": 1.0}, {"title_id": "t2"}]
    apprentice.compare(json.dumps({"profile_id": "a", "computed_at": START_MS, "items": items}).encode())
    assert apprentice.report().rankings == 1


def test_the_position_model_finds_the_planted_uplift() -> None:
    """Viewers look at places as the model says, and like t7 best: the estimate is what their choices would be, were our list shown."""
    rng = np.random.default_rng(5)
    liking = {"t7": 0.9, "t1": 0.5, "t0": 0.2}
    apprentice = taught(places=3)
    for n in range(60):
        learn(apprentice, "playback_completed", profile=f"p{n}", title_id="t7", watched_s=90, at_s=n)
    looked_at = 1.0 / np.log2(2.0 + np.arange(3))
    for n in range(1_500):
        profile = f"q{n}"
        apprentice.compare(listing(profile, "t0", "t1", "t7", at_s=100))
        for place, title in enumerate(("t0", "t1", "t7")):
            if rng.random() < looked_at[place] * liking[title]:
                learn(apprentice, "title_clicked", profile=profile, title_id=title, at_s=101)
    # What the lists would have brought, had each been shown; nobody likes what the incumbent never shows.
    lists = [listed[0].ours[:3] for listed in apprentice._open.values()]
    ours = [looked_at @ [liking.get(title, 0.0) for title in titles] for titles in lists]
    truth = np.mean(ours) / (looked_at @ [liking[title] for title in ("t0", "t1", "t7")]) - 1.0
    uplift = apprentice.report().choices_uplift
    assert uplift.low is not None
    assert uplift.high is not None
    assert uplift.low < truth < uplift.high
    assert truth > 0.1
    assert uplift.high - uplift.low < 0.1


def test_the_interval_of_a_ratio_holds_what_it_promises() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        size = rng.gamma(1.0, 4.0, 200)  # profiles differ in how much they do
        theirs, ours = rng.poisson(size), rng.poisson(1.2 * size)
        uplift = ratio(ours.astype(float), theirs.astype(float))
        assert uplift.low is not None
        assert uplift.high is not None
        held += uplift.low <= 0.2 <= uplift.high
    assert 0.92 <= held / 400 <= 0.98
    few = ratio(np.ones(LEAST - 1), np.ones(LEAST - 1))
    assert few.value == 0.0
    assert few.low is None
