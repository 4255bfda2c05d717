"""The example tests fail for a broken fold: a few fixed mutants here, all mutants by scripts/mutate."""

import ast
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from tests.signals import test_hidden, test_signals, test_watched

from playhead.signals import browsing, exposure, finished, hidden, history, opinions, playback, rhythm

MUTANTS: tuple[tuple[ModuleType, str, str], ...] = (
    (browsing, "if target < origin", "if target <= origin"),
    (exposure, "known.get(title_id, 0) + 1", "known.get(title_id, 0)"),
    (finished, "return state if _find(state, digest) >= 0", "return state if _find(state, digest) > 0"),
    (hidden, "value < DISLIKED", "value > DISLIKED"),
    (history, "max(at_s, known.at_s),", "known.at_s,"),
    (opinions, "if r != (title_id, WISH)", "if r == (title_id, WISH)"),
    (playback, "event.title_id != state.title_id:", "event.title_id == state.title_id:"),
    (rhythm, "now = max(at_s, state.at_s)", "now = at_s"),
)


def examples() -> list[Callable[[], None]]:
    """The examples that need nothing but the signals."""
    both = (*vars(test_signals).items(), *vars(test_watched).items(), *vars(test_hidden).items())
    tests = [each for name, each in both if name.startswith("test_")]
    return [each for each in tests if not inspect.signature(each).parameters]


def noticed() -> bool:
    """Whether an example fails."""
    for example in examples():
        try:
            example()
        except AssertionError:
            return True
    return False


def fold_of(module: ModuleType, source: str) -> Any:
    """The fold in a source, beside the types and constants of the module itself."""
    functions: list[ast.stmt] = [each for each in ast.parse(source).body if isinstance(each, ast.FunctionDef)]
    names = dict(vars(module))
    exec(compile(ast.Module(functions, []), module.__name__, "exec"), names)
    return names["fold"]


def test_the_examples_hold_for_the_folds_as_they_are() -> None:
    assert len(examples()) > 20
    assert not noticed()


@pytest.mark.parametrize(
    ("module", "old", "new"), MUTANTS, ids=lambda value: getattr(value, "__name__", None)
)
def test_a_broken_fold_is_noticed(
    module: ModuleType, old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = inspect.getsource(module)
    assert source.count(old) == 1, "the fold has changed: break it in another place"
    signal = getattr(module, module.__name__.rsplit(".", 1)[-1].upper())
    monkeypatch.setattr(signal, "fold", fold_of(module, source))
    assert not noticed()  # made in this way, but whole: so it is the break that is noticed below
    monkeypatch.setattr(signal, "fold", fold_of(module, source.replace(old, new)))
    assert noticed()
