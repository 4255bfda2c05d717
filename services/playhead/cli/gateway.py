"""``playhead gateway``: events in and rankings out over HTTP, and the live page."""

from pathlib import Path
from typing import Annotated

import typer

from playhead.cli.options import Bootstrap, Instance, settings_from
from playhead.cli.worker import Parent, bind

# Set by `playhead up`. Who else looks after a gateway asks for /healthz: this one needs no disk but for that file.
Pulse = Annotated[Path | None, typer.Option(envvar="PLAYHEAD_PULSE", hidden=True)]


def gateway(
    *,
    host: Annotated[
        str,
        typer.Option(
            help="Address to listen on; one that other machines reach needs an API key (PLAYHEAD_API_KEY).",
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on, 0 for a free one.")] = 8080,
    bootstrap: Bootstrap = None,
    instance: Instance = None,
    parent: Parent = None,
    pulse: Pulse = None,
) -> None:
    """Serve HTTP: events in, rankings out, stored profiles, and the live page at /.

    The first line of standard output is the page's address. Stateless: run as many as you like.

    Examples:
      playhead gateway
      playhead gateway --port 0 --bootstrap 127.0.0.1:9092
    """
    bind(parent)
    from playhead.gateway.serve import run_gateway

    run_gateway(settings_from(bootstrap=bootstrap, instance=instance), host, port, pulse)
