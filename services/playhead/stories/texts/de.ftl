noun-action = Actionfilm
    .gender = masculine
noun-adventure = Abenteuer
    .gender = neuter
noun-animation = Animationsfilm
    .gender = masculine
noun-anime = Anime
    .gender = masculine
noun-comedy = Komödie
    .gender = feminine
noun-crime = Krimi
    .gender = masculine
noun-documentary = Dokumentation
    .gender = feminine
noun-drama = Drama
    .gender = neuter
noun-family = Familienfilm
    .gender = masculine
noun-fantasy = Fantasyfilm
    .gender = masculine
noun-horror = Horrorfilm
    .gender = masculine
noun-music = Musikfilm
    .gender = masculine
noun-mystery = Rätselkrimi
    .gender = masculine
noun-romance = Liebesgeschichte
    .gender = feminine
noun-science-fiction = Science-Fiction-Film
    .gender = masculine
noun-thriller = Thriller
    .gender = masculine
noun-war = Kriegsfilm
    .gender = masculine
noun-western = Western
    .gender = masculine
noun-episode = Folge
    .gender = feminine
noun-movie = Film
    .gender = masculine
noun-series = Serie
    .gender = feminine
noun-title = Titel
    .gender = masculine

article = { $gender ->
    [feminine] Eine
   *[masculine] Ein
}
ending = { $gender ->
    [feminine] e
    [neuter] es
   *[masculine] er
}
relative = { $gender ->
    [feminine] die
    [neuter] das
   *[masculine] den
}
manner-slow = langsam erzählt{ ending }
manner-fast = rasant{ ending }
manner-dark = düster{ ending }
manner-warm = warmherzig{ ending }
manner-tense = spannend{ ending }
manner-playful = verspielt{ ending }
manner-gritty = rau{ ending }
manner-scary = gruselig{ ending }
manner-uplifting = aufbauend{ ending }
manner-calm = ruhig{ ending }

subject = { article } { $manner } { $noun }
subject-plain = { article } { $noun }

person = { $subject } mit { $person }: Du hast auch „{ $cause }“ gesehen.
theme = { $subject } zum Thema { $theme }: Du hast auch „{ $cause }“ gesehen.
cause = { $subject }, weil du „{ $cause }“ gesehen hast.
taste = { $subject }: { $label } wählst du öfter als die meisten.
popular = { $subject }, { relative } gerade viele wählen ({ $market }).
popular-anywhere = { $subject }, { relative } gerade viele wählen.
next = Staffel { $season }, Folge { $episode }: So geht es weiter.
left = { $minutes ->
    [0] Fast zu Ende.
    [one] Noch eine Minute.
   *[other] Noch { $minutes } Minuten.
}
leaving = { $days ->
    [0] Nur noch heute da.
    [one] Noch einen Tag da.
   *[other] Noch { $days } Tage da.
}
