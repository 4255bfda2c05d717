"""Replay: the same bytes each time, and no looking ahead."""

import io
import json
import shutil
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from tests.effort import THOROUGH, tried
from tests.timeline import happened, histories

from playhead.domain.errors import Rejected, Unavailable
from playhead.replay.core import Replay, replay
from playhead.replay.recorded import Recording

DATA = Path(__file__).parents[3] / "shared" / "data"
REAL_EVENTS = 100_000 if THOROUGH else 600


def written(folder: Path, events: list[bytes]) -> Path:
    path = folder / f"{len(events)}.jsonl"
    path.write_bytes(b"\n".join(events))
    return path


def replayed(events: list[dict[str, Any]]) -> list[bytes]:
    core = Replay()
    return [ranking for event in events for ranking in core.rankings(1, json.dumps(event).encode())]


@tried(20)
@given(events=histories(profiles=("ada", "bob"), most=40))
def test_prefix_law(events: list[dict[str, Any]]) -> None:
    """The first rankings of a whole log are the rankings of its first events: nothing looks ahead."""
    whole = replayed(events)
    half = replayed(events[: len(events) // 2])
    assert whole[: len(half)] == half


@pytest.mark.parametrize("log", ["kuairand", "movietweetings", "ml100k"])
def test_a_real_log_gives_the_same_bytes_and_prefixes(log: str, tmp_path: Path) -> None:
    if not DATA.is_dir():
        pytest.skip(f"the recorded logs are not beside the project: {DATA}")
    titles = tmp_path / "titles.jsonl.gz"
    shutil.copy(DATA / f"{log}.titles.jsonl.gz", titles)
    with Recording(DATA / f"{log}.events.jsonl.gz") as recording:
        head = [value for _, value in islice(recording.raw(), REAL_EVENTS)]
    first, second, part = io.BytesIO(), io.BytesIO(), io.BytesIO()
    tally = replay(written(tmp_path, head), titles, first)
    replay(written(tmp_path, head), titles, second)
    replay(written(tmp_path, head[: REAL_EVENTS // 3]), titles, part)
    assert tally.events == REAL_EVENTS
    assert tally.rankings > REAL_EVENTS / 3
    assert tally.rejected == []
    assert first.getvalue() == second.getvalue()
    assert len(part.getvalue()) > 10_000
    assert first.getvalue().startswith(part.getvalue())


def test_bad_lines_are_told_with_their_number_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = json.dumps(happened("page_viewed")).encode()
    out = io.BytesIO()
    tally = replay(written(tmp_path, [good, b"{nonsense", b'{"type":"page_viewed"}', good]), None, out)
    assert [line for line, _ in tally.rejected] == [2, 3]
    assert tally.rankings == 1  # the second good line is the same event again


def test_a_log_is_ranked_with_experiments_and_what_cannot_run_is_refused(tmp_path: Path) -> None:
    arms = [{"name": "control", "share": 0.0}, {"name": "b", "share": 1.0}]
    arms[1]["settings"] = {"pipeline.rank_size": 3}
    experiment = {"experiment_id": "short", "share": 1.0, "arms": arms}
    log = written(tmp_path, [json.dumps(happened("page_viewed")).encode()])
    file = tmp_path / "experiments.jsonl"
    file.write_text(json.dumps(experiment))
    outs = io.BytesIO(), io.BytesIO()
    for out in outs:
        replay(log, None, out, experiments=file)
    assert outs[0].getvalue() == outs[1].getvalue()
    assert json.loads(outs[0].getvalue())["experiments"] == {"short": "b"}
    file.write_text(json.dumps(experiment | {"share": 1.5}))
    with pytest.raises(Rejected, match="share"):
        replay(log, None, io.BytesIO(), experiments=file)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="can't be read"):
        replay(tmp_path / "nothing.jsonl", None, io.BytesIO())
