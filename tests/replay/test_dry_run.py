"""A dry run says what rules would change of rankings that were sent, and no rule is obeyed by it."""

import json
from pathlib import Path
from typing import Any

import msgspec
from tests.stage import Stage
from tests.timeline import happened

from playhead.domain.rankings import Ranking
from playhead.domain.rules import Rule
from playhead.replay.core import replay
from playhead.replay.dry_run import DryRun, dry_run

FILMS: list[dict[str, Any]] = [
    {"title_id": f"t{n}", "genres": ["Drama" if n % 2 else "Comedy"], "duration_s": 5_400} for n in range(30)
]


def tried(*rules: Rule) -> DryRun:
    stage = Stage(FILMS)
    rankings = []
    for profile, market in (("ana", "BR"), ("bea", "US")):
        stage.send("page_viewed", profile=profile, market=market)
        rankings.append(msgspec.convert(stage.last, Ranking))
    return dry_run(rules, stage.core.personalizer.followed.catalogue, rankings)


def test_what_would_change_is_counted_where_the_rule_holds() -> None:
    difference = tried(Rule(rule_id="r", action="exclude", tags=("Drama",), markets=("BR",)))
    assert (difference.rankings, difference.concerned, difference.changed, difference.unknown) == (2, 1, 1, 0)
    assert difference.minutes_before > 0.0


def test_what_changes_nothing_costs_nothing() -> None:
    difference = tried(Rule(rule_id="r", action="boost", tags=("Western",), by=2.0))
    assert (difference.concerned, difference.changed) == (2, 0)
    assert difference.minutes_after == difference.minutes_before


def test_a_cap_of_nothing_leaves_nothing_to_watch() -> None:
    difference = tried(Rule(rule_id="r", action="cap", tags=("Drama", "Comedy"), share=0.0))
    assert difference.changed == 2
    assert difference.minutes_after == 0.0


def test_a_log_is_replayed_with_rules(tmp_path: Path) -> None:
    events, titles, rules = (tmp_path / f"{name}.jsonl" for name in ("events", "titles", "rules"))
    events.write_text(json.dumps(happened("page_viewed")))
    titles.write_text("\n".join(json.dumps({"name": "f", **film}) for film in FILMS))
    rules.write_text(json.dumps({"rule_id": "r", "action": "exclude", "tags": ["Drama"]}))
    out = tmp_path / "rankings.jsonl"
    with out.open("wb") as file:
        replay(events, titles, file, rules=rules)
    ranking = json.loads(out.read_bytes())
    assert {int(item["title_id"][1:]) % 2 for item in ranking["items"]} == {0}
