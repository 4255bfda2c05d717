"""CONTRIBUTING is followed: the files and names of its recipes exist, and a source that is added as it says makes candidates."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.stage import Stage

from playhead.arrays.types import Bools
from playhead.candidates.generate import CandidateList
from playhead.candidates.pool import CandidatePool
from playhead.catalogue.catalogue import Catalogue
from playhead.features.context import ContextBatch
from playhead.features.request import Request
from playhead.models.market_snapshot import MarketSnapshot
from playhead.recipe import RECIPE

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
FILES = sorted(set(re.findall(r"`([\w/]+\.py)`", TEXT)))
NAMES = sorted(set(re.findall(r"`([A-Z][A-Z_]{3,})`", TEXT)) - {"CHANGELOG", "CONTRIBUTING"})


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_a_recipe_names_is_there(name: str) -> None:
    files = (*ROOT.glob("services/**/*.py"), *ROOT.glob("tests/**/*.py"))
    assert any(str(path).endswith(f"/{name}") for path in files)


@pytest.mark.parametrize("name", NAMES)
def test_a_constant_that_a_recipe_names_is_there(name: str) -> None:
    definition = re.compile(rf"(?m)^{name}\b.*=")
    files = (*ROOT.glob("services/**/*.py"), *ROOT.glob("tests/**/*.py"))
    assert any(definition.search(path.read_text()) for path in files)


def mine(view: MarketSnapshot, columns: ContextBatch, row: int) -> list[CandidateList]:
    """A source as CONTRIBUTING has it: sixty titles, the same for everybody."""
    del columns, row
    return [(np.array([view.catalogue.titles.get(f"t{n}") for n in range(100, 160)], dtype=np.int32), 60)]


def not_the_first(catalogue: Catalogue, requests: Sequence[Request], pool: CandidatePool) -> Bools:
    """A filter as CONTRIBUTING has it: one of them may not be shown."""
    del requests
    keep: Bools = pool.title != catalogue.titles.get("t100")
    return keep


def test_a_source_and_a_filter_that_are_added_as_it_says_decide_what_is_ranked() -> None:
    pipeline = RECIPE.pipeline
    filters = (*pipeline.filters, ("not_the_first", not_the_first))
    recipe = replace(RECIPE, pipeline=replace(pipeline, shared=(), own=(mine,), filters=filters))
    stage = Stage([{"title_id": f"t{n}"} for n in range(300)], recipe)
    assert set(stage.titles()) <= {f"t{n}" for n in range(101, 160)}
    assert len(stage.titles()) == pipeline.rank_size
    assert stage.decision["removed"]["not_the_first"] == 1
