# What a title is. "alone" is it with its article; manners bring the article along.
noun-action = action film
    .alone = An action film
noun-adventure = adventure
    .alone = An adventure
noun-animation = animated film
    .alone = An animated film
noun-anime = anime
    .alone = An anime
noun-comedy = comedy
    .alone = A comedy
noun-crime = crime story
    .alone = A crime story
noun-documentary = documentary
    .alone = A documentary
noun-drama = drama
    .alone = A drama
noun-family = family film
    .alone = A family film
noun-fantasy = fantasy
    .alone = A fantasy
noun-horror = horror film
    .alone = A horror film
noun-music = music film
    .alone = A music film
noun-mystery = mystery
    .alone = A mystery
noun-romance = romance
    .alone = A romance
noun-science-fiction = science-fiction film
    .alone = A science-fiction film
noun-thriller = thriller
    .alone = A thriller
noun-war = war film
    .alone = A war film
noun-western = western
    .alone = A western
noun-episode = episode
    .alone = An episode
noun-movie = film
    .alone = A film
noun-series = series
    .alone = A series
noun-title = title
    .alone = A title

manner-slow = A slow-burn
manner-fast = A fast-paced
manner-dark = A dark
manner-warm = A warm
manner-tense = A tense
manner-playful = A playful
manner-gritty = A gritty
manner-scary = A scary
manner-uplifting = An uplifting
manner-calm = A calm

subject = { $manner } { $noun }
subject-plain = { $alone }

person = { $subject } with { $person }, as in “{ $cause }”, which you watched.
theme = { $subject } about { $theme }, like “{ $cause }”, which you watched.
cause = { $subject }, because you watched “{ $cause }”.
taste = { $subject }: you choose { $label } more often than most.
popular = { $subject } that many choose in { $market }.
popular-anywhere = { $subject } that many choose.
next = Season { $season }, episode { $episode }: goes on with what you watch.
left = { $minutes ->
    [0] Almost at the end.
    [one] One minute left.
   *[other] { $minutes } minutes left.
}
leaving = { $days ->
    [0] Leaves today.
    [one] Leaves in one day.
   *[other] Leaves in { $days } days.
}
