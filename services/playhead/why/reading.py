"""Reads what Kafka still holds of a ranking: the record itself, the profile's events, the models it names."""

from collections.abc import Callable, Generator
from contextlib import closing
from itertools import takewhile
from typing import NamedTuple

import msgspec

from playhead.catalogue.catalogue import Catalogue
from playhead.domain.errors import Unavailable
from playhead.domain.partitioning import partition_of
from playhead.domain.records import Incoming
from playhead.domain.topics import (
    DECISIONS,
    EVENTS,
    EXAMPLES,
    EXPERIMENTS,
    MODELS,
    RANKINGS,
    RULES,
    TAGS,
    TITLES,
    TopicLayout,
)
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings
from playhead.runtime.topology import layout
from playhead.why.past import Past, Place, Relearned, is_beyond, place_named
from playhead.why.profile import Lived, until

OnProgress = Callable[[str, int, int], None]
"""A callback for progress: what is read, up to which offset, and where it ends."""
LEARNED_AT_ONCE = 200
"""Examples between two progress reports: learning one takes about a millisecond."""


class Stub(msgspec.Struct, frozen=True):
    """The fields that a ranking and a decision share."""

    ranking_id: str
    version: int
    market: str
    computed_at: int
    model_versions: dict[str, int]
    experiments: dict[str, str] = {}


class Sent(NamedTuple):
    """The records that were sent: the ranking's bytes while its topic has them, the decision's when a version was asked for."""

    stub: Stub
    ranking: bytes | None
    decision: bytes | None


class Recalled(NamedTuple):
    """A ranking that was sent, and what it can be made again from. events: the profile's, up to the one that caused it."""

    sent: Sent
    past: Past
    events: list[Incoming]
    lived: Lived


_stubs = msgspec.json.Decoder(Stub)


def recall(settings: Settings, profile_id: str, version: int | None, on_progress: OnProgress) -> Recalled:
    """Collects what is needed to make the newest ranking of a profile, or that of a version, again.

    Raises:
        Unavailable: there is no such ranking, or the log no longer holds what it was made from.
    """
    spread = layout(settings)
    sent = find(settings, profile_id, version, on_progress, spread)
    if "examples" not in sent.stub.model_versions:
        raise Unavailable(
            "The ranking does not name the examples its models had learned: an older Playhead made it.",
            "Ask for a newer one; the profile's next event makes it.",
        )
    past = models_at(
        settings, place_named(sent.stub.market, sent.stub.model_versions, spread.shards), on_progress, spread
    )
    events, lived = _events(settings, profile_id, sent.stub, on_progress, past.followed.catalogue, spread)
    request = lived.request._replace(arms=sent.stub.experiments)
    return Recalled(sent, past, events, lived._replace(request=request))


def find(
    settings: Settings, profile_id: str, version: int | None, on_progress: OnProgress, spread: TopicLayout
) -> Sent:
    """Finds the newest ranking of a profile, or that of a version."""
    rankings = _of_profile(settings, RANKINGS, profile_id, on_progress, spread)
    if version is None:
        if not rankings or rankings[-1] is None:
            raise _unknown(profile_id, forgotten=bool(rankings))
        return Sent(_stubs.decode(rankings[-1]), rankings[-1], None)
    decisions = _of_profile(settings, DECISIONS, profile_id, on_progress, spread)
    known = [(_stubs.decode(value), value) for value in decisions if value]
    matching = [(stub, value) for stub, value in known if stub.version == version]
    if not matching:
        raise _no_version(profile_id, version, [stub.version for stub, _ in known])
    stub, decision = matching[-1]
    # An event that was read twice was answered twice: the same ranking under two clocks.
    same = [value for value in rankings if value and _is_the_same(_stubs.decode(value), stub)]
    return Sent(stub, same[-1] if same else None, decision)


def _is_the_same(left: Stub, right: Stub) -> bool:
    return (left.ranking_id, left.computed_at, left.model_versions) == (
        right.ranking_id,
        right.computed_at,
        right.model_versions,
    )


def _of_profile(
    settings: Settings, topic: str, profile_id: str, on_progress: OnProgress, spread: TopicLayout
) -> list[bytes | None]:
    key = profile_id.encode()
    partition = partition_of(key, spread.partitions)
    return [record.value for record in _stream(settings, topic, partition, on_progress) if record.key == key]


