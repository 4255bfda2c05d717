"""Compiled functions return what their plain twins return, and each has a twin."""

import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from types import CodeType, ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.kernels.arrays import ARRAYS
from tests.kernels.artwork import ARTWORK
from tests.kernels.candidates import CANDIDATES
from tests.kernels.cards import CARDS
from tests.kernels.content import CONTENT
from tests.kernels.exploring import EXPLORING
from tests.kernels.features import FEATURES
from tests.kernels.models import MODELS
from tests.kernels.page import PAGE
from tests.kernels.ranking import RANKING
from tests.kernels.sequence_models import SEQUENCE_MODELS
from tests.kernels.tags import TAGS
from tests.kernels.twin import Twin, disagreement

import playhead
from playhead.arrays.jit import PARTS

TWINS = (
    *(*ARRAYS, *FEATURES, *CANDIDATES, *CARDS, *CONTENT),
    *(*MODELS, *SEQUENCE_MODELS, *RANKING, *EXPLORING, *ARTWORK, *PAGE, *TAGS),
)


def _name(twin: Twin) -> str:
    return f"{twin.kernel.__module__.rpartition('.')[2]}.{twin.kernel.__name__}"


@pytest.mark.parametrize("twin", TWINS, ids=_name)
def test_a_kernel_says_what_its_plain_twin_says(twin: Twin) -> None:
    @tried(20)
    @given(st.integers(0, 2**32 - 1))
    def law(seed: int) -> None:
        assert disagreement(twin, np.random.default_rng(seed)) is None

    law()


def test_no_kernel_is_without_a_twin() -> None:
    reached: set[int] = set()
    for twin in TWINS:
        _reach(twin.kernel, reached)
    missing = [name for name, kernel in _kernels() if id(kernel) not in reached]
    assert missing == []


def _kernels() -> Iterator[tuple[str, Any]]:
    """Every compiled function of the package, by the module that defines it."""
    for walk_package in pkgutil.walk_packages(playhead.__path__, "playhead."):
        if walk_package.name.split(".")[1] in PARTS:
            module = import_module(walk_package.name)
            for name, value in vars(module).items():
                if hasattr(value, "py_func") and value.__module__ in (
                    walk_package.name,
                    "playhead.domain.partitioning",
                ):
                    yield f"{walk_package.name}.{name}", value


def _reach(function: Callable[..., Any], reached: set[int]) -> None:
    """The compiled functions that a function calls, directly or through compiled functions and methods."""
    if id(function) in reached:
        return
    reached.add(id(function))
    plain = getattr(function, "py_func", function)
    code = getattr(plain, "__code__", None)
    if code is None:
        return
    for value in _named(code, plain.__globals__):
        if hasattr(value, "py_func") or getattr(value, "__module__", "").startswith(("playhead.", "tests.")):
            for member in vars(value).values() if isinstance(value, type) else (value,):
                if callable(member):
                    _reach(member, reached)


def _named(code: CodeType, names: dict[str, Any]) -> Iterator[Any]:
    """The values of the globals that code refers to; of a module, its attributes that the code refers to."""
    for name in code.co_names:
        value = names.get(name)
        if isinstance(value, ModuleType) and value.__name__.startswith("playhead."):
            yield from (getattr(value, other) for other in code.co_names if hasattr(value, other))
        elif value is not None:
            yield value
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _named(constant, names)
