"""Settings from the environment: brokers, paths, names, intervals and limits."""

import os
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

from playhead.domain.errors import Unavailable

CHOICES = {
    "log_format": ("auto", "text", "json"),
    "misplaced": ("forward", "refuse"),
    "log_level": ("debug", "info", "warning", "error"),
    "sasl_mechanism": ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
    "security_protocol": ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
}
MASKED = "********"


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.0 <= seconds < inf:
        raise ValueError(text)
    return seconds


_KINDS: dict[Any, Callable[[str], Any]] = {str: str, int: int, float: _seconds, Path: Path}


def _setting(default: Any, meaning: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"meaning": meaning, "secret": secret}, repr=not secret)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a process; each field can be given as the environment variable ``PLAYHEAD_<FIELD>``."""

    bootstrap: str = _setting("127.0.0.1:9092", "Kafka brokers to ask first, HOST:PORT, several with commas")
    data_dir: Path = _setting(Path(".playhead/data"), "directory of the local stores")  # noqa: RUF009 - a field
    instance: str = _setting(
        "role-0", "name of this worker: keep it over restarts, differ from all others of its role"
    )
    api_key: str = _setting("", "key that the gateway's clients must bring, empty for none", secret=True)
    api_key_file: str = _setting("", "file that holds that key, instead")
    gateway_connections: int = _setting(3_000, "most connections to a gateway; more are answered with 503")
    gateway_connections_per_peer: int = _setting(
        1_500, "… of one client's address; behind a proxy all have one, so set it as high as the whole there"
    )
    gateway_streams: int = _setting(2_000, "most streams of a gateway; more are answered with 503")
    gateway_streams_per_peer: int = _setting(1_000, "… of one client's address")
    gateway_head_s: float = _setting(10.0, "seconds in which a client's first request has to begin")
    gateway_body_s: float = _setting(30.0, "seconds in which a request's body has to come")
    gateway_idle_s: float = _setting(
        75.0, "seconds for which a connection is kept between requests; longer than a proxy in front keeps it"
    )
    gateway_write_s: float = _setting(30.0, "seconds for which an answer may wait for a client to read it")
    log_format: str = _setting("auto", "text, json, or auto: text for a terminal and json for a pipe")
    log_level: str = _setting("info", "least severe messages of Playhead itself to log; libraries: warning")
    metrics_port: int = _setting(0, "port for Prometheus, 0 for none")
    metrics_host: str = _setting(
        "127.0.0.1",
        "address that port is bound to; anyone who reaches it can read the metrics, without a password",
    )
    misplaced: str = _setting(
        "forward",
        "events whose producer's partitioner is not murmur2: send them on to their profile's partition, or refuse them",
    )
    publish_every_s: float = _setting(
        1.0, "seconds between two publications of a learn worker's models, while it learns"
    )
    security_protocol: str = _setting("PLAINTEXT", "how to talk to Kafka")
    sasl_mechanism: str = _setting("PLAIN", "how to log in to Kafka, for the SASL protocols")
    sasl_username: str = _setting("", "name to log in to Kafka with")
    sasl_password: str = _setting("", "password to log in to Kafka with", secret=True)
    ssl_ca_location: str = _setting(
        "", "PEM file of the authorities that Kafka's certificate is checked with; empty: those of the system"
    )
    ssl_certificate_location: str = _setting(
        "", "PEM file of the certificate to show to Kafka, if it asks for one"
    )
    ssl_key_location: str = _setting("", "PEM file of that certificate's key, without a password")


class Explained(NamedTuple):
    """A setting explained: its value (masked when secret), where the value came from, what it means."""

    name: str
    variable: str
    value: str
    source: str
    meaning: str


def from_environment(environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings from ``PLAYHEAD_*`` variables that are not empty, overruled by those ``given`` that are not None.

    Raises:
        Unavailable: a value is of the wrong kind; the message names the variable.

    >>> from_environment({"PLAYHEAD_METRICS_PORT": "9100"}, instance="p-1").metrics_port
    9100
    """
    environment = os.environ if environment is None else environment
    values = {name: value for name, value in given.items() if value is not None}
    for setting in fields(Settings):
        text = environment.get(_variable(setting))
        if text and setting.name not in values:  # an empty variable is as good as none
            values[setting.name] = _parsed(setting, text)
    return Settings(**values)


def explain(settings: Settings, environment: Mapping[str, str] | None = None) -> list[Explained]:
    """All settings with their values and where these came from; secrets masked."""
    environment = os.environ if environment is None else environment
    return [_explained(settings, setting, environment) for setting in fields(Settings)]


def _explained(settings: Settings, setting: Field[Any], environment: Mapping[str, str]) -> Explained:
    value = getattr(settings, setting.name)
    text = environment.get(_variable(setting))
    if value == setting.default and not text:
        source = "default"
    else:
        source = "environment" if text and str(value) == text else "given"
    shown = MASKED if setting.metadata["secret"] and value else str(value)
    return Explained(setting.name, _variable(setting), shown, source, setting.metadata["meaning"])


def _variable(setting: Field[Any]) -> str:
    return f"PLAYHEAD_{setting.name.upper()}"


def _parsed(setting: Field[Any], text: str) -> Any:
    allowed = CHOICES.get(setting.name)
    if allowed is not None and text not in allowed:
        raise Unavailable(f"{_variable(setting)} is {text!r}.", f"Set it to one of {', '.join(allowed)}.")
    try:
        return _KINDS[setting.type](text)
    except ValueError as error:
        kind = getattr(setting.type, "__name__", "")
        raise Unavailable(
            f"{_variable(setting)} is {text!r}.", f"Set it to a value of type {kind}."
        ) from error
