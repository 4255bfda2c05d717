"""The training examples of an event: facts and labels, with the features as of the impression, play or choice that they belong to."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from playhead.arrays import packed_ids
from playhead.arrays.hashing import PAD
from playhead.arrays.vocabulary import Vocabulary
from playhead.catalogue.catalogue import Catalogue
from playhead.domain import events as e
from playhead.domain.events import AnyEvent
from playhead.domain.examples import Example, LookedAt, Origin
from playhead.domain.fields import KIDS
from playhead.domain.records import Incoming, Outgoing, Source
from playhead.domain.topics import EXAMPLES
from playhead.features.context import ContextBatch, last_chosen
from playhead.features.context_snapshot import ContextSnapshot
from playhead.features.snapshot import for_choice, for_outcome
from playhead.labels.definitions import FINISHED_RATIO, Verdict, judge
from playhead.labels.impressions import Outcome
from playhead.models.cooccurrence import SHOWN_SPAN
from playhead.models.follower_state import FollowerState
from playhead.models.market_snapshot import MarketSnapshotCache
from playhead.page import encoding
from playhead.ranking.artwork import taste_of
from playhead.ranking.outcome_features import outcome_features
from playhead.signals.exposure import EXPOSURE, Exposures
from playhead.signals.finished import FINISHED, WIDTH
from playhead.signals.history import HISTORY
from playhead.signals.identity import IDENTITY, Identity
from playhead.signals.identity import fold as identify
from playhead.signals.looks import LOOKS, ended
from playhead.signals.pace import PACE
from playhead.signals.rows import CHOSEN, PASSING, Watched

SAME_SESSION_S = 4 * 3_600
"""Time within which a click, a start and an end of a title are one choice."""
DAY_S = 86_400
AGAIN_S = 60
"""Time after a title's end from which a new event of it is another play."""
FINISHED_SENT = 1_024
"""Most finished titles in the example of a choice, which are no candidates when it is learned."""
_encoder = msgspec.json.Encoder()


class AnnouncedTitles(Protocol):
    """The titles that earlier examples have announced."""

    def unannounced(self, title_ids: list[str]) -> list[str]:
        """The titles among ``title_ids`` that were not announced."""


class PendingExample(NamedTuple):
    """An example before its features are computed.

    ``snapshot``: the profile as of the impression or play of an ``outcome``; ``choice``: that of a choice; ``seen``: how often the title was shown before;
    ``before``: the titles that were shown before it, newest first.
    """

    record: Incoming
    event_id: str
    occurred_at: int
    kind: Literal["sighted", "consumed", "outcome", "page"]
    title_id: str
    identity: Identity
    outcome: Outcome | None = None
    snapshot: ContextSnapshot | None = None
    seen: int = 0
    choice: ContextSnapshot | None = None
    before: tuple[str, ...] = ()
    finished: bytes = b""
    weight: float = 1.0
    looked: LookedAt | None = None


