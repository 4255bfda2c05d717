"""Some viewers have a market of their own: their choices are looked up with all others there, and without."""

from pathlib import Path

import pytest
from tests.lab.evaluate.logs import catalogue, visits, written

from playhead.domain.errors import Unavailable
from playhead.lab.evaluate.engines import CORE
from playhead.lab.evaluate.run import EvaluateOptions, run
from playhead.lab.evaluate.small_market import ALONE, viewers_of_market

TITLES = [f"t{n}" for n in range(40)]


def log_of(folder: Path, profiles: int) -> Path:
    """Everybody watches the same five titles, which are the last of the catalogue's."""
    acts = [(f"p{n}", TITLES[-1 - (n + turn) % 5]) for turn in range(3) for n in range(profiles)]
    return written(folder, visits(*acts))


def test_a_small_market_leans_on_what_others_choose(tmp_path: Path) -> None:
    options = EvaluateOptions(log_of(tmp_path, 60), catalogue(tmp_path, *TITLES), small_market=6)
    task = run(options)["tasks"]["completion"]
    assert 0 < task["scored"] <= 18
    ndcg = {name: system["overall"]["ndcg@10"][0] for name, system in task["systems"].items()}
    assert ndcg.keys() == {CORE, ALONE}
    assert ndcg[CORE] > ndcg[ALONE] + 0.1


def test_the_same_viewers_are_chosen_each_time_and_not_all(tmp_path: Path) -> None:
    log = log_of(tmp_path, 10)
    assert viewers_of_market(log, 3) == viewers_of_market(log, 3) < {f"p{n}" for n in range(10)}
    with pytest.raises(Unavailable, match="has 10 profiles"):
        viewers_of_market(log, 10)
