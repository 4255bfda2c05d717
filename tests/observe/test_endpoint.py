"""A worker's own address: its metrics, and whether it is ready."""

from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from playhead.lab.kafka.ports import free
from playhead.observe import endpoint, metrics


@pytest.fixture(name="address")
def _address() -> Iterator[str]:
    [port] = free(1)
    metrics.READY.set(0)
    endpoint.serve(port, "127.0.0.1")
    yield f"http://127.0.0.1:{port}"
    metrics.READY.set(0)


def test_a_worker_is_ready_when_it_says_so(address: str) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(f"{address}/readyz")
    with refused.value as answer:
        assert (answer.status, answer.read()) == (503, b"starting\n")
    metrics.READY.set(1)
    with urlopen(f"{address}/readyz") as answer:
        assert (answer.status, answer.read()) == (200, b"ready\n")
    with urlopen(f"{address}/metrics") as answer:
        assert b"\nplayhead_ready 1.0\n" in answer.read()
