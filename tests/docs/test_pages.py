"""What the pages say about the house is so: paths exist, links lead somewhere, arrows are those of the contracts."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from tests.docs.snippets import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BASES = (ROOT, ROOT / "services" / "playhead")
PATH = re.compile(r"`((?:[a-z_.-]+/)*(?:[a-z_]+\.(?:py|md|toml|lock|json|yml)|[a-z_]+/))`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"`scripts/([a-z]+)")
MADE_LATER = {".playhead/", "data_dir/"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    named = set(PATH.findall(text)) - MADE_LATER
    missing = [
        name
        for name in sorted(named)
        if not any((base / name).exists() for base in BASES)
        and not ("/" not in name and list((ROOT / "services").rglob(name)))
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    assert [link for link in LINK.findall(text) if not (page.parent / link).exists()] == []
    assert [name for name in COMMAND.findall(text) if not (ROOT / "scripts" / name).exists()] == []


def test_the_drawn_arrows_are_those_of_the_contract() -> None:
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    there = [set(re.findall(r"\w+", layer)) for layer in contract["layers"]]
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    drawn = re.search(r"^cli → .*$", page, re.MULTILINE)
    assert drawn is not None
    rooms = [set(step.split(", ")) for step in drawn[0].split(" → ")]
    places = [next(n for n, layer in enumerate(there) if step <= layer) for step in rooms]
    assert places == sorted(places)
    assert all(first < second for first, second in pairwise(places))
    built = {
        path.stem for path in (ROOT / "services" / "playhead").iterdir() if not path.name.startswith("_")
    }
    assert set().union(*rooms) == built - {"py"}
