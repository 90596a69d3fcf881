# %% [markdown]
# # 04 ふりかえり：クイズと修了証
#
# - **所要時間**：5分
# - **ねらい**：学んだことを10問でふりかえり、つくったものを確かめる
# - **できるようになること**：大事なところを自分の言葉で言える／修了証を印刷する／つくったものを持ち帰る
# - **使うデータ**：{{credit:shelters}}

# %% tags=["parameters"]
municipality = ""  # 空のままなら、00 で選んだまち
output_dir = ""  # 空のままなら、work フォルダの中

# %%
from machimap import course

session = course.start(municipality, output_dir)
print("このノートで使うまち：", session.place.full_name)

# %% [markdown]
# ## 1. クイズ（10問）
# 1問に1つ選んで、最後に「答え合わせ」を押します。まちがえても、何度でもやり直せます。

# %%
course.Quiz()

# %% [markdown]
# ## 2. 練習の進みぐあい
# 01〜03 の練習で、合格した問題の数です。練習をしていなくても、かまいません。

# %%
course.progress()

# %% [markdown]
# ## 3. 修了証
# `name` の `""` の中に、修了証に入れたい名前を書けます（空のままでもかまいません）。
# できた `修了証.html` は、左のファイル一覧の上にあるフォルダの絵を押し、`work` → まちの名前の順に開いて見つけます。
# 右クリックして「新規ブラウザタブで開く」を選ぶと、ブラウザの「印刷」で紙か PDF に残せます。

# %%
name = ""
path = course.certificate(session, name)
print("つくりました：", path.parent.name + "/" + path.name)

# %% [markdown]
# ## 4. 持ち帰る
# 「持ち帰る」を押すと、つくったものと書きこんだノートが1つの zip になります。
# 職場や家の Machimap で「持ち帰った zip を戻す」を押せば、続きからできます。

# %%
course.TakeHome()

# %% [markdown]
# ## まとめ
# - 「データなし」は「安全」ではない
# - 行は黙って捨てず、出典は必ず書く
# - 次は、あなたが同僚に教える番
#
# **次へ**：同僚に教えてみましょう。[00 はじめに](00_hajimeni.ipynb) を開き、こんどは同僚のまちで始めます。
# 自分の課に公開したい表があれば、[10 どんな表も、国の標準の形へ](10_bridge.ipynb)（30分、ひとりで）に進めます。
