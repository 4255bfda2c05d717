"""Provisional labels are corrected once if the title is finished within a week; learners end up where the final label would have led them."""

from itertools import pairwise

import numpy as np
import pytest
from msgspec.structs import replace
from river import linear_model, optim, preprocessing, tree
from tests.learn.test_learner import SHARD, SOURCE, as_records, examples
from tests.models.published_states import states
from tests.models.test_heads import BAD, GOOD, T0, exported, features
from tests.timeline import START_MS, event

from playhead.domain.events import AnyEvent
from playhead.domain.examples import Example, Origin
from playhead.labels.definitions import End, judge
from playhead.labels.impressions import Outcome
from playhead.labels.provisional import KEPT, awaited
from playhead.learn.choices import Learners
from playhead.learn.learner import Learner
from playhead.models.heads import RATE, Heads, LabelRow
from playhead.models.river.declared import River
from playhead.models.river.member import Member
from playhead.recipe import RECIPE
from playhead.signals.record import Profile, decode, encode, fold, settled
from playhead.signals.responses import Responses, amend, count

DAY_S = 86_400


def finishes(*events: AnyEvent) -> list[tuple[int, int]]:
    """The finish labels of events, in order, each with the time (s) of the provisional label that it corrects or confirms, -1 for none."""
    made = []
    for outcome in outcomes(*events):
        labels = outcome.labels | ({} if outcome.end is None else judge(outcome.end).labels)
        if "finish" in labels:
            made.append(
                (labels["finish"], (outcome.corrects_ms - START_MS) // 1000 if outcome.corrects_ms else -1)
            )
    return made


def outcomes(*events: AnyEvent) -> list[Outcome]:
    """The outcomes that events settle; the record is stored and read between any two events."""
    stored, made = encode(Profile(), SOURCE, 0), []
    for happened in events:
        profile = decode(stored)[2]
        made += settled(profile, happened)
        fold(profile, happened)
        stored = encode(profile, SOURCE, 0)
    return made


def session(title: str, day: float, begin_s: float, end_s: float) -> tuple[AnyEvent, AnyEvent]:
    """A play of a title of 6,000 s, from one position to another."""
    at_s = day * DAY_S
    return (
        event("playback_started", title_id=title, at_s=at_s, duration_s=6_000, position_s=begin_s),
        event(
            *("playback_stopped",),
            title_id=title,
            at_s=at_s + end_s - begin_s,
            watched_s=end_s - begin_s,
            position_s=end_s,
            duration_s=6_000,
        ),
    )


def test_a_film_that_is_finished_days_later_corrects_its_first_sitting() -> None:
    # left at half on day 0 ▶ 0 ── gone on with on day 2 to its end ▶ 1, and the first label is taken back
    events = *session("a", 0, 0, 3_000), *session("a", 2, 3_000, 5_900)
    assert finishes(*events) == [(0, -1), (1, -1), (1, 3_000)]
    # once: what is watched again is a play of its own
    assert finishes(*events, *session("a", 3, 0, 3_000)) == [(0, -1), (1, -1), (1, 3_000), (0, -1)]


def test_each_sitting_before_the_last_is_corrected() -> None:
    events = *session("a", 0, 0, 2_000), *session("a", 1, 2_000, 4_000), *session("a", 2, 4_000, 5_900)
    assert finishes(*events) == [(0, -1), (0, -1), (1, -1), (1, 2_000), (1, DAY_S + 2_000)]


def test_the_label_of_an_impression_is_corrected_as_that_of_the_impression() -> None:
    shown = event("impressions_shown", items=[{"title_id": "a"}], surface="kids", at_s=5)
    last = outcomes(shown, *session("a", 0.001, 0, 3_000), *session("a", 2, 3_000, 5_900))[-1]
    assert (last.at_s, last.surface, last.shown) == (START_MS // 1000 + 5, "kids", True)
    assert (last.labels, last.corrects_ms > 0) == ({"finish": 1}, True)


def test_after_a_week_what_was_said_is_confirmed_and_what_was_hardly_begun_is_final_at_once() -> None:
    late = *session("a", 0, 0, 3_000), *session("a", 7.1, 3_000, 5_900)
    assert finishes(*late) == [(0, -1), (0, 3_000), (1, -1)]
    assert [outcome.final for outcome in outcomes(*late)] == [False, True, True]
    assert finishes(*session("a", 0, 0, 60), *session("a", 1, 60, 5_900)) == [(0, -1), (1, -1)]


def test_a_retracted_title_is_not_corrected() -> None:
    gone = event("history_removed", title_id="a", at_s=DAY_S)
    assert finishes(*session("a", 0, 0, 3_000), gone, *session("a", 2, 0, 5_900)) == [(0, -1), (1, -1)]


def test_what_is_remembered_is_bounded_and_the_oldest_is_final() -> None:
    left = [play for n in range(KEPT + 1) for play in session(f"t{n}", 0.1 * n, 0, 3_000)]
    first, second = (finishes(*left, *session(f"t{n}", 3, 3_000, 5_900))[KEPT + 1 :] for n in (0, 1))
    assert first == [(0, 3_000), (1, -1)]
    assert [label for label, _ in second] == [0, 1, 1]


def test_confirmations_are_for_who_waits_for_them_and_stand_last() -> None:
    confirmed, corrected = (Outcome("a", 0, "home", {"finish": label}, corrects_ms=5) for label in (0, 1))
    given = [confirmed, Outcome("b", 0, "home", {}, final=False), corrected]
    assert awaited(given, ()) == given[1:]
    assert awaited(given, {"finish"}) == [*given[1:], confirmed]


def test_how_a_profile_responds_is_corrected_as_of_when_it_was_counted() -> None:
    def counted(finished_s: float, *corrections: Outcome) -> Responses:
        judged = Outcome("a", 0, "kids", {}, End(finished_s, 6_000.0), shown=True)
        later = Outcome("b", 0, "home", {}, End(5.0, 6_000.0), shown=True)
        first = count((), [judged], START_MS // 1000)
        return amend(count(first, [later], START_MS // 1000 + 3 * DAY_S), corrections)

    correction = Outcome("a", 0, "kids", {"finish": 1}, shown=True, corrects_ms=START_MS)
    alone, corrected = counted(5_900.0), counted(3_000.0, correction)
    assert [response.surface for response in corrected] == ["", "home", "kids"]
    assert (
        [response.finished for response in corrected]
        == [response.finished for response in alone]
        == [93, 0, 100]
    )
    assert [response.ended for response in corrected] == [response.ended for response in alone]


def learned(*rows: LabelRow, between: int = 0) -> Heads:
    """Heads that learn rows of one impression, with other examples before each but the first."""
    heads = Heads()
    for n in range(200):
        heads.learn_one(
            (GOOD, BAD)[n % 2], LabelRow({"click": n % 3 // 2, "finish": int(n % 4 == 1)}, T0 + n)
        )
    for n, row in enumerate(rows):
        for m in range(between if n else 0):
            heads.learn_one(features(f"t{m % 7}"), LabelRow({"finish": int(m % 3 == 1)}, T0 + 1_000 + m))
        heads.learn_one(MET, row)
    if len(rows) < 2:
        for m in range(between):
            heads.learn_one(features(f"t{m % 7}"), LabelRow({"finish": int(m % 3 == 1)}, T0 + 1_000 + m))
    return heads


MET = features("good", (0.4, 0.1, 0.3, 0.7))
SOON = LabelRow({"finish": 0}, T0 + 500)
FINAL = LabelRow({"finish": 1}, T0 + 500)
CORRECTION = LabelRow({"finish": 1}, T0 + 9_000, corrects_ms=T0 + 500)


def test_provisional_then_final_is_final_alone() -> None:
    """Counts are equal, and the regression is; hashed weights keep the first label's slope in the length of steps."""
    (slots, newton, spread), (slots_alone, newton_alone, spread_alone) = (
        exported(heads) for heads in (learned(SOON, CORRECTION), learned(FINAL))
    )
    width = 5
    assert np.allclose(slots[:, 2 * width :], slots_alone[:, 2 * width :], rtol=1e-12, atol=0.0)
    assert np.allclose(newton, newton_alone, rtol=0.0, atol=NEWTON)
    assert np.allclose(spread, spread_alone, rtol=0.0, atol=1e-12)
    assert np.abs(slots[:, :width] - slots_alone[:, :width]).max() < 0.125 * RATE


@pytest.mark.parametrize("between", [1, 30, 300])
def test_what_was_learned_meanwhile_leaves_little_of_the_provisional_label(between: int) -> None:
    """At most a hundredth of the label's effect on the probability is left, whatever was learned between."""
    corrected, alone, wrong = (
        learned(*rows, between=between).predict_one(MET)["finish"]
        for rows in ((SOON, CORRECTION), (FINAL,), (SOON,))
    )
    assert abs(corrected - alone) < 0.01 * abs(wrong - alone)


def test_counts_are_the_same_whenever_the_correction_comes() -> None:
    counts = [
        exported(heads)[0][:, 10:]
        for heads in (learned(SOON, CORRECTION, between=50), learned(FINAL, between=50))
    ]
    for earlier, later in pairwise(counts):
        assert np.allclose(earlier, later, rtol=1e-12, atol=0.0)


NEWTON = 5e-5
"""Tolerance of a weight of the regression."""
LINEAR = preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.AdaGrad(0.05))
BESIDE = tuple(
    River(head, model, name=f"{head}.{name}")
    for head in ("finish", "binge")
    for name, model in (("linear", LINEAR), ("tree", tree.HoeffdingTreeClassifier(grace_period=20)))
)


def judged(head: str, label: int, *, final: bool = True, corrects: int = 0) -> Example:
    """An outcome of one impression of a known title."""
    at_ms = int(T0) + 500_000
    [model] = [example for example in examples(9) if example.example_id == "8"]
    return Example(
        example_id=f"judged-{corrects}",
        origin=Origin(9, 0, 10_000, int(corrects > 0)),
        kind="outcome",
        market="BR",
        occurred_at=at_ms if not corrects else corrects + 3_600_000,
        title_id=model.title_id,
        surface="home",
        labels={head: label},
        features=features("judged"),
        final=final,
        corrects=corrects,
    )


def taught(*rows: Example) -> Learner:
    """A learner with River models, after choices, impressions, labels of the heads and these examples."""
    learner, rng = Learners(RECIPE.pipeline, BESIDE).learner(SHARD), np.random.default_rng(3)
    labelled = [
        replace(
            judged("finish", 0),
            origin=Origin(9, 0, 1_000, n),
            labels={"finish": int(rng.random() < 0.4), "binge": int(rng.random() < 0.4)},
            features=features(f"t{n % 9}", tuple(rng.random(4).tolist())),
        )
        for n in range(200)
    ]
    assert learner.learn(as_records([*examples(90), *labelled, *rows]), SOURCE) == []
    return learner


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("head", ["finish", "binge"])
def test_of_all_learners_none_counts_a_provisional_label_and_its_final_one(head: str, label: int) -> None:
    given = judged(head, 0, final=False)
    both = taught(given, judged(head, label, corrects=given.occurred_at))
    alone = taught(judged(head, label))
    # What was foreseen is compared with one label each.
    names = [[prediction.head for prediction in learner.predicted()] for learner in (both, alone)]
    assert sorted(names[0]) == sorted(names[1])
    weights, expected_weights = (learner.models.heads.newton.weights for learner in (both, alone))
    assert np.allclose(weights, expected_weights, rtol=0.0, atol=NEWTON)
    after, expected = (
        states((row.key or b"", row.value) for row in learner.publish(0)) for learner in (both, alone)
    )
    assert after.keys() == expected.keys()
    # Those that hear of corrections are the heads, and River models beside them; all others are as if there was none.
    hear = [name for name in after if after[name] != expected[name]]
    assert {name.split("/")[1] for name in hear} <= {"heads", "newton"}
    for member, other in zip(_members(both), _members(alone), strict=True):
        assert member.learned == other.learned
        x = member.dicts(np.full((1, 64), 0.1))[0]
        assert member.predict(x) == pytest.approx(other.predict(x), abs=1e-3)


def test_what_may_be_corrected_is_kept_from_river_models_until_it_is_final() -> None:
    nothing, provisional, final = (
        [member.learned for member in _members(taught(*rows))]
        for rows in ((), (judged("binge", 0, final=False),), (judged("binge", 0),))
    )
    assert provisional == nothing
    assert [after - before for before, after in zip(nothing, final, strict=True)] == [0, 0, 1, 1]


def _members(learner: Learner) -> list[Member]:
    assert learner.models.river is not None
    return [*learner.models.river.members()]
