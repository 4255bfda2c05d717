"""The quick set of the faults, and one that is not survived without its protection. All: ``scripts/faults``."""

from pathlib import Path

import pytest
from tests.broker.faults.attack import attack
from tests.broker.faults.protections import PROTECTIONS
from tests.broker.faults.registry import FAULTS, MISSED_IN
from tests.broker.faults.run import Options
from tests.effort import THOROUGH

from playhead.lab.kafka import EmbeddedBroker

RATE = 200.0
"""Events a second: what two busy cores do beside the broker, the learner and the oracle."""


@pytest.mark.parametrize("name", ["all at once", *(["suspended before writing"] if THOROUGH else [])])
def test_nothing_is_lost_and_nothing_done_twice(broker: EmbeddedBroker, tmp_path: Path, name: str) -> None:
    figures, _ = attack(name, broker, tmp_path / "run", Options(rate=RATE, quick=True))
    assert figures.right, figures.why
    assert figures.applied > 1000


@pytest.mark.skipif(
    not THOROUGH,
    reason="half a minute for what the simulation shows of each protection: HYPOTHESIS_PROFILE=thorough",
)
def test_a_protection_that_is_taken_out_is_missed(broker: EmbeddedBroker, tmp_path: Path) -> None:
    options = Options(rate=RATE, quick=True, without="ring")
    figures, _ = attack(MISSED_IN["ring"], broker, tmp_path / "run", options)
    assert figures.state_duplicated > 0
    assert not figures.lost


def test_every_protection_has_a_fault_that_misses_it() -> None:
    assert MISSED_IN.keys() == PROTECTIONS.keys()
    assert set(MISSED_IN.values()) <= FAULTS.keys()
