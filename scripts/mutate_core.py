"""Does a broken fold fail a test? Changes the core in one place at a time, in a copy, and runs its quick tests.

A mutant that survives is a place that no test looks at, or a change that makes no difference (an equivalent
mutant: ``<`` for ``<=`` where both are the same, a cache that is only slower). Reading tells which.
"""

import argparse
import ast
import copy
import difflib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
PACKAGE = Path("services/playhead")
CORE = ("signals/*.py", "labels/*.py", "learn/examples.py", "personalize/*.py")
TESTS = (
    # Examples first: most mutants end there, before a law has been tried.
    *("tests/signals/test_signals.py", "tests/signals/test_watched.py", "tests/signals/test_responses.py"),
    *("tests/signals/test_golden_record.py", "tests/labels"),
    *("tests/personalize/test_core.py", "tests/learn/test_examples.py"),
    *("tests/signals", "tests/ranking", "tests/candidates", "tests/features", "tests/lab/evaluate"),
)
HANGS_S = 120
FLIPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
}
SWAPPED = {"max": "min", "min": "max"}
Change = Callable[[Any], object]


class Mutant(NamedTuple):
    """One file, changed in one place; ``diff`` shows where."""

    path: Path
    source: str
    diff: str


def changes(node: Any) -> Iterator[Change]:
    """The ways to break a node, each a change in place of a copy of it."""
    match node:
        case ast.Compare():
            yield lambda n: n.ops.__setitem__(0, FLIPS[type(n.ops[0])]())
        case ast.BoolOp() | ast.BinOp() if type(node.op) in FLIPS:
            yield lambda n: setattr(n, "op", FLIPS[type(n.op)]())
        case ast.UnaryOp():
            yield lambda n: setattr(n, "op", ast.UAdd())
        case ast.Constant(value=bool()):
            yield lambda n: setattr(n, "value", not n.value)
        case ast.Constant(value=int() | float()):
            yield lambda n: setattr(n, "value", n.value + 1)
        case ast.IfExp() | ast.If():
            yield lambda n: setattr(n, "test", ast.UnaryOp(ast.Not(), n.test))
        case ast.Call(func=ast.Name(id="max" | "min")):
            yield lambda n: setattr(n.func, "id", SWAPPED[n.func.id])
        case ast.Call(func=ast.Name(id="replace"), keywords=keywords):
            for place in range(len(keywords)):
                yield lambda n, place=place: n.keywords.pop(place)


def sites(tree: ast.AST) -> Iterator[tuple[int, Change]]:
    """All places that can be broken: the number of the node in the walk, and how."""
    skipped = {id(inner) for outer in ast.walk(tree) for inner in _inert(outer)}
    folds = {id(inner) for outer in ast.walk(tree) if _is_fold(outer) for inner in ast.walk(outer)}
    for number, node in enumerate(ast.walk(tree)):
        if id(node) in skipped:
            continue
        yield from ((number, change) for change in changes(node))
        if id(node) in folds and isinstance(node, ast.Return) and ast.unparse(node) != "return state":
            yield number, lambda n: setattr(n, "value", ast.Name("state"))


def _is_fold(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and any(arg.arg == "state" for arg in node.args.args)


def _inert(node: ast.AST) -> Iterator[ast.AST]:
    """What types, layouts and asserts are made of: breaking it proves nothing."""
    outer: list[Any] = [getattr(node, "annotation", None), getattr(node, "returns", None)]
    outer += [node] if isinstance(node, ast.Assert) else getattr(node, "decorator_list", [])
    outer += node.keywords if isinstance(node, ast.ClassDef) else []
    for each in filter(None, outer):
        yield from ast.walk(each)


def mutants(path: Path) -> Iterator[Mutant]:
    """Every mutant of a file of the core."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    original = ast.unparse(tree)
    for number, change in sites(tree):
        broken = copy.deepcopy(tree)
        change(next(node for place, node in enumerate(ast.walk(broken)) if place == number))
        source = ast.unparse(ast.fix_missing_locations(broken))
        lines = difflib.unified_diff(original.split("\n"), source.split("\n"), str(path), lineterm="", n=1)
        yield Mutant(path, source, "\n".join(list(lines)[2:]))


def survives(mutant: Mutant, folder: Path, tests: list[str]) -> bool:
    """Whether all tests pass with the mutant in the place of its file."""
    whole = (folder / mutant.path).read_text(encoding="utf-8")
    (folder / mutant.path).write_text(mutant.source, encoding="utf-8")
    try:
        return _passes(folder, tests)
    finally:
        (folder / mutant.path).write_text(whole, encoding="utf-8")


def _passes(folder: Path, tests: list[str]) -> bool:
    # -B: a stale bytecode file of the same second and size would stand for the mutant.
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=HANGS_S)  # noqa: S603
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main() -> int:
    """Try a sample of mutants and report those that survived."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=60, help="mutants to try (60)")
    parser.add_argument("--seed", type=int, default=1, help="which sample (1)")
    parser.add_argument("--seconds", type=float, default=900, help="begin no mutant after so long (900)")
    parser.add_argument("--core", nargs="+", default=CORE, help="files, as patterns below services/playhead")
    parser.add_argument("--tests", nargs="+", default=list(TESTS), help="tests that should notice")
    options = parser.parse_args()
    paths = [path for pattern in options.core for path in sorted((ROOT / PACKAGE).glob(pattern))]
    every = [mutant for path in paths for mutant in mutants(path.relative_to(ROOT))]
    sample = random.Random(options.seed).sample(every, min(options.count, len(every)))  # noqa: S311
    print(f"{len(every)} mutants of {len(paths)} files; trying {len(sample)}.", flush=True)  # noqa: T201
    survivors, tried, until = 0, 0, time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "copy"
        for part in ("services", "tests"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        if not _passes(folder, options.tests):
            print("The tests fail without any mutant.")  # noqa: T201
            return 2
        for mutant in sample:
            if time.monotonic() > until:
                break
            tried += 1
            if survives(mutant, folder, options.tests):
                survivors += 1
                print(f"\nSURVIVED {mutant.path}\n{mutant.diff}", flush=True)  # noqa: T201
    print(f"\n{tried - survivors} of {tried} mutants were noticed.")  # noqa: T201
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main())
