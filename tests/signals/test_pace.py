"""Nobody does ten thousand things a day."""

from tests.signals.folded import folded
from tests.timeline import event

from playhead.signals.pace import PACE


def test_a_busy_evening_is_a_person_and_ten_thousand_acts_a_day_are_not() -> None:
    evening = folded(PACE, *(event("title_clicked", title_id="a", at_s=10 * n) for n in range(1_000)))
    assert evening.is_personal(evening.at_s)
    machine = folded(PACE, *(event("title_clicked", title_id="a", at_s=8.64 * n) for n in range(6_000)))
    assert not machine.is_personal(machine.at_s)
    assert machine.is_personal(machine.at_s + 86_400)


def test_acts_fade_by_half_in_a_day() -> None:
    [first, late] = [event("title_clicked", title_id="a", at_s=at_s) for at_s in (0, 86_400)]
    assert folded(PACE, first, late).acts == 1.5
    assert folded(PACE, late, first) == folded(PACE, first, late)
