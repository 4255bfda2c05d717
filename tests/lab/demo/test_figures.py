"""The figures of a demonstration: freshness by offset, who is settled, what the summary says."""

from playhead.domain.rankings import Cause, RankedItem, Ranking
from playhead.lab.demo.answers import ReceivedRanking
from playhead.lab.demo.board import Board, process_started_s
from playhead.lab.demo.freshness import Freshness, quantile_ms
from playhead.lab.demo.load import Act
from playhead.lab.demo.pace import LoadPace
from playhead.lab.demo.spotlight import Spotlight


def answer(profile_id: str, offset: int, received_s: float, titles: str = "abc") -> ReceivedRanking:
    cause = Cause(event_id="e", partition=0, offset=offset, occurred_at=0)
    items = tuple(RankedItem(title_id=title, score=1.0, propensity=1.0, reasons=()) for title in titles)
    ranking = Ranking(
        ranking_id="r",
        profile_id=profile_id,
        surface="home",
        version=1,
        computed_at=0,
        market="ZZ",
        caused_by=cause,
        model_versions={},
        experiments={},
        items=items,
        rows=(),
    )
    return ReceivedRanking(received_s, ranking)


def test_one_ranking_answers_all_events_up_to_its_offset() -> None:
    # ana:  e@5 ---- e@7 ---- e@9          sent at 1.0, 2.0, 3.0
    #                       ranking(7)     received at 2.5
    freshness = Freshness()
    for offset, sent_s in ((5, 1.0), (7, 2.0), (9, 3.0)):
        freshness.delivered("ana", (0, offset), sent_s)
    freshness.ranked("ana", (0, 7), 2.5)
    assert freshness.all_s == [1.5, 0.5]
    assert freshness.waiting == 1


def test_a_ranking_that_overtakes_the_report_of_delivery_counts() -> None:
    freshness = Freshness()
    freshness.ranked("ana", (0, 5), 1.25)
    freshness.ranked("ana", (0, 6), 9.0)
    freshness.delivered("ana", (0, 5), 1.0)
    assert freshness.all_s == [0.25]
    assert freshness.waiting == 0


def test_what_was_measured_while_workers_started_does_not_count() -> None:
    freshness = Freshness()
    freshness.delivered("ana", (0, 5), 1.0)
    freshness.delivered("bob", (0, 6), 8.75)
    freshness.ranked("ana", (0, 5), 9.0)
    freshness.begin()
    assert freshness.counted_s() == [8.0]  # nothing else came: better than no figure
    freshness.ranked("bob", (0, 6), 9.0)
    assert freshness.counted_s() == [0.25]


def test_neither_another_profile_nor_another_partition_answers() -> None:
    freshness = Freshness()
    freshness.delivered("ana", (0, 5), 1.0)
    freshness.ranked("bob", (0, 9), 2.0)
    freshness.ranked("ana", (1, 9), 2.0)
    assert freshness.all_s == []


def test_quantiles_are_nearest_rank() -> None:
    hundred = [number / 1_000 for number in range(1, 101)]
    assert quantile_ms(hundred, 0.5) == 50.0
    assert quantile_ms(hundred, 0.99) == 99.0
    assert quantile_ms([0.001], 0.99) == 1.0
    assert quantile_ms([], 0.5) is None


def test_settled_when_every_active_profile_is_ranked_and_every_question_answered() -> None:
    board = Board(process_started_s=0.0)
    board.stored(Act("ana", "playback_progress", None, b""), (0, 1), 1.0)
    assert not board.settled
    board.came(answer("ana", 1, 2.0))
    assert board.settled
    board.stored(Act("ana", "page_viewed", None, b""), (0, 2), 3.0)
    assert not board.settled
    board.came(answer("ana", 2, 3.01))
    assert board.settled
    assert board.summary().as_dict() == {
        "events": 2,
        "rankings": 2,
        "freshness_p50_ms": 10.0,
        "freshness_p99_ms": 10.0,
        "dead_letters": 0,
        "profiles_active": 1,
        "profiles_ranked": 1,
        "seconds_to_first_ranking": 2.0,
    }


def test_rankings_of_others_are_not_counted_as_our_profiles() -> None:
    board = Board(process_started_s=0.0)
    board.came(answer("somebody else", 1, 2.0))
    assert board.summary().profiles_ranked == 0


def test_rates_with_a_screen_that_asks_seldom() -> None:
    board = Board(0.0)
    board.rates(0.0)
    board.events = 1_000
    assert board.rates(10.0) == (100.0, 0.0)


def test_this_process_was_started_before_now() -> None:
    assert process_started_s() < process_started_s() + 1


def test_pace_makes_up_for_a_short_stall_only() -> None:
    pace = LoadPace(100.0)
    assert pace.due(0.0) == 0
    assert sum(pace.due(tick / 100) for tick in range(1, 101)) == 100
    assert pace.due(61.0) == 50


def test_the_light_follows_one_viewer_and_shows_what_moved() -> None:
    light = Spotlight({"a": "Alpha", "b": "Beta", "c": "Gamma", "d": "Delta"})
    light.acted(Act("ana", "page_viewed", None, b""), 0.0)
    light.acted(Act("bob", "page_viewed", None, b""), 1.0)
    assert light.profile_id == "ana"
    light.came(answer("ana", 1, 1.0, "abc").ranking)
    light.came(answer("bob", 1, 1.0, "cba").ranking)
    light.acted(Act("ana", "title_clicked", "c", b""), 2.0)
    light.came(answer("ana", 2, 2.0, "cad").ranking)
    assert [(place.name, place.moved) for place in light.places] == [
        ("Gamma", 2),
        ("Alpha", -1),
        ("Delta", None),
    ]
    assert list(light.deeds) == ["opened the page", "clicked Gamma"]
    light.acted(Act("bob", "page_viewed", None, b""), 20.0)
    assert light.profile_id == "bob"
