"""Do tests keep their word? A/A runs that are looked at after every event, and lifts that were planted."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.domain.experiments import Arm, Experiment
from playhead.experiments.assignment import arm_of
from playhead.experiments.confidence import POWER, normal_quantile
from playhead.experiments.totals import Floats, lift, moments
from playhead.experiments.verdict import compare

Progress = Callable[[int], None]
ARMS = (Arm(name="control", share=0.5), Arm(name="b", share=0.5))
BASE = 0.3
"""Share of rankings with a choice, by the mean of profiles."""
LIKENESS = 30.0
"""Concentration of the beta distribution of profiles around it: they differ by a quarter of it, and bring their past along."""
PAST = 20
"""Rankings of each profile before it was exposed."""
EVENTS_A_PROFILE = 5
PEEKED_FROM = 500


class Stream(NamedTuple):
    """An experiment's sums after every event, [events × WIDTH] each."""

    control: Floats
    arm: Floats


class FalsePositives(NamedTuple):
    """Shares of A/A runs in which a lift was ever claimed, at any event."""

    runs: int
    events: int
    choices: float
    choices_at_once: float
    minutes: float
    minutes_at_once: float
    fixed: float
    """What a test of fixed horizon does when it is peeked at like that."""


class Found(NamedTuple):
    """A planted lift: how many events until it was found, beside a test of fixed horizon on the same runs."""

    lift: float
    power: float
    fixed_events: int
    """Events at which a test of fixed horizon has this power, by how strong the lift is in these very runs."""
    events: int
    """Events at which this share of the runs had found the lift."""
    ratio: float
    mean_events: int
    mean_ratio: float
    wrong: float
    """The share of runs that claimed a loss."""


def false_positives(
    runs: int, seed: int, events: int = 20_000, progress: Progress = lambda _: None
) -> FalsePositives:
    """A/A runs, each with its own viewers and its own assignment, looked at after every event."""
    claims = np.zeros((runs, 5))
    # Planned so that the first look is at a tenth of the events.
    effect = 0.3
    for run in range(runs):
        choices, minutes = streams(seed * runs + run, events, 0.0)
        claims[run, 0] = claimed(choices, effect).any()
        claims[run, 1] = claimed(choices, effect, at_once=True).any()
        claims[run, 2] = claimed(minutes, effect).any()
        claims[run, 3] = claimed(minutes, effect, at_once=True).any()
        claims[run, 4] = _significant(choices)[PEEKED_FROM:].any()
        progress(run + 1)
    return FalsePositives(runs, events, *claims.mean(axis=0).tolist())


def planted(
    effect: float, runs: int, seed: int, power: float = POWER, progress: Progress = lambda _: None
) -> Found:
    """Runs in which the arm is better by ``effect``, as long as needed to find it in nearly all."""
    events = _long_enough(effect)
    found_after, wrong, strength = np.full(runs, events), np.zeros(runs), np.zeros(runs)
    for run in range(runs):
        choices = next(streams(seed * runs + run, events, effect))
        bounds = compare(*choices, effect)
        hits = np.flatnonzero(bounds.low > 0.0)
        found_after[run] = hits[0] + 1 if len(hits) else events
        wrong[run] = (bounds.high < 0.0).any()
        last = lift(choices.control[-1], choices.arm[-1])
        strength[run] = last.log_ratio / last.variance**0.5
        progress(run + 1)
    # A z-score grows with the root of the events.
    fixed = int(events * ((normal_quantile(0.975) + normal_quantile(power)) / strength.mean()) ** 2)
    needed = int(np.quantile(found_after, power, method="higher"))
    mean = int(found_after.mean())
    return Found(effect, power, fixed, needed, needed / fixed, mean, mean / fixed, float(wrong.mean()))


def claimed(stream: Stream, effect: float, *, at_once: bool = False) -> NDArray[np.bool_]:
    """Whether a lift or a loss is claimed, after each event."""
    bounds = compare(*stream, effect, at_once=at_once)
    return (bounds.low > 0.0) | (bounds.high < 0.0)


def streams(seed: int, events: int, effect: float) -> Iterator[Stream]:
    """Choices, and minutes watched, of one run: viewers who come again, unlike each other, each with a past."""
    rng = np.random.default_rng(seed)
    profiles = max(events // EVENTS_A_PROFILE, 2)
    rate = rng.beta(BASE * LIKENESS, (1.0 - BASE) * LIKENESS, profiles)
    past = rng.binomial(PAST, rate) / PAST
    experiment = Experiment(experiment_id=f"run-{seed}", share=1.0, arms=ARMS)
    treated = np.array([getattr(arm_of(experiment, str(n)), "name", "") == "b" for n in range(profiles)])
    # Some come ten times as often as others.
    who = rng.choice(profiles, size=events, p=_shares(rng.pareto(1.5, profiles) + 0.3))
    chosen = (rng.random(events) < rate[who] * np.where(treated[who], 1.0 + effect, 1.0)).astype(np.float64)
    minutes = chosen * rng.lognormal(3.0, 1.0, events)
    return (_stream(who, treated, outcome, past) for outcome in (chosen, minutes))


def _shares(weights: Floats) -> Floats:
    capped = np.minimum(weights, 10.0)
    shares: Floats = capped / capped.sum()
    return shares


def _stream(who: NDArray[np.int64], treated: NDArray[np.bool_], outcome: Floats, past: Floats) -> Stream:
    before, times = _running(who, outcome)
    outcomes = moments(before + outcome, times + 1.0, past[who]) - moments(before, times, past[who])
    mine = treated[who][:, None]
    return Stream(
        np.cumsum(np.where(mine, 0.0, outcomes), axis=0), np.cumsum(np.where(mine, outcomes, 0.0), axis=0)
    )


def _running(who: NDArray[np.int64], outcome: Floats) -> tuple[Floats, Floats]:
    """The reward of each event's profile before it, and in how many events."""
    order = np.argsort(who, kind="stable")
    sorted_who, sums = who[order], np.cumsum(outcome[order])
    first = np.flatnonzero(np.r_[True, sorted_who[1:] != sorted_who[:-1]])
    begin = np.repeat(first, np.diff(np.r_[first, len(who)]))
    earlier = np.r_[0.0, sums]
    before, times = np.empty(len(who)), np.empty(len(who))
    before[order] = earlier[np.arange(len(who))] - earlier[begin]
    times[order] = np.arange(len(who)) - begin
    return before, times


def _significant(stream: Stream) -> NDArray[np.bool_]:
    estimate = lift(*stream)
    significant: NDArray[np.bool_] = np.abs(estimate.log_ratio) > normal_quantile(0.975) * np.sqrt(
        estimate.variance
    )
    return significant


def _long_enough(effect: float) -> int:
    """Twice what a test of fixed horizon would need with independent events."""
    needed = (normal_quantile(0.975) + normal_quantile(POWER)) ** 2 * 4.0 * (1.0 - BASE) / BASE
    return max(int(2.0 * needed / np.log1p(effect) ** 2), 1_000)
