"""Tools outside this repository import Replay by its former name."""

from playhead.evaluate.replay import Replay as Former
from playhead.replay.core import Replay


def test_tools_that_know_its_former_name_find_it() -> None:
    assert Former is Replay
