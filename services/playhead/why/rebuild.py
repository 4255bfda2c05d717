"""Makes a ranking again, and compares it with what was sent."""

from typing import Any, NamedTuple

import msgspec

from playhead.domain.rankings import Decision, Ranking
from playhead.page.records import EncodedRanking, encode_rankings
from playhead.personalize.core import stamp_of
from playhead.ranking.pipeline import Result, rank
from playhead.why.past import Past
from playhead.why.profile import Lived

LIKELY = {
    "model_versions": "The models could not be brought to where they were.",
    "items": "The catalogue has changed since (titles and rules are taken as they are now), or another version of Playhead ranked, or an "
    "experiment's arms have changed.",
}


class Rebuilt(NamedTuple):
    """A ranking and its decision as made again, with all they were made from."""

    sent: EncodedRanking
    """The encoded ranking and decision."""
    ranking: Ranking
    decision: Decision
    result: Result


def rebuild(past: Past, lived: Lived, computed_at: int) -> Rebuilt:
    """Ranks again. ``computed_at``: the time in the ranking, on which nothing else depends."""
    identity = lived.request.identity
    view = past.views.of(identity.market, identity.kind)
    result = rank(past.trials.pipeline(lived.request.arms), [(view, [lived.request])])
    [again] = encode_rankings(
        result, [stamp_of(lived.request, lived.partition, computed_at)], past.trials.page(lived.request.arms)
    )
    ranking = msgspec.json.decode(again.ranking, type=Ranking)
    return Rebuilt(again, ranking, msgspec.json.decode(again.decision, type=Decision), result)


def differences(sent: bytes, again: bytes) -> list[str]:
    """What differs between a record that was sent and the one made again; empty when all bytes are the same."""
    if again == sent:
        return []
    theirs, rebuilt = msgspec.json.decode(sent), msgspec.json.decode(again)
    differing = [
        _difference(name, theirs.get(name), rebuilt.get(name))
        for name in dict.fromkeys([*theirs, *rebuilt])
        if theirs.get(name) != rebuilt.get(name)
    ]
    return differing or ["The same fields in other bytes."]


def _difference(name: str, sent: Any, again: Any) -> str:
    if isinstance(sent, list) and isinstance(again, list):
        pairs = enumerate(zip(sent, again, strict=False))
        at = next((n for n, (before, after) in pairs if before != after), min(len(sent), len(again)))
        before, after = (each[at] if at < len(each) else None for each in (sent, again))
        return f"{name}: from place {at + 1} on: sent {_short(before)}, now {_short(after)}. {LIKELY.get(name, '')}".strip()
    return f"{name}: sent {_short(sent)}, now {_short(again)}. {LIKELY.get(name, '')}".strip()


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 160 else text[:160] + " …"
