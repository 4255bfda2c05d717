import json
import logging
from collections.abc import Iterator

import pytest

from playhead.runtime.logs import Log, configure
from playhead.runtime.settings import Settings


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root, playhead = logging.getLogger(), logging.getLogger("playhead")
    handlers, levels = list(root.handlers), (root.level, playhead.level)
    yield
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    playhead.setLevel(levels[1])


@pytest.mark.parametrize("log_format", ["auto", "json"])
def test_a_pipe_gets_one_json_object_an_event(log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure(Settings(log_format=log_format))
    Log("playhead.test").info("partition worker recovered", partition=3)
    logging.getLogger("faust").info("not said")
    logging.getLogger("aiokafka").warning("said by %s", "aiokafka")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(each["event"], each["level"]) for each in lines] == [
        ("partition worker recovered", "info"),
        ("said by aiokafka", "warning"),
    ]
    assert lines[0]["partition"] == 3


def test_eyes_get_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure(Settings(log_format="text"))
    Log("playhead.test").error("broken", error=ValueError("why"), partition=3)
    text = capsys.readouterr().err
    assert "error   broken  partition=3" in text
    assert "ValueError: why" in text
