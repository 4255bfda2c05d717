"""``playhead up``: all roles on this machine, under a supervisor."""

import sys
from dataclasses import replace
from json import dumps
from typing import TYPE_CHECKING, Annotated

import typer

from playhead.cli.options import Bootstrap, DataDir, MetricsPort, interrupt_once, say, settings_from

if TYPE_CHECKING:
    from playhead.process.supervisor import ServiceSpec
    from playhead.runtime.settings import Settings


def up(
    personalize: Annotated[int, typer.Option(min=0, help="Workers that rank.")] = 1,
    learn: Annotated[int, typer.Option(min=0, help="Workers that learn.")] = 1,
    tag: Annotated[int, typer.Option(min=0, max=1, help="Workers that understand titles.")] = 1,
    bootstrap: Bootstrap = None,
    data_dir: DataDir = None,
    metrics_port: MetricsPort = None,
    gateway_port: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=65_535,
            help="Also run a gateway, the live page among it, on this port of 127.0.0.1; its metrics are there too.",
        ),
    ] = None,
) -> None:
    """Run all roles on this machine and start again what dies; Ctrl-C or SIGTERM stops all of them cleanly.

    Each worker gets a name, a folder below --data-dir, and, when --metrics-port is given, a port of its own
    from there upwards. Their log lines come out together, each with its worker's name.

    Examples:
      playhead up
      playhead up --personalize 2 --learn 1 --metrics-port 9100
      playhead up --gateway-port 8080
    """
    from playhead.process.supervisor import Supervisor

    settings = settings_from(bootstrap=bootstrap, data_dir=data_dir, metrics_port=metrics_port)
    _need_topics(settings)
    as_json = _json_wanted(settings)

    def print_line(name: str, text: str) -> None:
        sys.stderr.write(line_of(name, text, as_json=as_json) + "\n")

    with (
        interrupt_once(),
        Supervisor(services(settings, personalize, learn, gateway_port, tag), print_line) as supervisor,
    ):
        supervisor.run()


def services(
    settings: "Settings", personalize: int, learn: int, gateway_port: int | None = None, tag: int = 0
) -> list["ServiceSpec"]:
    """The service of each worker, with distinct names, folders and ports; the log's form is decided here, not by pipes."""
    roles = ["personalize"] * personalize + ["learn"] * learn + ["tag"] * tag
    numbers = [*range(personalize), *range(learn), *range(tag)]
    workers = [
        _service(settings, role, number, place)
        for place, (role, number) in enumerate(zip(roles, numbers, strict=True))
    ]
    return workers if gateway_port is None else [*workers, _gateway(settings, gateway_port)]


def _gateway(settings: "Settings", port: int) -> "ServiceSpec":
    from playhead.process.supervisor import ServiceSpec
    from playhead.runtime.pulse import pulse_path

    name = "gateway-0"
    own = replace(settings, data_dir=settings.data_dir / name, instance=f"{settings.instance}-{name}")
    pulse = pulse_path(own, "gateway")
    environment = {
        "PLAYHEAD_BOOTSTRAP": own.bootstrap,
        "PLAYHEAD_INSTANCE": own.instance,
        "PLAYHEAD_LOG_FORMAT": _log_format(settings),
        "PLAYHEAD_PULSE": str(pulse),
    }
    return ServiceSpec(
        name=name, arguments=("gateway", "--port", str(port)), environment=environment, pulse=pulse
    )


def _service(settings: "Settings", role: str, number: int, place: int) -> "ServiceSpec":
    from playhead.process.supervisor import ServiceSpec
    from playhead.runtime.pulse import pulse_path

    name = f"{role}-{number}"
    own = replace(settings, data_dir=settings.data_dir / name, instance=f"{settings.instance}-{name}")
    return ServiceSpec(
        name=name,
        arguments=("worker", role),
        environment={
            "PLAYHEAD_BOOTSTRAP": own.bootstrap,
            "PLAYHEAD_DATA_DIR": str(own.data_dir),
            "PLAYHEAD_INSTANCE": own.instance,
            "PLAYHEAD_METRICS_PORT": str(settings.metrics_port + place if settings.metrics_port else 0),
            "PLAYHEAD_LOG_FORMAT": _log_format(settings),
        },
        pulse=pulse_path(own, role),
        bootstrap=own.bootstrap,
    )


def line_of(name: str, text: str, *, as_json: bool) -> str:
    """A line of the joint log: a worker's JSON gains its name, text gets it in front.

    >>> line_of("learn-0", '{"event":"ready"}', as_json=True)
    '{"worker":"learn-0","event":"ready"}'
    >>> line_of("learn-0", "Traceback …", as_json=True)
    '{"worker":"learn-0","event":"Traceback …"}'
    >>> line_of("learn-0", "ready", as_json=False)
    'learn-0        ready'
    """
    if not as_json:
        return f"{name:14} {text}"
    own = text[1:] if text.startswith('{"') else f'"event":{dumps(text, ensure_ascii=False)}}}'
    return f'{{"worker":"{name}",{own}'


def _log_format(settings: "Settings") -> str:
    return "json" if _json_wanted(settings) else "text"


def _json_wanted(settings: "Settings") -> bool:
    return settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())


def _need_topics(settings: "Settings") -> None:
    from playhead.runtime.admin import compare_topics
    from playhead.runtime.differences import messages_of

    # Workers do not depend on how long a topic keeps its records.
    wrong = [each for each in compare_topics(settings) if each.what in {"missing", "partitions"}]
    for problem in messages_of(wrong):
        if problem.state == "broken":
            raise problem.error()
        say(str(problem))