class EncodedExample(Example, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An example whose features and picture are encoded already."""

    features: msgspec.Raw | None = None  # type: ignore[assignment]  # the same bytes
    picture: msgspec.Raw | None = None  # type: ignore[assignment]


class _Judged(NamedTuple):
    """Features of an outcome, and the picture that was shown, as JSON."""

    features: bytes
    picture: bytes | None


def pending_examples(
    profile: Any,
    record: Incoming,
    event: AnyEvent,
    settled: Sequence[Outcome],
    titles: AnnouncedTitles,
    *,
    chosen: bool = True,
    repeatable: bool = False,
) -> list[PendingExample]:
    """The examples of an event, given the profile before the event, and the announced titles.

    ``settled``: the labels that the event makes final (``signals.pending.resolve``); ``chosen``: the viewer chose the play, it did not
    begin automatically; ``repeatable``: its title is meant to be played again and again.

    Announcements of new titles come last: which titles are new may differ when a batch is repeated, and
    must not change the index of the other examples.
    """
    if not PACE.of(profile).is_personal(event.occurred_at // 1000):
        return discoveries(profile, record, event, titles)
    identity = identify(IDENTITY.of(profile), event)
    pending = _left(profile, record, event, identity)
    if chosen and (choice := _chosen(profile, event, repeatable=repeatable)) is not None:
        title_id, weight = choice
        pending.append(
            PendingExample(
                record,
                event.event_id,
                event.occurred_at,
                "consumed",
                title_id,
                identity,
                choice=for_choice(profile, identity, event.occurred_at),
                finished=FINISHED.of(profile)[-FINISHED_SENT * WIDTH :],
                weight=weight,
            )
        )
    exposures = EXPOSURE.of(profile) if any(outcome.shown for outcome in settled) else Exposures()
    shown = packed_ids.ids(exposures.packed)
    place_of = {title_id: place for place, title_id in enumerate(shown)}
    snapshots = {
        (at_s, surface): for_outcome(profile, identity, at_s, surface)
        for at_s, surface in {(outcome.at_s, outcome.surface) for outcome in settled}
    }
    pending += [
        PendingExample(
            record,
            event.event_id,
            event.occurred_at,
            "outcome",
            outcome.title_id,
            identity,
            outcome=outcome,
            snapshot=snapshots[outcome.at_s, outcome.surface],
            seen=_seen(exposures, place_of.get(outcome.title_id)) if outcome.shown else 0,
            before=_before(shown, place_of.get(outcome.title_id))
            if outcome.shown and "click" in outcome.labels
            else (),
        )
        for outcome in settled
    ]
    return pending + discoveries(profile, record, event, titles)


def _left(profile: Any, record: Incoming, event: AnyEvent, identity: Identity) -> list[PendingExample]:
    """The example of the page that the event ends, if it ends one that was looked at."""
    looked = ended(LOOKS.of(profile), event)
    shown = packed_ids.ids(EXPOSURE.of(profile).packed)[:1] if looked else []
    return [
        PendingExample(record, event.event_id, event.occurred_at, "page", title_id, identity, looked=looked)
        for title_id in shown
    ]


def discoveries(
    profile: Any, record: Incoming, event: AnyEvent, titles: AnnouncedTitles
) -> list[PendingExample]:
    """Announcements of the titles that an event is the first to name: the only examples of a late or repeated event."""
    if not (unknown := titles.unannounced(_named(event))):
        return []
    identity = identify(IDENTITY.of(profile), event)
    return [
        PendingExample(record, event.event_id, event.occurred_at, "sighted", title_id, identity)
        for title_id in unknown
    ]


def _seen(exposures: Exposures, place: int | None) -> int:
    """How often the title at a place was shown before its latest impression, which the exposures include already."""
    return 0 if place is None else max(exposures.streak(place) - 1, 0)


def _before(shown: list[str], place: int | None) -> tuple[str, ...]:
    """The titles shown before the one at a place, newest first; none if that title is no longer remembered."""
    return () if place is None else tuple(shown[place + 1 : place + 1 + SHOWN_SPAN])


def _chosen(profile: Any, event: AnyEvent, *, repeatable: bool) -> tuple[str, float] | None:
    """The title that this event chooses, with the weight of the choice; None for no choice, or a continuation of the same one.

    A profile's choices of a title count once a day. A further play of a repeatable title that day has weight 0: the blend learns from it,
    but it does not count in the models that all profiles share.
    """
    if not isinstance(event, e.TitleClicked | e.PlaybackStarted | e.PlaybackStopped | e.PlaybackCompleted):
        return None
    last, place = HISTORY.of(profile).find(event.title_id)
    if last is None or not last.phase:
        return event.title_id, 1.0
    at_s = event.occurred_at // 1000
    if last.state & CHOSEN and at_s // DAY_S <= last.at_s // DAY_S:
        if place > 0 and _is_watched_at_last(last, event):
            return event.title_id, 1.0
        once_more = place > 0 or (last.ratio() >= FINISHED_RATIO and at_s - last.at_s > AGAIN_S)
        return (event.title_id, 0.0) if repeatable and once_more else None
    meant = not last.skipped and not last.state & PASSING
    same_session = place == 0 and meant and at_s - last.at_s <= SAME_SESSION_S
    return None if same_session else (event.title_id, 1.0)


def _is_watched_at_last(last: Watched, event: AnyEvent) -> bool:
    """Whether this event ends the first play of a title that was clicked before other titles were chosen.

    It counts once more: without it, a tenth of the hits on long views of short videos is lost.
    """
    ended = isinstance(event, e.PlaybackStopped | e.PlaybackCompleted)
    return ended and not last.watched_s and not last.completed


def _named(event: AnyEvent) -> list[str]:
    if isinstance(event, e.TitleEvent):
        return [event.title_id]
    if isinstance(event, e.ImpressionsShown):
        return [item.title_id for item in event.items]
    return list(event.results) if isinstance(event, e.SearchPerformed) else []


def write_examples(
    batches: Sequence[tuple[Source, list[PendingExample]]],
    followed: FollowerState,
    views: MarketSnapshotCache,
) -> list[list[Outgoing]]:
    """The examples of batches as records of the examples topic, each batch in the order of origins."""
    judged = [example for _, pending in batches for example in pending if example.snapshot is not None]
    features = _features(judged, followed, views)
    return [_records(source, pending, features, followed.catalogue) for source, pending in batches]


def _records(
    source: Source, pending: list[PendingExample], features: dict[int, _Judged], catalogue: Catalogue
) -> list[Outgoing]:
    ordered = sorted(pending, key=lambda unwritten: unwritten.record.offset)
    records: list[Outgoing] = []
    index, offset = 0, -1
    for unwritten in ordered:
        index = index + 1 if unwritten.record.offset == offset else 0
        offset = unwritten.record.offset
        origin = Origin(source.epoch, source.partition, offset, index)
        example = _example(unwritten, origin, features.get(id(unwritten)), catalogue)
        records.append(Outgoing(EXAMPLES, example.market.encode(), _encoder.encode(example)))
    return records


def _features(
    pending: list[PendingExample], followed: FollowerState, views: MarketSnapshotCache
) -> dict[int, _Judged]:
    """Features by identity of the pending example, computed by the code that serves.

    Titles that are not in the catalogue get a temporary one: if they were added to the catalogue, rankings would depend
    on which events this process has seen.
    """
    groups: dict[bool, list[PendingExample]] = {}
    for example in pending:
        groups.setdefault(example.title_id in followed.catalogue.titles, []).append(example)
    features: dict[int, _Judged] = {}
    for known, mine in groups.items():
        catalogue = followed.catalogue if known else Catalogue(Vocabulary())
        snapshots, owner = _once([example.snapshot for example in mine if example.snapshot is not None])
        audiences = [(snapshot.identity.market, snapshot.identity.kind) for snapshot in snapshots]
        view_of = {audience: views.of(*audience) for audience in dict.fromkeys(audiences)}
        facts = ContextBatch(snapshots, [view_of[audience] for audience in audiences])
        numbers = np.array([catalogue.know(example.title_id) for example in mine], dtype=np.int64)
        seen = np.array([example.seen for example in mine], dtype=np.float64)
        rows = outcome_features(facts, catalogue, owner, numbers, seen)
        judged = map(_Judged, encoding.features(*rows), _pictures(mine, catalogue, facts, owner))
        features.update(zip(map(id, mine), judged, strict=True))
    return features


def _pictures(
    pending: list[PendingExample], catalogue: Catalogue, facts: ContextBatch, owner: NDArray[np.int64]
) -> list[bytes | None]:
    """The picture that each title was shown with, as JSON, for examples with a click label; None if unknown."""
    shown: list[bytes | None] = [None] * len(pending)
    artworks = catalogue.artworks
    taste: list[bytes] = []
    for place, example in enumerate(pending):
        outcome = example.outcome
        if outcome is None or not outcome.picture or "click" not in outcome.labels:
            continue
        number = artworks.find(catalogue.titles.get(example.title_id), outcome.picture)
        if number >= 0:
            taste = taste or [_encoder.encode(digests) for digests in _tastes(facts)]
            features = artworks.slots[number].tobytes(), artworks.values[number].tobytes()
            shown[place] = _picture(artworks.texts.of(number), *features) + taste[int(owner[place])] + b"]"
    return shown


def _tastes(facts: ContextBatch) -> list[list[int]]:
    return [[digest for digest in digests if digest != PAD] for digests in taste_of(facts).tolist()]


@lru_cache(maxsize=16_384)
def _picture(text: bytes, slots: bytes, values: bytes) -> bytes:
    """The JSON of a picture (``domain.examples.Picture``) up to its taste, from its id in JSON and its features."""
    numbers = np.frombuffer(slots, dtype=np.int64)
    there = numbers != PAD
    features = numbers[there].tolist(), np.frombuffer(values, dtype=np.float64)[there].tolist()
    return b"[" + text + b"," + b",".join(map(_encoder.encode, features)) + b","


def _once(snapshots: list[ContextSnapshot]) -> tuple[list[ContextSnapshot], NDArray[np.int64]]:
    """The distinct snapshots, and the index of each given one among them, as all impressions of a page share one snapshot."""
    places: dict[int, int] = {}
    # Compared by identity, not by value, as histories are long.
    owner = [places.setdefault(id(snapshot), len(places)) for snapshot in snapshots]
    first = dict(zip(reversed(owner), reversed(snapshots), strict=True))
    return [first[place] for place in range(len(places))], np.array(owner, dtype=np.int64)


def _example(
    pending: PendingExample, origin: Origin, judged: _Judged | None, catalogue: Catalogue
) -> Example:
    outcome = pending.outcome
    number = catalogue.titles.get(pending.title_id)
    listed_s = float(catalogue.duration_s[number]) if number >= 0 else 0.0
    end = None if outcome is None else outcome.end
    verdict = Verdict({}, None) if end is None else judge(end, listed_s)
    choice = pending.choice
    surface = choice.surface if choice else outcome.surface if outcome else "home"
    past = [] if choice is None else last_chosen(choice.history, choice.until_s, but=pending.title_id)
    return EncodedExample(
        example_id=f"{pending.event_id}/{origin.index}",
        origin=origin,
        kind=pending.kind,
        market=pending.identity.market,
        occurred_at=pending.occurred_at,
        title_id=pending.title_id,
        surface=surface,
        previous=tuple(title_id for title_id, _ in past) if choice else pending.before,
        since_s=tuple(choice.until_s - 1 - at_s for _, at_s in past) if choice else (),
        labels={} if outcome is None else outcome.labels | verdict.labels,
        watch_s=verdict.watch_s,
        duration_s=0.0 if end is None else end.duration_s or listed_s,
        clicked=outcome is not None and outcome.clicked,
        features=None if judged is None else msgspec.Raw(judged.features),
        picture=None if judged is None or judged.picture is None else msgspec.Raw(judged.picture),
        snapshot=msgspec.UNSET if choice is None else msgspec.Raw(_encoder.encode(choice)),
        finished=pending.finished,
        weight=pending.weight,
        kids=pending.identity.kind == KIDS,
        final=outcome is None or outcome.final,
        corrects=0 if outcome is None else outcome.corrects_ms,
        looked=pending.looked,
    )
