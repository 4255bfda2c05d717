from pathlib import Path

import pytest

from playhead.domain.errors import Unavailable
from playhead.runtime.settings import MASKED, Settings, explain, from_environment


def test_given_beats_environment_beats_default() -> None:
    environment = {"PLAYHEAD_BOOTSTRAP": "kafka:9092", "PLAYHEAD_INSTANCE": "a", "PLAYHEAD_DATA_DIR": "/data"}
    settings = from_environment(environment, instance="b", log_level=None)
    assert settings == Settings(bootstrap="kafka:9092", instance="b", data_dir=Path("/data"))
    sources = {each.name: each.source for each in explain(settings, environment)}
    assert (sources["bootstrap"], sources["instance"], sources["log_level"]) == (
        "environment",
        "given",
        "default",
    )


def test_a_secret_is_shown_nowhere() -> None:
    environment = {"PLAYHEAD_SASL_PASSWORD": "hunter2"}
    settings = from_environment(environment)
    assert settings.sasl_password == "hunter2"
    assert "hunter2" not in repr(settings)
    [password] = [each for each in explain(settings, environment) if each.name == "sasl_password"]
    assert (password.value, password.source, password.variable) == (
        MASKED,
        "environment",
        "PLAYHEAD_SASL_PASSWORD",
    )


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("PLAYHEAD_METRICS_PORT", "http"),
        ("PLAYHEAD_SECURITY_PROTOCOL", "TLS"),
        ("PLAYHEAD_PUBLISH_EVERY_S", "-1"),
        ("PLAYHEAD_PUBLISH_EVERY_S", "nan"),
    ],
)
def test_a_wrong_value_names_its_variable(variable: str, text: str) -> None:
    with pytest.raises(Unavailable, match=variable):
        from_environment({variable: text})
