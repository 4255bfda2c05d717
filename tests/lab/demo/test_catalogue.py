"""The invented catalogue: the same for the same seed, and shaped like a service's own."""

from collections import Counter

from playhead.lab.demo.catalogue import NEWEST_MS, catalogue


def test_same_seed_same_titles() -> None:
    assert catalogue(5) == catalogue(5)
    assert catalogue(5) != catalogue(6)


def test_a_longer_catalogue_begins_with_the_shorter() -> None:
    assert catalogue(5, 300)[:100] == catalogue(5, 100)


def test_ids_and_names_are_unique() -> None:
    titles = catalogue(1, 1_500)
    assert len(titles) == len({title.title_id for title in titles}) == len({title.name for title in titles})


def test_has_what_a_service_has() -> None:
    titles = catalogue(1)
    series = Counter(title.series_id for title in titles if title.series_id)
    assert len(series) > 20
    assert max(series.values()) > 2
    assert {title.maturity for title in titles} == {0, 7, 13, 16, 18}
    assert 0.05 < sum(title.markets is not None for title in titles) / len(titles) < 0.3
    for title in titles:
        assert title.genres
        assert title.tags
        assert [artwork.attributes["shows"] for artwork in title.artworks] == ["cast", "object", "place"]
        assert len({artwork.attributes["mood"] for artwork in title.artworks}) == 3
        assert title.duration_s
        assert 0 <= (title.released_at or 0) <= NEWEST_MS
