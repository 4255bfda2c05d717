"""The catalogue as columns by title number: everything that filters, features and reasons read of a title."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from playhead.arrays.hashing import PAD, digest, slot
from playhead.arrays.texts import Texts
from playhead.arrays.vocabulary import Vocabulary
from playhead.catalogue.artworks import ArtworkColumns
from playhead.catalogue.groups import GroupColumns
from playhead.catalogue.keys import (
    FEATURES,
    MAKERS,
    RATED,
    TitleSet,
    hashed_slots,
    maker_slots,
    primary_language,
    rated_slots,
    scope_keys,
)
from playhead.catalogue.rules import RuleBook
from playhead.catalogue.search import SearchIndex
from playhead.catalogue.tags.columns import TagColumns
from playhead.catalogue.tags.facets import MOODS, FacetColumns, Facets
from playhead.domain.titles import Title

LABELS = 8
"""Most labels (genres and tags) of a title that are used for label affinity, in the catalogue's order."""
DAY_MS = 86_400_000
MOST_DAYS = 64
"""Days whose share of new titles is kept: profiles of a batch act on different days where a log is replayed."""
UNRATED = -1
YEAR_MS = 365.2425 * 86_400_000
FOREVER_MS = 2**62


class Catalogue:
    """Titles by number, in columns that grow by doubling. ``changed`` counts changes, as the version of derived data.

    ``title_texts`` and ``label_texts``: ids of titles, and names of labels, as JSON; ``artworks``: the pictures of titles; ``tags``:
    predicted tags, moods and embeddings of titles.
    """

    def __init__(self, titles: Vocabulary) -> None:
        self.titles = titles
        self.labels, self.languages = Vocabulary(), Vocabulary()
        self.tags = TagColumns(titles, self.know)
        self.groups = GroupColumns()
        self.rules = RuleBook()
        self.entries: dict[int, Title] = {}
        self.title_texts, self.label_texts = Texts(), Texts()
        self.artworks = ArtworkColumns()
        self.changed = 0
        self.is_kept = False
        """Whether any title was ever listed: from then on only listed titles may be ranked."""
        self._titles_by_key: dict[tuple[str, int], TitleSet] = {}
        self._works: dict[str, list[int]] = {}
        self._leaders: dict[int, int] = {}
        self._versions: dict[int, tuple[int, list[int]]] = {}
        """By the digest of a title that shares its work with others: its number, and the digests of all titles of the work."""
        self._genres: Counter[str] = Counter()
        self._genres_changed = 0
        self._facets = Facets()
        self._search = SearchIndex()
        self._markets = Vocabulary()
        self._shares: tuple[tuple[int, int], NDArray[np.float64]] | None = None
        self._added: tuple[int, dict[tuple[int, int], float]] = (0, {})
        self._size = 0
        self._grow(1_024)

    def _grow(self, size: int) -> None:
        def column(old: str, fill: int, kind: type, *width: int) -> None:
            new: NDArray[Any] = np.full((size, *width), fill, dtype=kind)
            if self._size:
                new[: self._size] = getattr(self, old)
            setattr(self, old, new)

        self.listed: NDArray[np.bool_]
        self.maturity: NDArray[np.int16]
        self.available_from: NDArray[np.int64]
        self.available_until: NDArray[np.int64]
        self.duration_s: NDArray[np.float64]
        self.added_at: NDArray[np.int64]
        self.year: NDArray[np.float64]
        self.language: NDArray[np.int32]
        self.digest: NDArray[np.uint32]
        self.repeatable: NDArray[np.bool_]
        self.label_of: NDArray[np.int32]
        self.slots: NDArray[np.int64]
        self.rated: NDArray[np.int64]
        self.makers: NDArray[np.int64]
        self._limited: NDArray[np.bool_]
        self._sold: NDArray[np.bool_]
        column("listed", 0, np.bool_)
        column("_limited", 0, np.bool_)
        column("_sold", 0, np.bool_, len(self._markets))
        column("maturity", UNRATED, np.int16)
        column("available_from", 0, np.int64)
        column("available_until", FOREVER_MS, np.int64)
        column("duration_s", 0, np.float64)
        column("added_at", 0, np.int64)
        column("year", 0, np.float64)
        column("language", -1, np.int32)
        column("digest", 0, np.uint32)
        column("repeatable", 0, np.bool_)
        column("label_of", -1, np.int32, LABELS)
        column("slots", PAD, np.int64, FEATURES)
        column("rated", PAD, np.int64, RATED)
        column("makers", PAD, np.int64, MAKERS)
        self._size = size

    def know(self, title_id: str) -> int:
        """The number of a title; an unknown title is added by its id alone."""
        number = self.titles.get(title_id)
        if number < 0:
            number = self.titles.add(title_id)
            if number >= self._size:
                self._grow(2 * self._size)
            self.digest[number] = digest(title_id)
            self.title_texts.put(number, title_id)
            self.slots[number, 0] = self.rated[number, 0] = slot("title", title_id)
        return number

    def put(self, title: Title) -> None:
        """Sets the entry of a title, new or updated."""
        n = self.know(title.title_id)
        self._file(n, title)
        self._join(n, title)
        self.entries[n] = title
        self.listed[n] = self.is_kept = True
        self.maturity[n] = UNRATED if title.maturity is None else title.maturity
        self.available_from[n] = title.available_from or 0
        self.available_until[n] = title.available_until or FOREVER_MS
        self.duration_s[n] = title.duration_s or 0.0
        self.added_at[n] = title.added_at or title.released_at or 0
        self.year[n] = 0.0 if title.released_at is None else 1970.0 + title.released_at / YEAR_MS
        self.language[n] = self.languages.add(primary_language(title.language)) if title.language else -1
        self.repeatable[n] = title.repeatable or title.kind == "live"
        self._sell(n, title.markets)
        self.groups.put(n, title)
        self.label_of[n] = -1
        labels = dict.fromkeys((*title.genres, *title.tags))
        for place, label in enumerate(list(labels)[:LABELS]):
            self.label_of[n, place] = known = self.labels.add(label)
            self.label_texts.put(known, label)
        self.artworks.put(n, title)
        self._describe(n, title)
        makers = maker_slots(title)
        self.makers[n] = PAD
        self.makers[n, : len(makers)] = makers
        if title.series_id is not None:
            whole = self.know(title.series_id)  # first, as it may replace the columns
            if not self.listed[whole]:
                # A series without an entry of its own gets the features of its episodes.
                self._describe(whole, replace(title, title_id=title.series_id))
        self.changed += 1

    def _describe(self, number: int, title: Title) -> None:
        slots = list(dict.fromkeys(hashed_slots(title)))[:FEATURES]
        self.slots[number] = PAD
        self.slots[number, : len(slots)] = slots
        self.rated[number] = rated_slots(title)

    def withdraw(self, title_id: str) -> None:
        """Removes a title, listed or not: it is not ranked until it is listed again."""
        n = self.know(title_id)
        self._file(n, None)
        self._join(n, None)
        self.entries.pop(n, None)
        self.listed[n] = False
        self.groups.drop(n)
        self.available_until[n] = 0
        self.artworks.drop(n)
        self.changed += 1

    def distrust(self, title_id: str) -> None:
        """Makes a listed title unrated after an update that can't be read, whose rating may be stricter."""
        entry = self.entries.get(self.titles.get(title_id))
        if entry is not None:
            self.put(replace(entry, maturity=None))

    def may_rank(self, title: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each title is listed; without any catalogue, all titles count as listed."""
        listed: NDArray[np.bool_] = self.listed[title]
        return listed if self.is_kept else np.ones_like(listed)

    def kin(self, scope: str, digest: int) -> NDArray[np.int64]:
        """Numbers of the listed titles of a series, a genre or a person, by the digest of its name."""
        titles = self._titles_by_key.get((scope, digest))
        if titles is None:
            titles = self._titles_by_key[scope, digest] = TitleSet(
                n for n, title in self.entries.items() if (scope, digest) in scope_keys(title)
            )
        return titles.numbers()

    def versions(self, number: int) -> list[int]:
        """Numbers of the other listed titles of the same work, in the order of their digests."""
        entry = self.entries.get(number)
        work = self._works.get(entry.work_id, []) if entry is not None and entry.work_id else []
        return [version for version in work if version != number]

    def leaders(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Numbers of titles, with each title of a work replaced by the work's first version; -1 stays."""
        if not self._leaders:
            return numbers
        leaders = numbers.copy()
        for place, number in np.ndenumerate(numbers):
            leaders[place] = self._leaders.get(int(number), number)
        return leaders

    def with_versions(self, digests: bytes, *, finished: bool = False) -> bytes:
        """Digests of titles from a profile's record (4 bytes each), with those of the other versions of their works added.

        ``finished``: the titles were watched to their end, so that the other versions of repeatable titles are not added.
        """
        if not self._versions:
            return digests
        known = set(np.frombuffer(digests, dtype="<u4").tolist())
        shared = [self._versions[digest] for digest in known & self._versions.keys()]
        kept = [work for number, work in shared if not (finished and self.repeatable[number])]
        more = {other for work in kept for other in work} - known
        return digests + np.array(sorted(more), dtype="<u4").tobytes()

    def _join(self, number: int, title: Title | None) -> None:
        """Updates the index of titles by work."""
        old = self.entries.get(number)
        before, after = old.work_id if old else None, title.work_id if title else None
        for work in dict.fromkeys([before, after]):
            if work is None:
                continue
            rest = [version for version in self._works.get(work, ()) if version != number]
            mine = sorted([*rest, number] if work == after else rest, key=self.digest.__getitem__)
            self._works[work] = mine
            self._leaders.pop(number, None)
            for version in mine:
                self._leaders[version] = mine[0]
            digests = self.digest[mine].tolist()
            self._versions.pop(int(self.digest[number]), None)
            for version, version_digest in zip(mine, digests, strict=True):
                self._versions.pop(version_digest, None)
                if len(digests) > 1:
                    self._versions[version_digest] = version, digests

    def _file(self, number: int, title: Title | None) -> None:
        """Updates the sets of titles in ``_titles_by_key``, which are made on demand, and the number of titles of each genre."""
        old = self.entries.get(number)
        self._count_genres(old, -1)
        self._count_genres(title, 1)
        if not self._titles_by_key:
            return
        for key in scope_keys(old) if old else ():
            if key in self._titles_by_key:
                self._titles_by_key[key].change(number, there=False)
        for key in scope_keys(title) if title else ():
            if key in self._titles_by_key:
                self._titles_by_key[key].change(number, there=True)

    def _count_genres(self, title: Title | None, change: int) -> None:
        for genre in {genre.strip().lower() for genre in title.genres} if title else ():
            before = self._genres[genre]
            self._genres[genre] = before + change
            self._genres_changed += not (before and before + change)
            if not self._genres[genre]:
                del self._genres[genre]

    def facets(self) -> FacetColumns:
        """The columns of tags that may stand beside a genre in the name of a row, and of seasonal tags."""
        return self._facets.columns(self.labels, self.tags.names, self._genres, self._genres_changed)

    def facet(self, number: int) -> str:
        """The name of a facet: a tag, or a mood, which are numbered behind the tags."""
        known = len(self.tags.names)
        return self.tags.names.name(number) if number < known else MOODS[number - known]

    def name(self, number: int) -> str:
        """The display name of a title, its id if it is not listed."""
        entry = self.entries.get(number)
        return entry.name if entry else self.titles.name(number)

    def about(self, query: str) -> NDArray[np.int64]:
        """Numbers of the listed titles that match a query by name, genre or tag."""
        return self._search.find(query, self.entries, self.changed, self.tags)

    def where(self, wanted: Callable[[Title], bool]) -> NDArray[np.int32]:
        """Numbers of the listed titles for which ``wanted`` is true."""
        return np.fromiter((n for n, title in self.entries.items() if wanted(title)), dtype=np.int32)

    def share_added(self, day: int, days: int) -> float:
        """The share of the listed titles that were added within ``days`` days up to ``day``, counted from 1970."""
        changed, shares = self._added
        if changed != self.changed or len(shares) >= MOST_DAYS:
            shares = {}
            self._added = self.changed, shares
        share = shares.get((day, days))
        if share is None:
            added = self.added_at[self.listed] // DAY_MS
            count = np.count_nonzero((added > day - days) & (added <= day))
            share = shares[day, days] = count / max(len(added), 1)
        return share

    def language_of(self, language: str) -> int:
        """The number of a language (BCP 47), -1 for a language that no title has."""
        return self.languages.get(primary_language(language)) if language else -1

    def language_shares(self, most: int) -> NDArray[np.float64]:
        """The share of each of the first ``most`` languages among the listed titles, smoothed so that none is 0."""
        most = max(1, min(most, len(self.languages)))
        if self._shares is None or self._shares[0] != (self.changed, most):
            spoken = self.language[self.listed]
            counts = np.bincount(spoken[(spoken >= 0) & (spoken < most)], minlength=most) + 1.0
            self._shares = (self.changed, most), counts / counts.sum()
        return self._shares[1]

    def market_number(self, market: str) -> int:
        """The number of a market that an entry names, -1 for any other."""
        return self._markets.get(market)

    def sold(self, market: NDArray[np.int64], title: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each title may be shown in each market; an entry without markets is sold everywhere."""
        if not self._sold.shape[1]:
            everywhere: NDArray[np.bool_] = ~self._limited[title]
            return everywhere
        named = self._sold[title, np.maximum(market, 0)] & (market >= 0)
        allowed: NDArray[np.bool_] = ~self._limited[title] | named
        return allowed

    def _sell(self, number: int, markets: tuple[str, ...] | None) -> None:
        self._limited[number] = markets is not None
        columns = [self._markets.add(market) for market in markets or ()]
        if len(self._markets) > self._sold.shape[1]:
            more = np.zeros((self._size, len(self._markets) - self._sold.shape[1]), dtype=np.bool_)
            self._sold = np.concatenate([self._sold, more], axis=1)
        self._sold[number] = False
        self._sold[number, columns] = True
