"""Another policy beside the one that served a log: the same settings say the same, others say what they would have done."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from playhead.cli import app
from playhead.domain.errors import PlayheadError
from playhead.experiments.logged import estimates
from playhead.lab.evaluate.off_policy import compared
from playhead.lab.simulate.served_log import write_served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    made = write_served(folder, seed=1, events=900, viewers=12, titles=60, progress=lambda _: None)
    assert made.decisions > 100
    return folder


def test_other_settings_are_weighed_by_what_they_would_have_shown(served: Path) -> None:
    policies: list[dict[str, Any]] = [
        {},
        {"pipeline.artwork.spread": 0.0},
        {"pipeline.weights.finish": 5.0, "pipeline.weights.long_view": 0.0},
    ]
    same, greedy, other = compared(served / "events.jsonl", served / "titles.jsonl", policies)
    reward, weight, expected, own, _ = same.columns("click")
    assert len(reward) > 500
    assert reward.sum() > 10
    # To six digits: what decisions say is rounded.
    assert weight == pytest.approx(1.0, abs=1e-4)
    assert expected.tolist() == own.tolist()
    result = estimates(same.columns("click"))
    assert result.ips.value == pytest.approx(result.logged, abs=1e-6)
    assert result.gain.value == pytest.approx(0.0, abs=1e-6)

    _, weight, expected, own, _ = greedy.columns("click")
    # Pictures alone differ: each place has its title, and all that it may be shown by has been shown now and then.
    assert expected.tolist() == own.tolist()
    assert weight.min() > 0.0
    assert weight.std() > 0.05
    assert weight.mean() == pytest.approx(1.0, abs=0.15)

    _, weight, *_ = other.columns("click")
    # Lists explore next to nothing: of another order, the log knows the places where both agree.
    assert 0.0 < (weight == 0.0).mean() < 1.0


def test_decisions_that_were_kept_say_the_same_as_a_replay(served: Path) -> None:
    log, titles = served / "events.jsonl", served / "titles.jsonl"
    [replayed] = compared(log, titles, [{"pipeline.artwork.spread": 0.0}])
    [kept] = compared(log, titles, [{"pipeline.artwork.spread": 0.0}], served / "decisions.jsonl")
    for column, other in zip(replayed.columns("minutes"), kept.columns("minutes"), strict=True):
        assert np.array_equal(np.asarray(column), np.asarray(other))


def run(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    if isinstance(result.exception, PlayheadError):
        raise result.exception
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_what_an_operator_asks(served: Path) -> None:
    log = [str(served / "events.jsonl"), "--titles", str(served / "titles.jsonl")]
    answer = run("ope", *log, "--policy", '{"pipeline.artwork.spread": 0}')
    assert {"ips", "snips", "dr", "switch_dr", "gain", "judged"} <= set(answer)
    assert answer["dr"]["low"] < answer["dr"]["value"] < answer["dr"]["high"]
    judged = run("policy", "estimate", *log, "--policy", '{"pipeline.artwork.spread": 0}')
    assert not judged["promote"]
    assert judged["reason"]
    with pytest.raises(PlayheadError, match="no setting"):
        run("ope", *log, "--policy", '{"pipeline.artwork.spraed": 0}')
    with pytest.raises(PlayheadError, match="is no policy"):
        run("ope", *log, "--policy", "nowhere.json")
