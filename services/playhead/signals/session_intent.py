"""The intent of the current session: how long the viewer has been browsing without choosing, and how hurriedly.

opened          scrolls, lingers, looks at pages       chooses
───┬──────────────────────────────────────────────────────┬───▶
   └─ looking for 0 s … 45 s: at risk … 60 to 90 s: gone  └─ begins anew
"""

from msgspec import Struct
from msgspec.structs import replace

from playhead.domain import events as e
from playhead.signals.signal import Signal

IDLE_S = 300
"""Gap between events after which the viewer counts as away: browsing time begins anew."""
RISK_S = 45
"""Viewers lose interest after 60 to 90 s of choosing (Gomez-Uribe & Hunt, 2015), so a rescue row must appear before that."""
HURRY = 1.5
"""Largest factor by which scrolling faster than usual counts as losing interest sooner."""
LATELY, USUALLY = 0.5, 0.1
"""Weights of the newest scroll in the moving averages of the current speed (about the last two scrolls) and of the usual one (about the last ten)."""
GLANCE_S = 20
"""Most seconds between two events that count as browsing."""
CHOICES = (
    e.SessionStarted,
    e.SessionEnded,
    e.TitleClicked,
    e.TrailerStarted,
    e.PlaybackStarted,
    e.PlaybackStopped,
    e.PlaybackSkipped,
    e.PlaybackCompleted,
)
"""Events after which browsing begins anew: something was chosen, whether or not it was wanted."""
LOOKS = (e.PageViewed, e.ImpressionsShown, e.RowScrolled, e.TitleHovered, e.SearchPerformed)


class SessionIntent(Struct, frozen=True, array_like=True, gc=False):
    """Seconds of browsing without a choice (``looked_s``) up to ``newest_s``, and the acts in them.

    ``rows``: rows scrolled; ``hovers``: titles hovered over; ``searches``: searches made; ``speed``: recent scrolling speed, in the player's own
    unit; ``usual``: mean scrolling speed, earlier sessions included; ``noticed``: the viewer is about to give up, and an event other than an
    impression has come since, after which a page may change: impressions alone change no page that is being looked at.
    """

    looked_s: int = 0
    newest_s: int = 0
    rows: int = 0
    speed: float = 0.0
    usual: float = 0.0
    hovers: int = 0
    searches: int = 0
    noticed: bool = False

    def hurry(self) -> float:
        """Ratio of the current scrolling speed to the usual one, bounded to 1 to ``HURRY``."""
        return min(max(self.speed / self.usual, 1.0), HURRY) if self.usual > 0.0 else 1.0

    def at_risk(self, at_s: int) -> bool:
        """Whether the viewer is about to give up browsing."""
        return at_s - self.newest_s <= IDLE_S and self.looked_s * self.hurry() >= RISK_S


def fold(state: SessionIntent, event: e.Event) -> SessionIntent:
    """Tracks the session; late events change nothing. Neither order-free nor idempotent."""
    at_s = event.occurred_at // 1000
    if not isinstance(event, (*CHOICES, *LOOKS)) or at_s < state.newest_s:
        return state
    since_s = at_s - state.newest_s
    if isinstance(event, CHOICES) or since_s > IDLE_S:
        state, since_s = SessionIntent(usual=state.usual), 0
    rows, speed, usual = state.rows, state.speed, state.usual
    if isinstance(event, e.RowScrolled) and event.velocity is not None:
        fast = abs(event.velocity)
        speed = round(speed + LATELY * (fast - speed), 4) if speed else round(fast, 4)
        usual = round(usual + USUALLY * (fast - usual), 4) if usual else round(fast, 4)
    after = SessionIntent(
        state.looked_s + min(since_s, GLANCE_S),
        at_s,
        rows + isinstance(event, e.RowScrolled),
        speed,
        usual,
        state.hovers + isinstance(event, e.TitleHovered),
        state.searches + isinstance(event, e.SearchPerformed),
        state.noticed,
    )
    if not state.noticed and not isinstance(event, e.ImpressionsShown) and after.at_risk(at_s):
        return replace(after, noticed=True)
    return after


SESSION_INTENT = Signal(
    name="session_intent",
    version=1,
    kind=SessionIntent,
    initial=SessionIntent(),
    fold=fold,
    events=(*CHOICES, *LOOKS),
)
