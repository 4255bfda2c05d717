"""What the session is about just now: for how long the viewer has looked for something without choosing, and how hurriedly.

opened          scrolls, lingers, looks at pages       chooses
───┬──────────────────────────────────────────────────────┬───▶
   └─ looking for 0 s … 45 s: at risk … 60 to 90 s: gone  └─ begins anew
"""

from msgspec import Struct
from msgspec.structs import replace

from playhead.domain import events as e
from playhead.signals.signal import Signal

IDLE_S = 300
"""Who does nothing for so long has not looked at the screen: looking begins anew."""
RISK_S = 45
"""Viewers lose interest after 60 to 90 s of choosing (Gomez-Uribe & Hunt, 2015): what is to keep them must be there before."""
HURRY = 1.5
"""Who scrolls faster than is usual for them loses interest sooner, by so much at most."""
LATELY, USUALLY = 0.5, 0.1
"""Weights of the newest scroll in the speed now, and in the usual one: about the last two count, and the last ten."""
GLANCE_S = 20
"""So much of the time between two looks was spent looking, at most."""
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
"""After these looking begins anew: what was found counts, also where it was not what was wanted."""
LOOKS = (e.PageViewed, e.ImpressionsShown, e.RowScrolled, e.TitleHovered, e.SearchPerformed)


class SessionIntent(Struct, frozen=True, array_like=True, gc=False):
    """Seconds that the viewer has looked for something without choosing, up to the second ``newest_s``; and what was done in them.

    rows: scrolled; hovers: titles lingered at; searches: made, since then; speed: of the newest scrolling, in the player's own
    unit; usual: of all scrolling, also in sessions before; noticed: since the viewer is about to give up, something has happened that
    a page may change after: impressions alone move no list that is being looked at.
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
        """How much faster the viewer scrolls than is usual, from 1 to ``HURRY``."""
        return min(max(self.speed / self.usual, 1.0), HURRY) if self.usual > 0.0 else 1.0

    def at_risk(self, at_s: int) -> bool:
        """Whether the viewer is about to give up."""
        return at_s - self.newest_s <= IDLE_S and self.looked_s * self.hurry() >= RISK_S


def fold(state: SessionIntent, event: e.Event) -> SessionIntent:
    """Follows the session; what is late changes nothing. Neither order-free nor idempotent."""
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
