"""The headings of rows in several languages; viewers of other languages get English.

``{}`` stands for a title, a label or a market; headings are worded so that it needs no inflection.
"""

from collections.abc import Mapping
from functools import lru_cache

from playhead.catalogue.tags.facets import MOODS
from playhead.catalogue.tags.micro_genres import manner_of
from playhead.catalogue.words import noun

ENGLISH = "en"
HEADINGS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "search_results": "Results for “{}”",
        "rescue": "Something else?",
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
        "popular": "Popular in {}",
        "popular_anywhere": "Popular now",
        "micro_genre": "{}",
        "morning": "For this morning",
        "afternoon": "For this afternoon",
        "evening": "Tonight",
        "night": "Late at night",
        "mood": "For your mood",
        "valentine": "For Valentine's Day",
        "halloween": "For Halloween",
        "christmas": "For Christmas",
    },
    "de": {
        "search_results": "Ergebnisse für „{}“",
        "rescue": "Lieber etwas anderes?",
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
        "popular": "Beliebt: {}",
        "popular_anywhere": "Gerade beliebt",
        "micro_genre": "{}",
        "morning": "Für diesen Morgen",
        "afternoon": "Für diesen Nachmittag",
        "evening": "Für heute Abend",
        "night": "Für spät in der Nacht",
        "mood": "Passend zu deiner Stimmung",
        "valentine": "Zum Valentinstag",
        "halloween": "Zu Halloween",
        "christmas": "Zu Weihnachten",
    },
    "es": {
        "search_results": "Resultados de «{}»",
        "rescue": "¿Algo distinto?",
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
        "popular": "Popular: {}",
        "popular_anywhere": "Popular ahora",
        "micro_genre": "{}",
        "morning": "Para esta mañana",
        "afternoon": "Para esta tarde",
        "evening": "Para esta noche",
        "night": "Para la madrugada",
        "mood": "Según tu ánimo",
        "valentine": "Para San Valentín",
        "halloween": "Para Halloween",
        "christmas": "Para Navidad",
    },
    "fr": {
        "search_results": "Résultats : {}",
        "rescue": "Envie d'autre chose ?",
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
        "popular": "Populaire : {}",
        "popular_anywhere": "Populaire en ce moment",
        "micro_genre": "{}",
        "morning": "Pour ce matin",
        "afternoon": "Pour cet après-midi",
        "evening": "Pour ce soir",
        "night": "Tard dans la nuit",
        "mood": "Selon votre humeur",
        "valentine": "Pour la Saint-Valentin",
        "halloween": "Pour Halloween",
        "christmas": "Pour Noël",
    },
    "pt": {
        "search_results": "Resultados para “{}”",
        "rescue": "Que tal algo diferente?",
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
        "popular": "Popular: {}",
        "popular_anywhere": "Popular agora",
        "micro_genre": "{}",
        "morning": "Para esta manhã",
        "afternoon": "Para esta tarde",
        "evening": "Para esta noite",
        "night": "Para a madrugada",
        "mood": "Para o seu humor",
        "valentine": "Para o Dia de São Valentim",
        "halloween": "Para o Halloween",
        "christmas": "Para o Natal",
    },
    "ja": {
        "search_results": "「{}」の検索結果",
        "rescue": "ほかの作品はいかが",
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
        "popular": "人気: {}",
        "popular_anywhere": "人気の作品",
        "micro_genre": "{}",
        "morning": "今朝のおすすめ",
        "afternoon": "午後のおすすめ",
        "evening": "今夜のおすすめ",
        "night": "深夜のおすすめ",
        "mood": "今の気分に",
        "valentine": "バレンタインに",
        "halloween": "ハロウィンに",
        "christmas": "クリスマスに",
    },
}

MOODS_IN: Mapping[str, tuple[str, ...]] = {
    "en": ("feel-good", "tense", "dark", "quiet"),
    "de": ("zum Wohlfühlen", "mit Spannung", "mit düsterer Stimmung", "in ruhigem Ton"),
    "es": ("para animarse", "con tensión", "con tono oscuro", "con calma"),
    "fr": ("pour sourire", "à suspense", "à l'ambiance sombre", "tout en calme"),
    "pt": ("para animar", "com tensão", "com clima sombrio", "com calma"),
    "ja": ("明るい気分", "緊張感", "ダーク", "静かな雰囲気"),
}
"""The moods of ``catalogue.tags.facets``, worded to follow a noun of any gender and number."""
PARTS = ("night", "morning", "afternoon", "evening")


def part_of_day(at_s: int, utc_offset_min: int) -> str:
    """The part of the local day that names a row.

    >>> [part_of_day(3_600 * hour, 0) for hour in (2, 9, 14, 20)], part_of_day(0, -60)
    (['night', 'morning', 'afternoon', 'evening'], 'night')
    """
    hour = (at_s + 60 * utc_offset_min) % 86_400 // 3_600
    return PARTS[(hour >= 5) + (hour >= 12) + (hour >= 18) - 3 * (hour >= 23)]


@lru_cache(maxsize=4096)
def micro_genre(language: str, label: str, facet: str) -> str:
    """The name of a micro-genre, a label with a facet; in languages other than English both are put side by side.

    >>> micro_genre("en", "Comedy", "friendship"), micro_genre("en", "Crime", "dark"), micro_genre("en", "Crime", "slow pace")
    ('Comedies about friendship', 'Dark crime', 'Slow-burn crime')
    >>> micro_genre("fr", "Crime", "dark"), micro_genre("ja", "Crime", "heist")
    ("Crime · à l'ambiance sombre", 'Crime · heist')
    """
    if language != ENGLISH:
        words = MOODS_IN[language][MOODS.index(facet)] if facet in MOODS else facet
        return f"{label[:1].upper()}{label[1:]} · {words}"
    small = facet.strip().lower()
    manner = facet if facet in MOODS else manner_of(small)
    text = f"{noun(label)} about {facet}" if manner is None else f"{manner} {noun(label).lower()}"
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=256)
def language_of(tag: str) -> str:
    """The language of headings for a BCP 47 tag.

    >>> language_of("pt-BR"), language_of("DE"), language_of("hi"), language_of("")
    ('pt', 'de', 'en', 'en')
    """
    primary = tag.lower().replace("_", "-").split("-")[0]
    return primary if primary in HEADINGS else ENGLISH


@lru_cache(maxsize=4096)
def heading(language: str, kind: str, about: str = "") -> str:
    """The heading of a kind of row; ``about``: its title, label or market.

    >>> heading("de", "because", "Metropolis"), heading("en", "my_list")
    ('Weil du Metropolis gesehen hast', 'My list')
    """
    return HEADINGS[language][kind].replace("{}", about)
