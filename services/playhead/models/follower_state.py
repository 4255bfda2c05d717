"""The state that a personalize worker builds from the topics it follows: the catalogue and the models of all shards."""

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
    """Catalogue and models; changed only by records, in their order (``follow``)."""

    def __init__(self, catalogue: Catalogue | None = None) -> None:
        self.catalogue = catalogue or Catalogue(Vocabulary())
        self.shards: dict[int, Models] = {}
        self.spread = EXAMPLE_PARTITIONS
        """Number of shards over which markets are spread (``Layout.shards``)."""
        self._waiting: dict[int, list[Bundle]] = {}

    def shard_of(self, market: str) -> Models:
        """The models that serve a market."""
        return self.shard(partition_of(market.encode(), self.spread))

    def shard(self, number: int) -> Models:
        """The models of a shard, empty before its first record."""
        if number not in self.shards:
            self.shards[number] = Models(number, self.catalogue, learns=False)
        return self.shards[number]

    def versions(self, mine: Models) -> dict[str, int]:
        """The versions that a ranking of ``mine``'s markets records, by which the models can be rebuilt.

        Number of examples that each model of the shard has learned; ``examples``: the offset up to which the shard has learned;
        ``examples/SHARD``: that of each other shard, as the popularity of all shards is part of every market's prior.
        """
        others = {
            f"examples/{number}": shard.learned_to
            for number, shard in sorted(self.shards.items())
            if shard is not mine and shard.learned_to
        }
        return {**mine.versions, "examples": mine.learned_to, **others}

    def follow(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Applies a record of the titles, tags, rules or models topic.

        Raises:
            Rejected: the record can't be used. A rule keeps its former version; a title with an unreadable newer version counts as unrated from now on.
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
            # Only River models are refused here: the rest of the record is used.
            self.shard(place.shard).followed.check(row.river)
            return
        models = self.shard(place.shard)
        for bundle in waiting:  # the manifest completes the version: apply all its bundles
            models.apply(bundle)
        models.follow(row)
        waiting.clear()
