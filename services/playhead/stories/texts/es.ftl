noun-action = película de acción
    .gender = feminine
noun-adventure = aventura
    .gender = feminine
noun-animation = película de animación
    .gender = feminine
noun-anime = anime
    .gender = masculine
noun-comedy = comedia
    .gender = feminine
noun-crime = historia policíaca
    .gender = feminine
noun-documentary = documental
    .gender = masculine
noun-drama = drama
    .gender = masculine
noun-family = película familiar
    .gender = feminine
noun-fantasy = historia fantástica
    .gender = feminine
noun-horror = película de terror
    .gender = feminine
noun-music = película musical
    .gender = feminine
noun-mystery = misterio
    .gender = masculine
noun-romance = historia de amor
    .gender = feminine
noun-science-fiction = película de ciencia ficción
    .gender = feminine
noun-thriller = thriller
    .gender = masculine
noun-war = película bélica
    .gender = feminine
noun-western = western
    .gender = masculine
noun-episode = episodio
    .gender = masculine
noun-movie = película
    .gender = feminine
noun-series = serie
    .gender = feminine
noun-title = título
    .gender = masculine

article = { $gender ->
    [feminine] Una
   *[masculine] Un
}
ending = { $gender ->
    [feminine] a
   *[masculine] o
}
addition = { $gender ->
    [feminine] a
   *[masculine] {""}
}
manner-slow = pausad{ ending }
manner-fast = trepidante
manner-dark = oscur{ ending }
manner-warm = cálid{ ending }
manner-tense = tens{ ending }
manner-playful = divertid{ ending }
manner-gritty = crud{ ending }
manner-scary = aterrador{ addition }
manner-uplifting = inspirador{ addition }
manner-calm = tranquil{ ending }

subject = { article } { $noun } { $manner }
subject-plain = { article } { $noun }

person = { $subject } con { $person }, como «{ $cause }», que has visto.
theme = { $subject } sobre { $theme }, como «{ $cause }», que has visto.
cause = { $subject }, porque viste «{ $cause }».
taste = { $subject }: eliges { $label } más que la mayoría.
popular = { $subject } que muchos eligen en { $market }.
popular-anywhere = { $subject } que muchos eligen.
next = Temporada { $season }, episodio { $episode }: sigue lo que estás viendo.
left = { $minutes ->
    [0] Casi al final.
    [one] Queda un minuto.
   *[other] Quedan { $minutes } minutos.
}
leaving = { $days ->
    [0] Se va hoy.
    [one] Se va en un día.
   *[other] Se va en { $days } días.
}
