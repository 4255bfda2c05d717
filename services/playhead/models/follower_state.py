"""Everything a personalize worker follows: the catalogue and the models of all shards, as of what it has read."""

from playhead.arrays.vocabulary import Vocabulary
from playhead.catalogue.catalogue import Catalogue
from playhead.domain.decoding import decode_rule, decode_title
from playhead.domain.errors import Rejected
from playhead.domain.partitioning import partition_of
from playhead.domain.topics import EXAMPLE_PARTITIONS, MODELS, RULES, TAGS, TITLES
from playhead.models.shard import Models
from playhead.models.snapshots.rows import decode_row, place_of
from playhead.models.snapshots.schema import Bundle


class FollowerState:
    """Catalogue and models; changed only by the records it is given, in their order."""

    def __init__(self, catalogue: Catalogue | None = None) -> None:
        self.catalogue = catalogue or Catalogue(Vocabulary())
        self.shards: dict[int, Models] = {}
        self.spread = EXAMPLE_PARTITIONS
        """Over how many shards markets are spread (``Layout.shards``)."""
        self._waiting: dict[int, list[Bundle]] = {}

    def shard_of(self, market: str) -> Models:
        """The models that serve a market."""
        return self.shard(partition_of(market.encode(), self.spread))

    def shard(self, number: int) -> Models:
        """The models of a shard, empty when nothing was read of it yet."""
        if number not in self.shards:
            self.shards[number] = Models(number, self.catalogue, learns=False)
        return self.shards[number]

    def versions(self, mine: Models) -> dict[str, int]:
        """The versions that a ranking of ``mine``'s markets names: from these, the models can be made again.

        How many examples each of its models has learned; ``examples``: the offset up to which it has learned them;
        ``examples/SHARD``: the same of the other shards, on whose popularity every market leans.
        """
        others = {
            f"examples/{number}": shard.learned_to
            for number, shard in sorted(self.shards.items())
            if shard is not mine and shard.learned_to
        }
        return {**mine.versions, "examples": mine.learned_to, **others}

    def follow(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Takes over a record of the titles, tags, rules or models topic.

        Raises:
            Rejected: the record can't be used, and the rule that it would change stands as it did; a title of which it is the newer version counts as unrated from now on.
        """
        if topic == TITLES:
            self._follow_title(key, value)
        elif topic == TAGS:
            self.catalogue.tags.follow(key, value)
        elif topic == RULES:
            self._follow_rule(key, value)
        elif topic == MODELS:
            self._follow_model(key, value)

    def _follow_title(self, key: bytes, value: bytes | None) -> None:
        title_id = key.decode(errors="replace")
        if value is None:
            self.catalogue.withdraw(title_id)
            return
        try:
            self.catalogue.put(decode_title(key, value))
        except Rejected:
            self.catalogue.distrust(title_id)
            raise

    def _follow_rule(self, key: bytes, value: bytes | None) -> None:
        if value is None:
            self.catalogue.rules.remove(key.decode(errors="replace"))
        else:
            self.catalogue.rules.put(decode_rule(key, value))

    def _follow_model(self, key: bytes, value: bytes | None) -> None:
        if value is None:
            return
        place = place_of(key)
        row = decode_row(place, value)
        waiting = self._waiting.setdefault(place.shard, [])
        if isinstance(row, Bundle):
            waiting.append(row)
            # What is refused here is a River model alone: all else of the record is used.
            self.shard(place.shard).followed.check(row.river)
            return
        models = self.shard(place.shard)
        for bundle in waiting:  # the version is whole: take it over at once
            models.apply(bundle)
        models.follow(row)
        waiting.clear()
