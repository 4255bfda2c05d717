"""A real Apache Kafka for every test in this folder, started once a session."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from tests.broker.world import Core, World, delete_topics, real, wait_until

from playhead.lab.kafka import EmbeddedBroker
from playhead.runtime.admin import compare_topics, create_topics
from playhead.runtime.connection import client_config
from playhead.runtime.settings import Settings

HERE = Path(__file__).parent
HOME = HERE.parents[1] / ".playhead"
"""The project's own: what is fetched once serves every test run and the demo."""
LOG = pytest.StashKey[Path]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.broker)


@pytest.fixture(scope="session")
def home() -> Path:
    return HOME


@pytest.fixture(scope="session")
def broker(
    home: Path, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(home=home, data=tmp_path_factory.mktemp("kafka"), progress=print) as running:
        pytestconfig.stash[LOG] = running.log_path
        yield running


@pytest.fixture
def core() -> Core:
    """What a worker does: the real core's work, where a folder says nothing else."""
    return real


@pytest.fixture(name="wait_until")
def _wait_until() -> Callable[..., float]:
    return wait_until


@pytest.fixture
def world(broker: EmbeddedBroker, core: Core, tmp_path: Path) -> Iterator[World]:
    """Topics made anew for a test: their offsets begin at 0 and their epochs are new."""
    settings = Settings(bootstrap=broker.bootstrap, data_dir=tmp_path / "data")
    delete_topics(settings)
    create_topics(settings)
    # The first topics of a broker's life are listed a moment after they are made.
    wait_until(lambda: not compare_topics(settings), "topics are made")
    world = World(settings, core)
    yield world
    world.close()
    # Other tests of the session find the broker as it was.
    delete_topics(settings)


def pytest_report_header() -> str:
    return f"kafka: embedded, kept in {HOME}, logs in {HOME / 'logs'}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    log = item.config.stash.get(LOG, None)
    if report.failed and log is not None and item.path.is_relative_to(HERE):
        report.sections.append(("Kafka's log", f"{log} ends with:\n{_end(log)}"))
    return report


def _end(log: Path) -> str:
    if not log.exists():  # only the newest logs are kept, and each test may start brokers of its own
        return "nothing: it is no longer there"
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


@pytest.fixture
def incumbent(world: World) -> Iterator[str]:
    """A topic for the lists of another recommender."""
    admin, topic = AdminClient(client_config(world.settings)), "recommender.lists"
    for made in admin.create_topics([NewTopic(topic, 3, 1)]).values():
        made.result(30)
    yield topic
    for gone in admin.delete_topics([topic]).values():
        gone.result(30)
