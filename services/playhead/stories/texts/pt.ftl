noun-action = filme de ação
    .gender = masculine
noun-adventure = aventura
    .gender = feminine
noun-animation = animação
    .gender = feminine
noun-anime = anime
    .gender = masculine
noun-comedy = comédia
    .gender = feminine
noun-crime = história policial
    .gender = feminine
noun-documentary = documentário
    .gender = masculine
noun-drama = drama
    .gender = masculine
noun-family = filme para a família
    .gender = masculine
noun-fantasy = fantasia
    .gender = feminine
noun-horror = filme de terror
    .gender = masculine
noun-music = filme musical
    .gender = masculine
noun-mystery = mistério
    .gender = masculine
noun-romance = romance
    .gender = masculine
noun-science-fiction = ficção científica
    .gender = feminine
noun-thriller = thriller
    .gender = masculine
noun-war = filme de guerra
    .gender = masculine
noun-western = faroeste
    .gender = masculine
noun-episode = episódio
    .gender = masculine
noun-movie = filme
    .gender = masculine
noun-series = série
    .gender = feminine
noun-title = título
    .gender = masculine

article = { $gender ->
    [feminine] Uma
   *[masculine] Um
}
ending = { $gender ->
    [feminine] a
   *[masculine] o
}
addition = { $gender ->
    [feminine] a
   *[masculine] {""}
}
manner-slow = lent{ ending }
manner-fast = acelerad{ ending }
manner-dark = sombri{ ending }
manner-warm = acolhedor{ addition }
manner-tense = tens{ ending }
manner-playful = divertid{ ending }
manner-gritty = cru{ addition }
manner-scary = assustador{ addition }
manner-uplifting = inspirador{ addition }
manner-calm = calm{ ending }

subject = { article } { $noun } { $manner }
subject-plain = { article } { $noun }

person = { $subject } com { $person }, como em “{ $cause }”, que você viu.
theme = { $subject } sobre { $theme }, como “{ $cause }”, que você viu.
cause = { $subject }, porque você assistiu a “{ $cause }”.
taste = { $subject }: você escolhe { $label } mais que a maioria.
popular = { $subject } que muitos escolhem ({ $market }).
popular-anywhere = { $subject } que muitos escolhem.
next = Temporada { $season }, episódio { $episode }: continua o que você está vendo.
left = { $minutes ->
    [0] Quase no fim.
    [1] Falta um minuto.
   *[other] Faltam { $minutes } minutos.
}
leaving = { $days ->
    [0] Sai hoje.
    [1] Sai em um dia.
   *[other] Sai em { $days } dias.
}
