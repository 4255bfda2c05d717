"""What the heads said before: made once, of the moment itself, labelled when the outcome was known."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from tests.effort import tried
from tests.timeline import START_MS, happened, histories

from playhead.lab.evaluate.head_references import CLASSES, HeadReference, Linear, Trees
from playhead.lab.evaluate.predicting import PredictingReplay, write_predictions
from playhead.lab.evaluate.predictions import OF_IMPRESSION, HeadPrediction, PredictedOutcome
from playhead.models.heads import Heads
from playhead.ranking.outcome_features import OutcomeFeatures, as_features
from playhead.replay.core import Replay

FILMS = [{"title_id": f"t{n}", "genres": ["Drama"], "credits": ["Ann"], "duration_s": 100} for n in range(12)]


class Log:
    """A replay that predicts, with the cases that it gave so far."""

    def __init__(self, *references: HeadReference) -> None:
        self.core = PredictingReplay(references=references)
        for film in FILMS:
            self.core.put_title(json.dumps({"name": "f", **film}).encode())
        self.given: list[PredictedOutcome] = []

    def take(self, *events: dict[str, Any]) -> list[PredictedOutcome]:
        """The cases that these events completed."""
        before = len(self.given)
        for event in events:
            self.core.take(json.dumps(event).encode())
            self.given += self.core.predictions.ready()
        return self.given[before:]

    def end(self) -> list[HeadPrediction]:
        self.given += self.core.predictions.rest()
        return [predicted for case in self.given for predicted in case.predictions()]


def shown(*titles: str, at_s: float = 0, **fields: Any) -> dict[str, Any]:
    return happened("impressions_shown", at_s=at_s, items=[{"title_id": t} for t in titles], **fields)


def test_an_impression_is_predicted_when_it_is_shown_and_labelled_when_it_ends() -> None:
    # shown t1, t2 ── click t1 ── stop t1 after 50 of 100 s ── 10 min ▶ t2 passed over
    log = Log()
    assert log.take(shown("t1", "t2", event_id="i")) == []
    assert log.take(happened("title_clicked", at_s=1, title_id="t1")) == []
    [case] = log.take(happened("playback_stopped", at_s=60, title_id="t1", watched_s=50))
    assert (case.event_id, case.title_id) == ("i", "t1")
    assert case.labels == {"click": 1, "start": 1, "long_view": 1, "finish": 0, "watch_s": 50}
    [other] = log.take(happened("page_viewed", at_s=700))
    assert other.labels == {"click": 0, "start": 0, "long_view": 0, "finish": 0, "watch_s": 0}
    predicted = log.end()
    assert [prediction.head for prediction in predicted] == [*OF_IMPRESSION, *OF_IMPRESSION]
    assert [prediction.label for prediction in predicted if prediction.head == "binge"] == [None, None]


def test_what_is_learned_later_does_not_change_what_was_said() -> None:
    log = Log()
    log.take(shown("t1"))
    [case] = log.core.predictions._waiting
    predicted = dict(case.p)
    log.take(
        *(happened("playback_completed", at_s=n, title_id="t1", profile=f"p{n}") for n in range(1, 9)),
        happened("title_clicked", at_s=60, title_id="t1"),
    )
    assert case.p == predicted


def test_a_play_that_nothing_announced_is_predicted_from_its_own_start() -> None:
    log = Log()
    log.take(happened("playback_started", title_id="t1", event_id="begin"))
    [case] = log.take(happened("playback_stopped", at_s=20, title_id="t1", watched_s=19))
    assert case.event_id == "begin"
    assert case.labels == {"long_view": 1, "finish": 0, "watch_s": 19}
    log.take(happened("playback_completed", at_s=900, title_id="t2", event_id="end"))
    [whole] = log.take(happened("playback_started", at_s=950, title_id="t3"))
    assert whole.event_id == "end"
    assert whole.labels == {"long_view": 1, "finish": 1, "watch_s": 100, "binge": 1}


def test_nobody_waits_for_a_profile_that_never_comes_back() -> None:
    log = Log()
    log.take(shown("t1", profile="gone"), shown("t2", profile="late", at_s=950), shown("t3", at_s=1_000))
    labels = {(prediction.title_id, prediction.head): prediction.label for prediction in log.end()}
    assert labels["t1", "click"] == labels["t1", "long_view"] == labels["t1", "watch_s"] == 0
    assert labels["t2", "click"] is labels["t3", "click"] is None  # their ten minutes are not over


def test_a_film_after_which_nobody_came_back_was_no_binge() -> None:
    log = Log()
    for who, at_s in (("gone", 0), ("late", 950)):
        log.take(happened("playback_completed", at_s=at_s, title_id="t1", profile=who, event_id=who))
    log.take(happened("page_viewed", at_s=1_000, profile="other"))
    labels = {(prediction.event_id, prediction.head): prediction.label for prediction in log.end()}
    assert labels["gone", "binge"] == 0
    assert labels["late", "binge"] is None  # its quarter of an hour is not over


def test_a_film_that_was_watched_twice_is_judged_once() -> None:
    log = Log()
    for n, at_s in enumerate((0, 200)):
        log.take(happened("playback_completed", at_s=at_s, title_id="t1", event_id=f"e{n}"))
    log.take(happened("page_viewed", at_s=2_000, profile="other"))
    labels = {(prediction.event_id, prediction.head): prediction.label for prediction in log.end()}
    assert (labels["e0", "binge"], labels["e1", "binge"]) == (None, 0)


class Witness:
    """A reference that says what the learner would say."""

    name = "witness"

    def __init__(self) -> None:
        self.known: dict[int, dict[str, float]] = {}

    def predict(self, case: int, row: OutcomeFeatures, heads: Heads, at_ms: int) -> dict[str, float]:
        assert case == len(self.known)
        assert at_ms >= START_MS
        self.known[case] = {}
        return heads.predict_one(
            as_features(OutcomeFeatures(row.slots[None], row.rated[None], row.dense[None]))[0]
        )

    def learn(self, case: int, labels: dict[str, float]) -> None:
        self.known[case] |= labels

    def settle(self) -> None:
        pass


def busy(*references: HeadReference) -> Log:
    """Two and a half days of impressions and plays."""
    log = Log(*references)
    for n in range(300):
        who, title = f"p{n % 7}", f"t{n % 5}"
        log.take(
            shown(title, f"t{n % 7}", "unheard of", at_s=720 * n, profile=who),
            happened("playback_stopped", at_s=720 * n + 50, title_id=title, profile=who, watched_s=n % 60),
        )
    return log


def test_serving_says_what_the_learner_would_say_and_references_learn_the_same() -> None:
    witness = Witness()
    log = busy(witness)
    log.end()
    for case in log.given:
        predicted = {prediction.head: prediction.p for prediction in case.predictions("witness")}
        assert {head: case.p[head] for head in predicted} == pytest.approx(predicted, abs=1e-12)
        assert case.labels.items() >= witness.known[case.number].items()


def test_references_predict_the_same_cases() -> None:
    pytest.importorskip("lightgbm")
    log = busy(Linear(), Trees(rounds=5))
    log.end()
    last = log.given[-1]
    assert last.references.keys() == {"online logistic", "LightGBM, daily"}
    assert {prediction.head for prediction in last.predictions("LightGBM, daily")} == {*CLASSES, "watch_s"}
    watched = [case for case in log.given if case.labels.get("watch_s", 0) > 20][-1]
    passed = [case for case in log.given if case.labels.get("watch_s") == 0][-1]
    for name in last.references:
        assert 0 < passed.references[name]["click"] < watched.references[name]["click"] < 1
    assert watched.references["LightGBM, daily"]["watch_s"] > passed.references["LightGBM, daily"]["watch_s"]


@tried(20)
@given(events=histories(profiles=("ada", "bob"), most=60))
def test_predicting_changes_no_ranking_and_each_case_comes_once(events: list[dict[str, Any]]) -> None:
    log, plain = Log(), Replay()
    for film in FILMS:
        plain.put_title(json.dumps({"name": "f", **film}).encode())
    for event in events:
        line = json.dumps(event).encode()
        assert list(log.core.rankings(1, line)) == list(plain.rankings(1, line))
    predicted = log.end()
    impressions = sum(len({item["title_id"] for item in event.get("items", ())}) for event in events)
    assert sum(prediction.head == "click" for prediction in predicted) == impressions
    times = [case.occurred_at for case in log.given]
    order = {event["event_id"]: n for n, event in enumerate(events)}
    places = [order[case.event_id] for case in log.given]
    assert places == sorted(places)
    assert len(times) == len(places)
    assert all(0.0 < prediction.p < 1.0 for prediction in predicted if prediction.head != "watch_s")
    assert all(prediction.label in (None, 0, 1) for prediction in predicted if prediction.head != "watch_s")


def test_a_replay_writes_them_as_lines(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    log.write_text("\n".join(map(json.dumps, (shown("t1"), happened("page_viewed", at_s=700)))))
    out, rankings = io.BytesIO(), io.BytesIO()
    tally = write_predictions(log, None, None, out)
    assert (tally.events, tally.rankings) == (2, 0)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["head"] for line in lines] == list(OF_IMPRESSION)
    assert lines[0].keys() == set(HeadPrediction._fields)
    both = io.BytesIO()
    assert write_predictions(log, None, rankings, both).rankings == 1
    assert both.getvalue() == out.getvalue()
