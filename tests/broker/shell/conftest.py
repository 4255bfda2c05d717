"""Tests of the shell run it around a core that only counts."""

import pytest
from tests.broker.shell import counting
from tests.broker.world import Core


@pytest.fixture
def core() -> Core:
    return counting.main
