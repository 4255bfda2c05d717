"""Messages about topics that differ from the table: the same in a worker's log and in every command."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from playhead.domain.errors import Unavailable
from playhead.domain.topics import EVENTS, TopicLayout, partitions

CHECK = "playhead topics --check"


class TopicDifference(NamedTuple):
    """One difference between a topic and the table: ``what`` is ``missing``, ``partitions`` or the broker's name of a setting."""

    topic: str
    what: str
    wanted: str
    found: str


class TopicMessage(NamedTuple):
    """A message about a difference: ``broken`` if Playhead can't work with it, ``warning`` if it can."""

    state: Literal["warning", "broken"]
    reason: str
    repair: str

    def __str__(self) -> str:
        return f"{self.reason} Repair: {self.repair}"

    def error(self) -> Unavailable:
        """The message as an error."""
        return Unavailable(self.reason, self.repair)


class Missing(Unavailable):
    """Raised when topics are missing."""

    def __init__(self, topics: Iterable[str]) -> None:
        names = list(topics)
        noun = "Topics are" if len(names) > 1 else "The topic is"
        super().__init__(f"{noun} missing: {', '.join(names)}.", "Create what is missing: playhead topics.")


def messages_of(differences: Iterable[TopicDifference]) -> list[TopicMessage]:
    """The messages about differences, what stops Playhead first."""
    differences = list(differences)
    messages = [_message(each) for each in differences if each.what != "missing"]
    if missing := [each.topic for each in differences if each.what == "missing"]:
        error = Missing(missing)
        messages.append(TopicMessage("broken", error.reason, error.repair))
    return sorted(messages, key=lambda message: message.state)


def of_partitions(counts: Mapping[str, int], layout: TopicLayout) -> list[TopicMessage]:
    """The messages about the partition counts of topics."""
    wanted = {topic: partitions(layout).get(topic, number) for topic, number in counts.items()}
    return messages_of(
        TopicDifference(topic, "partitions", str(wanted[topic]), str(number))
        for topic, number in counts.items()
        if number != wanted[topic]
    )


def _message(difference: TopicDifference) -> TopicMessage:
    topic, what, wanted, actual = difference
    if what != "partitions":
        repair = f"Change it by hand, with kafka-configs, to what {CHECK} says."
        return TopicMessage("broken", f"{topic} has {what} {actual or 'unset'}, not {wanted}.", repair)
    if int(actual) < int(wanted):
        repair = f"Add the others: kafka-topics --alter --topic {topic} --partitions {wanted}; then {CHECK}."
        return TopicMessage(
            "broken", f"{topic} has {actual} partitions, fewer than the {wanted} it needs.", repair
        )
    rest = " events on the others are sent on to them" if topic == EVENTS else " the others stay unused"
    repair = (
        f"Have producers use the first {wanted} only, or delete the topic, with what it holds, and create it again: "
        f"playhead topics; then {CHECK}."
    )
    return TopicMessage(
        "warning", f"{topic} has {actual} partitions; Playhead works with the first {wanted},{rest}.", repair
    )
