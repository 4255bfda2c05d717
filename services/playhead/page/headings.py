"""The headings of rows in the languages of viewers; who speaks another one reads English.

``{}`` is a title, a label or a market: whatever it is, the sentence around it needs no other form.
"""

from collections.abc import Mapping
from functools import lru_cache

ENGLISH = "en"
HEADINGS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "continue_watching": "Continue watching",
        "next_episodes": "Next episodes",
        "more_like_this": "More like {}",
        "top_picks": "Top picks for you",
        "because": "Because you watched {}",
        "trending": "Trending in {}",
        "trending_anywhere": "Trending now",
        "new_for_you": "New for you",
        "my_list": "My list",
        "genre": "{}",
        "leaving_soon": "Leaving soon",
        "watch_again": "Watch again",
    },
    "de": {
        "continue_watching": "Weiterschauen",
        "next_episodes": "Nächste Folgen",
        "more_like_this": "Ähnlich wie {}",
        "top_picks": "Top-Auswahl für dich",
        "because": "Weil du {} gesehen hast",
        "trending": "Im Trend: {}",
        "trending_anywhere": "Gerade im Trend",
        "new_for_you": "Neu für dich",
        "my_list": "Meine Liste",
        "genre": "{}",
        "leaving_soon": "Nicht mehr lange da",
        "watch_again": "Noch einmal ansehen",
    },
    "es": {
        "continue_watching": "Seguir viendo",
        "next_episodes": "Próximos episodios",
        "more_like_this": "Más como {}",
        "top_picks": "Lo mejor para ti",
        "because": "Porque viste {}",
        "trending": "Tendencias: {}",
        "trending_anywhere": "Tendencias de ahora",
        "new_for_you": "Novedades para ti",
        "my_list": "Mi lista",
        "genre": "{}",
        "leaving_soon": "Disponible por poco tiempo",
        "watch_again": "Volver a ver",
    },
    "fr": {
        "continue_watching": "Reprendre la lecture",
        "next_episodes": "Épisodes suivants",
        "more_like_this": "Dans le même genre : {}",
        "top_picks": "Notre sélection pour vous",
        "because": "Parce que vous avez regardé {}",
        "trending": "Tendances : {}",
        "trending_anywhere": "Tendances actuelles",
        "new_for_you": "Nouveautés pour vous",
        "my_list": "Ma liste",
        "genre": "{}",
        "leaving_soon": "Bientôt retirés",
        "watch_again": "À revoir",
    },
    "pt": {
        "continue_watching": "Continuar assistindo",
        "next_episodes": "Próximos episódios",
        "more_like_this": "Semelhantes a {}",
        "top_picks": "Principais escolhas para você",
        "because": "Porque você assistiu a {}",
        "trending": "Em alta: {}",
        "trending_anywhere": "Em alta agora",
        "new_for_you": "Novidades para você",
        "my_list": "Minha lista",
        "genre": "{}",
        "leaving_soon": "Disponível por pouco tempo",
        "watch_again": "Assistir de novo",
    },
    "ja": {
        "continue_watching": "視聴を続ける",
        "next_episodes": "次のエピソード",
        "more_like_this": "「{}」に似た作品",
        "top_picks": "あなたへのおすすめ",
        "because": "「{}」を観たあなたへ",
        "trending": "人気上昇中: {}",
        "trending_anywhere": "今人気の作品",
        "new_for_you": "あなたへの新着",
        "my_list": "マイリスト",
        "genre": "{}",
        "leaving_soon": "まもなく配信終了",
        "watch_again": "もう一度観る",
    },
}


@lru_cache(maxsize=256)
def language_of(told: str) -> str:
    """The language of headings for a language as BCP 47 has it.

    >>> language_of("pt-BR"), language_of("DE"), language_of("hi"), language_of("")
    ('pt', 'de', 'en', 'en')
    """
    primary = told.lower().replace("_", "-").split("-")[0]
    return primary if primary in HEADINGS else ENGLISH


@lru_cache(maxsize=4096)
def heading(language: str, kind: str, about: str = "") -> str:
    """The heading of a kind of row about something.

    >>> heading("de", "because", "Metropolis"), heading("en", "my_list")
    ('Weil du Metropolis gesehen hast', 'My list')
    """
    return HEADINGS[language][kind].replace("{}", about)
