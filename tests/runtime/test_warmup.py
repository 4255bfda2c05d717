"""After the warm-up nothing is left to be compiled: a worker that owns partitions never stands still for it."""

import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from playhead.runtime import warmup

SERVE = """
import sys
from numba.core.registry import CPUDispatcher
from playhead.domain.records import Incoming, Source
from playhead.replay.core import Replay
from playhead.learn.choices import Learners
from playhead.personalize.core import Personalizer
from playhead.recipe import RECIPE
from playhead.runtime.warmup import warm_up
from tests.timeline import START_MS, happened
import json

def compiled():
    return {
        (name, key, signature)
        for name, module in list(sys.modules.items())
        # Replay understands titles by itself; in a system that is the work of another role.
        if name.startswith("playhead") and name != "playhead.catalogue.tags.ridge"
        for key, value in vars(module).items() if isinstance(value, CPUDispatcher)
        for signature in value.signatures
    }

assert warm_up() > 0
before = compiled()
assert len(before) > 20
core = Replay()
for n in range(90):
    title = {"title_id": f"t{n}", "name": "t", "genres": ["x", "y"][: n % 3], "maturity": 7, "repeatable": n % 5 == 0}
    if n % 4 == 1:
        title |= {"series_id": f"s{n // 20}", "season": 1, "episode": n}
    if n % 4 == 2:
        title["artworks"] = [{"artwork_id": f"a{n}", "attributes": {"mood": "x"}}, {"artwork_id": f"b{n}"}]
    core.put_title(json.dumps(title).encode())
batch = []
for n in range(240):
    who = {"profile": f"p{n % 7}", "market": ("BR", "DE")[n % 2], "kind": ("adult", "kids")[n % 2]}
    acts = [
        happened("impressions_shown", at_s=60 * n, items=[{"title_id": f"t{n % 90}"}, {"title_id": f"t{n % 88 - n % 4 + 2}", "artwork_id": f"a{n % 88 - n % 4 + 2}"}], surface=f"s{n % 2}", **who),
        happened("title_clicked", at_s=60 * n + 4, title_id=f"t{n % 88 - n % 4 + 2}", **who),
        happened("playback_completed", at_s=60 * n + 5, title_id=f"t{n * 7 % 90}", watched_s=9, **who),
        happened("page_viewed", at_s=60 * n + 9, **who),
    ]
    for act in acts:
        core.take(json.dumps(act).encode())
follower, learner = Personalizer(RECIPE), Learners(RECIPE.pipeline).learner(0)
for each in core.learners:
    each._next += 1  # replay counts no offsets
    for row in each.publish(0):
        follower.follow("playhead.models", row.key, row.value)
        assert learner.restore(row.key, row.value) is None
def batch_of(*profiles):
    acts = [
        happened(kind, at_s=60 * n, profile=who, title_id=f"t{n}", market=("BR", "DE")[n % 2])
        for n, who in enumerate(profiles) for kind in ("title_clicked", "playback_started", "page_viewed")
    ]
    return [
        Incoming("playhead.events", 0, n, 0, act["profile_id"].encode(), json.dumps(act).encode())
        for n, act in enumerate(acts)
    ]

for core in (follower, Personalizer(RECIPE)):  # with models, and before there are any
    for profiles in (["p0"], ["p0", "p4", "p8", "p0"]):
        told = core.step(batch_of(*profiles), lambda keys: [None] * len(keys), Source(0, 0, 4), START_MS)
        assert told.then or told.misplaced
new = compiled() - before
assert not new, new
"""


def test_nothing_is_compiled_after_the_warm_up() -> None:
    done = subprocess.run([sys.executable, "-c", SERVE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_while_one_compiles_the_others_wait_and_then_nobody_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warmup, "kept_in", lambda: tmp_path)
    inside, turns = threading.Event(), []

    def follow() -> None:
        inside.wait()
        with warmup._one_compiles():
            turns.append("second")

    second = threading.Thread(target=follow)
    second.start()
    with warmup._one_compiles():
        inside.set()
        second.join(0.1)
        turns.append("first")
    second.join()
    assert turns == ["first", "second"]
    with warmup._one_compiles(), warmup._one_compiles():  # would wait for itself
        pass


ALONE = """
import playhead.arrays.jit
from playhead.models.popularity import (Popularity)
assert not playhead.arrays.jit._KEPT
model = Popularity()
model.learn_one(0, 1_767_225_600_000)
assert model.counts[0, 0] == 1.0
"""


def test_without_a_folder_to_keep_it_in_a_process_compiles_for_itself() -> None:
    nowhere = os.environ | {"XDG_CACHE_HOME": "/proc/nowhere"}
    nowhere.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=False, env=nowhere
    )
    assert done.returncode == 0, done.stderr


FORESEEN = """
import sys
from pickle import dumps
import numpy as np
from playhead.arrays.jit import CALLS
from playhead.runtime.warmup import serve_viewer
with np.errstate(all="ignore"):
    serve_viewer()
sys.stdout.buffer.write(dumps(list(CALLS)))
"""
MET = """
import sys
from importlib import import_module
from pickle import load
from playhead.runtime.warmup import serve_viewer
serve_viewer()
for module, name, types in load(sys.stdin.buffer):
    loop = getattr(import_module(module), name)
    assert not hasattr(loop, "overloads") or types in loop.overloads, (module, name, types, list(loop.overloads))
"""


def test_the_interpreter_shows_what_is_called_with_which_types() -> None:
    interpreted = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    calls = subprocess.run([sys.executable, "-c", FORESEEN], env=interpreted, capture_output=True, check=True)
    assert len(pickle.loads(calls.stdout)) > 40
    subprocess.run([sys.executable, "-c", MET], input=calls.stdout, check=True)
