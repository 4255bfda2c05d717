"""A ranking made again, and whether it is what was sent."""

from typing import Any, NamedTuple

import msgspec

from playhead.domain.rankings import Decision, Ranking
from playhead.page.records import EncodedRanking, encode_rankings
from playhead.personalize.core import stamp_of
from playhead.ranking.pipeline import Result, rank
from playhead.recipe import RECIPE
from playhead.why.past import Past
from playhead.why.profile import Lived

LIKELY = {
    "model_versions": "The models could not be brought to where they were.",
    "items": "The catalogue has changed since (titles are taken as they are now), or another version of Playhead ranked.",
}


class Rebuilt(NamedTuple):
    """A ranking and its decision as they come out now, with all they were made of."""

    sent: EncodedRanking
    """As they would be sent."""
    ranking: Ranking
    decision: Decision
    result: Result


def rebuild(past: Past, lived: Lived, computed_at: int) -> Rebuilt:
    """Ranks once more. ``computed_at``: what the ranking says of the clock, on which nothing else depends."""
    who = lived.request.identity
    view = past.views.of(who.market, who.kind)
    result = rank(RECIPE.pipeline, [(view, [lived.request])])
    [again] = encode_rankings(result, [stamp_of(lived.request, lived.partition, computed_at)])
    ranking = msgspec.json.decode(again.ranking, type=Ranking)
    return Rebuilt(again, ranking, msgspec.json.decode(again.decision, type=Decision), result)


def differences(sent: bytes, again: bytes) -> list[str]:
    """What differs between a record that was sent and the one made again; empty when all bytes are the same."""
    if again == sent:
        return []
    theirs, mine = msgspec.json.decode(sent), msgspec.json.decode(again)
    found = [
        _difference(name, theirs.get(name), mine.get(name))
        for name in dict.fromkeys([*theirs, *mine])
        if theirs.get(name) != mine.get(name)
    ]
    return found or ["The same fields in other bytes."]


def _difference(name: str, sent: Any, again: Any) -> str:
    if isinstance(sent, list) and isinstance(again, list):
        pairs = enumerate(zip(sent, again, strict=False))
        at = next((n for n, (one, other) in pairs if one != other), min(len(sent), len(again)))
        one, other = (each[at] if at < len(each) else None for each in (sent, again))
        return f"{name}: from place {at + 1} on: sent {_short(one)}, now {_short(other)}. {LIKELY.get(name, '')}".strip()
    return f"{name}: sent {_short(sent)}, now {_short(again)}. {LIKELY.get(name, '')}".strip()


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 160 else text[:160] + " …"
