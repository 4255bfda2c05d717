"""Tests of the shell run it around a core that only counts."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

COUNTING = Path(__file__).with_name("counting.py")


@pytest.fixture
def core() -> Sequence[str]:
    return (sys.executable, str(COUNTING))
