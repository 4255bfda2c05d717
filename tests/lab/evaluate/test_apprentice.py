"""Beside another system: the lists are compared, what came of theirs is joined, and ours is judged by it."""

import json
from pathlib import Path

import pytest

from playhead.domain.errors import Rejected
from playhead.lab.evaluate.apprentice import Apprentice
from playhead.lab.simulate.served_log import write_served
from playhead.signals.record import decode


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    write_served(folder, seed=2, events=500, viewers=8, titles=60, progress=lambda _: None)
    return folder


def beside(served: Path, *, backwards: bool) -> Apprentice:
    """An apprentice of what served the log, or of one that lists the same titles the other way round."""
    core = Apprentice()
    for line in (served / "titles.jsonl").read_bytes().splitlines():
        core.put_title(line)
    decisions = [json.loads(line) for line in (served / "decisions.jsonl").read_bytes().splitlines()]
    told = {(one["profile_id"], one["version"]): one for one in decisions}
    for line in (served / "events.jsonl").read_bytes().splitlines():
        core.take(line, ranked=False)
        profile_id = json.loads(line)["profile_id"]
        version = decode(core.stored[profile_id.encode()])[2].delivery_v1.version
        if one := told.pop((profile_id, version), None):
            titles = one["title_ids"][::-1] if backwards else one["title_ids"]
            items = [{"title_id": title_id} for title_id in titles]
            ranking = {"ranking_id": one["ranking_id"], "profile_id": profile_id, "items": items}
            core.take_ranking(json.dumps(ranking).encode())
    return core


def test_who_lists_alike_is_said_to(served: Path) -> None:
    same, other = (beside(served, backwards=backwards).report() for backwards in (False, True))
    assert same.events == other.events >= 500
    assert same.rankings == other.rankings > 5
    assert same.overlap > other.overlap + 0.3
    assert same.same_place > other.same_place
    assert same.estimates.rows > 0
    assert other.estimates.dr.mean_weight < same.estimates.dr.mean_weight


def test_what_is_no_ranking_is_refused_with_its_repair() -> None:
    core = Apprentice()
    with pytest.raises(Rejected, match="Give ranking_id"):
        core.take_ranking(b'{"titles": []}')
    nobody = {"ranking_id": "r", "profile_id": "nobody", "items": [{"title_id": "t"}]}
    core.take_ranking(json.dumps(nobody).encode())
    report = core.report()
    assert (report.rankings, report.estimates.rows, report.estimates.judged.promote) == (0, 0, False)
