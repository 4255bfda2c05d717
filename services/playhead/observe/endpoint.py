"""Exposes the metrics: over HTTP on a port of their own, or as bytes for a process that serves HTTP anyway."""

import platform
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import REGISTRY, Histogram, make_wsgi_app
from prometheus_client.exposition import choose_encoder

from playhead import __version__
from playhead.domain.errors import Rejected
from playhead.domain.topics import EVENTS, EXAMPLES, MODELS, RANKINGS, TITLES
from playhead.observe import metrics

_metrics = make_wsgi_app()
STAGES = {
    "personalize": (
        *("decode", "read", "fold", "teach", "rank", "encode", "look"),
        *("examples", "changelog", "store", "commit"),
    ),
    "learn": ("learn", "publish", "commit"),
}
"""The stages of a batch, by role, in order."""


def serve(port: int, host: str) -> None:
    """Serves Prometheus on this address, in a thread; and /readyz: 200 when the worker is warm and at work, 503 before."""
    server = make_server(host, port, _answer, _Server, _Silent)
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()


def _answer(environ: Any, start_response: Any) -> Any:
    if environ.get("PATH_INFO") != "/readyz":
        return _metrics(environ, start_response)
    ready = metrics.READY._value.get() == 1  # noqa: SLF001 - a gauge has no public way to be read
    start_response("200 OK" if ready else "503 Service Unavailable", [("Content-Type", "text/plain")])
    return [b"ready\n" if ready else b"starting\n"]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named so there
        """Does nothing: a request each second would fill the log."""


def exposition(accept: str) -> tuple[bytes, str]:
    """All metrics, and their content type, for a request with that Accept header: OpenMetrics if it asks for it."""
    encoder, content_type = choose_encoder(accept)
    return encoder(REGISTRY), content_type


def identify(role: str, worker: str) -> None:
    """Sets the identity of this process, and begins its counters at 0, so that nothing is absent that never happened."""
    python = platform.python_version()
    metrics.BUILD.info({"version": __version__, "role": role, "worker": worker, "python": python})
    for stage in STAGES.get(role, ()):
        metrics.STAGE_SECONDS.labels(role, stage)
    if role == "personalize":
        _begin(metrics.FRESHNESS_SECONDS, "received", "durable", "followed")
        _letters(EVENTS, TITLES, MODELS)
        # What watches models brings half of their libraries along: the gateway starts in a quarter of the time without.
        from playhead.observe import watching

        metrics.COVERAGE.set_function(watching.COVERAGE.share)
    elif role == "learn":
        _begin(metrics.FRESHNESS_SECONDS, "published")
        _letters(EXAMPLES, TITLES, MODELS)
    elif role == "gateway":
        for result in ("accepted", "rejected", "refused", "undelivered"):
            metrics.GATEWAY_EVENTS.labels(result)
        for stream in ("ranking", "crowd"):
            metrics.GATEWAY_STREAMS.labels(stream)
        for bound in ("all", "peer"):
            for kind in ("connection", "stream"):
                metrics.GATEWAY_REFUSED.labels(kind, bound)
        for part in ("head", "body", "answer"):
            metrics.GATEWAY_SLOW.labels(part)
        _letters(RANKINGS)


def _letters(*topics: str) -> None:
    for topic in topics:
        metrics.DEAD_LETTERS.labels(topic, Rejected.__name__)


def _begin(metric: Histogram, *stages: str) -> None:
    for stage in stages:
        metric.labels(stage)