def _stream(
    settings: Settings, topic: str, partition: int, on_progress: OnProgress
) -> Generator[Incoming, None, None]:
    with Reader(settings, topic, partition=partition) as reader:
        end = reader.end(topic, partition)
        for batch in reader.to_end():
            yield from batch
            on_progress(topic, batch[-1].offset + 1, end)


def _events(
    settings: Settings,
    profile_id: str,
    stub: Stub,
    on_progress: OnProgress,
    catalogue: Catalogue,
    spread: TopicLayout,
) -> tuple[list[Incoming], Lived]:
    key = profile_id.encode()
    partition = partition_of(key, spread.partitions)
    with closing(_stream(settings, EVENTS, partition, on_progress)) as events:
        taken, lived = until(events, key, partition, stub.ranking_id, stub.version, catalogue)
    if lived is None:
        raise Unavailable(
            f"{EVENTS} holds {len(taken)} events of {profile_id}, and they don't lead to version {stub.version}: "
            "the older ones have left with their retention, or the topic was made anew.",
            f"Ask for a profile that is younger than the retention, or raise retention.ms of {EVENTS}.",
        )
    return taken, lived


def models_at(settings: Settings, place: Place, on_progress: OnProgress, spread: TopicLayout) -> Past:
    """The catalogue and the experiments as they are now and the models as they were at a place.

    As published, while the topic of the models still has those rows: quick, and exact, since the manifests say so.
    Compaction removes what was overwritten; then they are learned once more from the examples.
    """
    titles = [
        record for topic in (TITLES, TAGS, RULES) for record in _stream(settings, topic, 0, on_progress)
    ]
    past = Past(spread.shards)
    experiments = list(_stream(settings, EXPERIMENTS, 0, on_progress))
    for record in (*titles, *experiments):
        past.follow(record)
    if place:
        with closing(_stream(settings, MODELS, 0, on_progress)) as rows:
            for row in takewhile(lambda row: not is_beyond(row, place), rows):
                past.follow(row)
    return (
        past if past.place == place else relearned(settings, titles, experiments, place, on_progress, spread)
    )


def relearned(
    settings: Settings,
    titles: list[Incoming],
    experiments: list[Incoming],
    place: Place,
    on_progress: OnProgress,
    spread: TopicLayout,
) -> Past:
    """The models at a place, learned again from the examples."""
    core = Relearned(titles, spread.shards, experiments)
    for shard, end in place.items():
        with Reader(settings, EXAMPLES, partition=shard, flawed=True) as reader:
            at = 0
            while at < end:
                batch = [record for record in reader.read(LEARNED_AT_ONCE) if record.offset < end]
                if not batch and (EXAMPLES, shard) not in reader.unfinished:
                    raise _examples_gone(shard, at, end)
                # The end of a transaction has an offset too; what left with its retention was before the begin.
                if batch and batch[0].offset > at and reader.begin(EXAMPLES, shard) > at:
                    raise _examples_gone(shard, at, end)
                core.learn(shard, batch)
                at = batch[-1].offset + 1 if batch else at
                on_progress(EXAMPLES, at, end)
    core.publish()
    return core.past


def _examples_gone(shard: int, at: int, end: int) -> Unavailable:
    return Unavailable(
        f"The models of that ranking had learned {end} examples of shard {shard}; {MODELS} no longer has that version, "
        f"and {EXAMPLES} lacks what came after offset {at}.",
        f"Ask for a newer ranking, or raise retention.ms of {EXAMPLES}.",
    )


def _unknown(profile_id: str, *, forgotten: bool) -> Unavailable:
    if forgotten:
        return Unavailable(
            f"{profile_id} was erased; nothing is left to explain.", "None: that is what erasure means."
        )
    return Unavailable(
        f"There is no ranking of a profile {profile_id!r} on {RANKINGS}.",
        "See which there are: playhead rankings --from-beginning.",
    )


def _no_version(profile_id: str, version: int, there: list[int]) -> Unavailable:
    if not there:
        return Unavailable(
            f"There is no decision for a profile {profile_id!r} on {DECISIONS}: they leave after seven days.",
            "Ask without --version for the newest ranking.",
        )
    newest = ", ".join(map(str, sorted(set(there))[-10:]))
    return Unavailable(
        f"No ranking of {profile_id} had version {version}: {DECISIONS} has {len(set(there))}, from {min(there)}.",
        f"Ask for one of them; the newest are {newest}. Not every event moves the list.",
    )
