"""The experiments and the results of their arms, as read from their topics, and changes by an operator."""

from contextlib import suppress
from dataclasses import dataclass, field

import msgspec
from confluent_kafka import Producer

from playhead.domain.errors import Rejected, Unavailable
from playhead.domain.experiment_totals import ExperimentTotals
from playhead.domain.experiments import Experiment
from playhead.domain.topics import EXPERIMENTS, TOTALS
from playhead.experiments.report import Report, report
from playhead.personalize.trials import Trials
from playhead.recipe import RECIPE
from playhead.runtime.connection import producer_config
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings

DELIVERY_S = 30
_totals = msgspec.json.Decoder(ExperimentTotals)
_encoder = msgspec.json.Encoder()


@dataclass
class Standing:
    """The experiments that are in force, the sums of their arms by partition, and what was refused of the newest records."""

    trials: Trials = field(default_factory=lambda: Trials(RECIPE))
    parts: dict[int, ExperimentTotals] = field(default_factory=dict)
    refused: dict[bytes, Rejected] = field(default_factory=dict)

    def follow(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Takes over a record of either topic; an experiment that can't be used is kept as refused, and changes nothing.

        Raises:
            Rejected: a record of the totals can't be decoded.
        """
        if topic == TOTALS:
            self._add(value)
            return
        self.refused.pop(key, None)
        try:
            self.trials.follow(key, value)
        except Rejected as error:
            self.refused[key] = error

    def _add(self, value: bytes | None) -> None:
        try:
            totals = _totals.decode(value or b"")
        except msgspec.MsgspecError as error:
            raise Rejected(f"No sums: {error}.", "Only personalize workers write this topic.") from error
        self.parts[totals.partition] = totals

    def reports(self) -> list[Report]:
        """The results of all experiments, by id."""
        return [report(experiment, self.parts) for _, experiment in sorted(self.trials.known.items())]

    def named(self, experiment_id: str) -> Experiment:
        """The experiment of that name.

        Raises:
            Unavailable: there is none of that name.
        """
        experiment = self.trials.known.get(experiment_id)
        if experiment is None:
            there = ", ".join(sorted(self.trials.known)) or "none"
            raise Unavailable(f"There is no experiment {experiment_id!r}.", f"Name one of: {there}.")
        return experiment


def read_standing(settings: Settings) -> Standing:
    """The experiments and the sums of their arms as their topics have them now.

    Raises:
        Unavailable: they can't be read.
    """
    standing = Standing()
    with Reader(settings, EXPERIMENTS, TOTALS) as reader:
        for batch in reader.to_end():
            for record in batch:
                with suppress(Rejected):
                    standing.follow(record.topic, record.key or b"", record.value)
    return standing


def put_experiment(settings: Settings, standing: Standing, experiment: Experiment) -> None:
    """Publishes an experiment, or its newer version, if it can run beside the others.

    Raises:
        Rejected: it can't; nothing was published.
        Unavailable: the broker did not take it.
    """
    key, value = experiment.experiment_id.encode(), _encoder.encode(experiment)
    standing.trials.follow(key, value)
    _publish(settings, key, value)


def withdraw_experiment(settings: Settings, experiment: Experiment) -> None:
    """Takes an experiment out, with what was counted of it.

    Raises:
        Unavailable: the broker did not take it.
    """
    _publish(settings, experiment.experiment_id.encode(), None)


def _publish(settings: Settings, key: bytes, value: bytes | None) -> None:
    producer = Producer(producer_config(settings) | {"log_level": 0})
    failures: list[str] = []
    producer.produce(
        EXPERIMENTS, value, key, on_delivery=lambda error, _: failures.append(str(error)) if error else None
    )
    if producer.flush(DELIVERY_S) or failures:
        raise Unavailable(
            f"Kafka at {settings.bootstrap} did not take the experiment: {failures}.", "Run playhead doctor."
        )
