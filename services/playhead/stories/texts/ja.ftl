noun-action = アクション
noun-adventure = 冒険もの
noun-animation = アニメーション
noun-anime = アニメ
noun-comedy = コメディ
noun-crime = クライム作品
noun-documentary = ドキュメンタリー
noun-drama = ドラマ
noun-family = ファミリー作品
noun-fantasy = ファンタジー
noun-horror = ホラー
noun-music = 音楽作品
noun-mystery = ミステリー
noun-romance = ラブストーリー
noun-science-fiction = SF
noun-thriller = スリラー
noun-war = 戦争もの
noun-western = 西部劇
noun-episode = エピソード
noun-movie = 映画
noun-series = シリーズ
noun-title = 作品

manner-slow = じっくり描く
manner-fast = テンポの速い
manner-dark = ダークな
manner-warm = 心温まる
manner-tense = 緊迫した
manner-playful = 遊び心のある
manner-gritty = 骨太な
manner-scary = 怖い
manner-uplifting = 元気が出る
manner-calm = 穏やかな

subject = { $manner }{ $noun }
subject-plain = { $noun }

person = { $subject }。ご覧になった「{ $cause }」と同じく{ $person }が参加。
theme = { $subject }。ご覧になった「{ $cause }」と同じテーマ: { $theme }。
cause = { $subject }。「{ $cause }」をご覧になったので。
taste = { $subject }。{ $label }をよく選ぶあなたに。
popular = { $subject }。{ $market }で多くの人が選んでいます。
popular-anywhere = { $subject }。多くの人が選んでいます。
next = シーズン{ $season } 第{ $episode }話: ご覧になっている作品の続き。
left = { $minutes ->
    [0] まもなく終わり。
   *[other] 残り{ $minutes }分。
}
leaving = { $days ->
    [0] 本日配信終了。
   *[other] あと{ $days }日で配信終了。
}
