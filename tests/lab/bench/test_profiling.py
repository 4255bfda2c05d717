"""Where time goes: stacks as py-spy writes them, told by stage and by function."""

from pathlib import Path

import playhead
from playhead.lab.bench import profiling
from playhead.lab.bench.drain import Speed
from playhead.lab.bench.machine import Machine
from playhead.lab.bench.measure import BenchOptions

OTHERS = ("prometheus_client/", "aiokafka/", "faust/", "mode/", "asyncio/", "selectors.py", "threading.py")
STACKS = """\
main (x.py:1);_process (playhead/runtime/personalize.py:98);step (playhead/personalize/core.py:68);decode_event (playhead/domain/decoding.py:9) 30
main (x.py:1);_process (playhead/runtime/personalize.py:98);step (playhead/personalize/core.py:90);_answer (playhead/personalize/core.py:99);rank (playhead/ranking/pipeline.py:9);score (playhead/ranking/score.py:8) 40
main (x.py:1);_process (playhead/runtime/personalize.py:98);step (playhead/personalize/core.py:91);_answer (playhead/personalize/core.py:98);rank (playhead/ranking/pipeline.py:9);score (playhead/ranking/score.py:9) 10
thread (threading.py:3);_poll (playhead/runtime/outbox.py:5);_report (playhead/runtime/outbox.py:7) 15
thread (threading.py:3);Outbox._poll (playhead/runtime/outbox.py:5) 99
main (x.py:1);_run_once (asyncio/base_events.py:9);EpollSelector.select (selectors.py:4) 99
nobody (nowhere.py:1) 5
"""


def test_looks_are_told_by_stage_and_by_function_and_threads_that_wait_are_left_out() -> None:
    stacks = profiling.parsed(STACKS)
    stages = profiling.shares(profiling.by_stage(stacks))
    assert stages == {
        "rank: candidates, filters, scores": 0.5,
        "events: decode": 0.3,
        "send: hand records to the producer, and its reports": 0.15,
        "other": 0.05,
    }
    # two lines of one function are one
    assert profiling.shares(profiling.by_function(stacks))["score (playhead/ranking/score.py)"] == 0.5


def test_shares_of_an_event_are_told_in_microseconds() -> None:
    machine = Machine("CPU", 2, 8.0, "3.11", "4.3", 0.1)
    stages = {"events: decode": 0.25}
    profiled = profiling.Profiled(
        BenchOptions(), machine, Speed(4_000.0, 5_000.0, 1.0), stages, {"f (x.py)": 0.1}
    )
    assert profiled.event_us == 200.0
    text = profiling.markdown(profiled)
    assert "| events: decode | 25.0% | 50.0 |" in text
    assert "| `f (x.py)` | 10.0% | 20.0 |" in text
    assert profiling.table(profiled).row_count == 2


def test_every_stage_has_places_that_there_are() -> None:
    package = Path(playhead.__file__).parent
    for stage, places in profiling.STAGES:
        for place in places:
            function, _, path = place.rpartition("(")
            path = path.removeprefix("playhead/")
            if path.startswith(OTHERS):
                continue
            files = sorted((package / path).rglob("*.py")) if path.endswith("/") else [package / path]
            text = "".join(each.read_text() for each in files)
            assert f"def {function.strip()}(" in text or not function, f"{stage}: {place}"
