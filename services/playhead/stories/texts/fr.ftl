noun-action = film d'action
    .gender = masculine
noun-adventure = aventure
    .gender = feminine
noun-animation = film d'animation
    .gender = masculine
noun-anime = anime
    .gender = masculine
noun-comedy = comédie
    .gender = feminine
noun-crime = histoire policière
    .gender = feminine
noun-documentary = documentaire
    .gender = masculine
noun-drama = drame
    .gender = masculine
noun-family = film familial
    .gender = masculine
noun-fantasy = film fantastique
    .gender = masculine
noun-horror = film d'horreur
    .gender = masculine
noun-music = film musical
    .gender = masculine
noun-mystery = énigme
    .gender = feminine
noun-romance = histoire d'amour
    .gender = feminine
noun-science-fiction = film de science-fiction
    .gender = masculine
noun-thriller = thriller
    .gender = masculine
noun-war = film de guerre
    .gender = masculine
noun-western = western
    .gender = masculine
noun-episode = épisode
    .gender = masculine
noun-movie = film
    .gender = masculine
noun-series = série
    .gender = feminine
noun-title = titre
    .gender = masculine

article = { $gender ->
    [feminine] Une
   *[masculine] Un
}
e = { $gender ->
    [feminine] e
   *[masculine] {""}
}
manner-slow = lent{ e }
manner-fast = haletant{ e }
manner-dark = sombre
manner-warm = { $gender ->
    [feminine] chaleureuse
   *[masculine] chaleureux
}
manner-tense = tendu{ e }
manner-playful = amusant{ e }
manner-gritty = âpre
manner-scary = effrayant{ e }
manner-uplifting = réconfortant{ e }
manner-calm = calme

subject = { article } { $noun } { $manner }
subject-plain = { article } { $noun }

person = { $subject } avec { $person } : vous avez aussi regardé « { $cause } ».
theme = { $subject } sur le thème « { $theme } » : vous avez aussi regardé « { $cause } ».
cause = { $subject }, parce que vous avez regardé « { $cause } ».
taste = { $subject } : vous choisissez { $label } plus que la plupart.
popular = { $subject } que beaucoup choisissent ({ $market }).
popular-anywhere = { $subject } que beaucoup choisissent.
next = Saison { $season }, épisode { $episode } : la suite de ce que vous regardez.
left = { $minutes ->
    [0] Presque à la fin.
    [one] Plus qu'une minute.
   *[other] Plus que { $minutes } minutes.
}
leaving = { $days ->
    [0] Dernier jour.
    [one] Plus qu'un jour.
   *[other] Plus que { $days } jours.
}
