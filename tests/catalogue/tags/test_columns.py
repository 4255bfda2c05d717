import msgspec
import numpy as np
import pytest

from playhead.arrays.vocabulary import Vocabulary
from playhead.catalogue.catalogue import Catalogue
from playhead.catalogue.tags.columns import TagColumns
from playhead.domain.errors import Rejected
from playhead.domain.title_tags import EMBEDDING, Mood, Tag, TitleTags

ONE = TitleTags(
    title_id="t5000",
    tags=(Tag("Crime", 1.0, given=True), Tag("slow pace", 0.5)),
    mood=Mood(-0.5, 0.25, 0.75),
    embedding=(1.0,) + (0.0,) * (EMBEDDING - 1),
)


@pytest.fixture(name="columns")
def _columns() -> TagColumns:
    catalogue = Catalogue(Vocabulary())
    for number in range(5_000):
        catalogue.know(f"t{number}")
    return catalogue.tags


def follow(columns: TagColumns, tags: TitleTags) -> None:
    columns.follow(tags.title_id.encode(), msgspec.json.encode(tags))


def test_tags_stand_under_the_number_of_their_title_also_before_it_is_listed(columns: TagColumns) -> None:
    follow(columns, ONE)
    names = [columns.names.name(tag) for tag in columns.tag_of[5_000] if tag >= 0]
    assert names == ["Crime", "slow pace"]
    assert columns.confidence[5_000, :3].tolist() == [1.0, 0.5, 0.0]
    assert columns.mood[5_000].tolist() == [-0.5, 0.25, 0.75]
    assert columns.embedding[5_000] @ columns.embedding[5_000] == 1.0
    assert (columns.tag_of[:5_000] == -1).all()


def test_a_newer_version_and_a_tombstone_leave_nothing_of_the_old(columns: TagColumns) -> None:
    follow(columns, ONE)
    follow(columns, TitleTags(title_id="t5000", tags=(Tag("Crime", 0.75),)))
    assert columns.confidence[5_000, :2].tolist() == [0.75, 0.0]
    columns.follow(b"t5000", None)
    columns.follow(b"never heard of", None)
    assert not columns.embedding.any()
    assert (columns.tag_of == -1).all()


@pytest.mark.parametrize("value", [b"", b"{}", b"\xff", b'{"title_id":"t1","embedding":[1.0]}'])
def test_what_is_no_tags_changes_nothing(columns: TagColumns, value: bytes) -> None:
    with pytest.raises(Rejected):
        columns.follow(b"t1", value)
    assert not np.any(columns.embedding)


def test_a_tag_that_fewer_titles_have_tells_more(columns: TagColumns) -> None:
    follow(columns, ONE)
    follow(columns, TitleTags(title_id="t1", tags=(Tag("Crime"),)))
    crime, slow = columns.rarity()
    assert 0.0 == crime < slow
    columns.follow(b"t1", None)
    assert columns.rarity().tolist() == [0.0, 0.0]
