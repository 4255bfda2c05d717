"""Take fractions of pictures, with as many labels as are promised."""

from prometheus_client import REGISTRY

from playhead.domain.stats import ArtworkTake
from playhead.observe.artworks import Pictures


def value(name: str, artwork: str) -> float:
    return REGISTRY.get_sample_value(name, {"artwork": artwork}) or 0.0


def test_pictures_are_counted_and_those_beyond_the_first_together() -> None:
    pictures = Pictures(2)
    pictures.learned([ArtworkTake("one", True), ArtworkTake("two", False)])
    pictures.learned([ArtworkTake("three", True), ArtworkTake("one", False), ArtworkTake("four", False)])
    shown = [
        value("playhead_artwork_impressions_total", artwork_id)
        for artwork_id in ("one", "two", "three", "other")
    ]
    taken = [
        value("playhead_artwork_takes_total", artwork_id) for artwork_id in ("one", "two", "three", "other")
    ]
    assert (shown, taken) == ([2.0, 1.0, 0.0, 2.0], [1.0, 0.0, 0.0, 1.0])
