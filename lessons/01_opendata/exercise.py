# %% [markdown]
# # 01 練習：オープンデータを読む
#
# - **所要時間**：10分
# - **ねらい**：01 で見たことを、自分の手で1行ずつ書いてみる
# - **できるようになること**：数える／条件に合うものを数える／文字をそろえる／行を選ぶ
# - **使うデータ**：{{credit:hachioji}}／{{credit:shelters}}

# %% tags=["parameters"]
municipality = ""  # 空のままなら、00 で選んだまち
output_dir = ""  # 空のままなら、work フォルダの中

# %% [markdown]
# ## やり方
# `...` のところを自分の答えに書きかえて、**Shift + Enter** で動かします。合っていれば「合格」、違えば、どこが違うかが1文で出ます。
# 困ったら、問題の上の「ヒント」のボタンを押します（3回まで、だんだんくわしくなります）。何度やり直してもかまいません。
# 飛ばしてもかまいません。飛ばした問題は、教材の答えで先へ進みます。

# %%
from machimap.course import check, hint, material, practice, progress, start, task

session = start(municipality, output_dir)
place = practice()
print("練習に使うまち：", place.full_name)
if place != session.place:
    print(f"（{session.place.name}の一覧は短いので、練習だけ{place.name}で行います）")

# %% [markdown]
# ## 問題1：指定緊急避難場所は何か所か
# 次の表 `sites` は、国の一覧から取り出したものです。この表の **行の数** を、`count` に入れてください。

# %%
sites = material("01-1")
sites[["名称", "所在地_連結表記", "緯度", "経度"]].head(3)

# %%
task("01-1")

# %%
count = len(sites)  # SOLUTION
count = check("01-1", count)
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 問題2：その災害に指定されている場所は何か所か
# 下のセルで出る列（`column`）が `"1"` になっている行の数を、`designated` に入れてください。

# %%
from machimap.course.tasks.material import hazard_column

column = hazard_column(place)
print("数える列：", column)

# %%
task("01-2")

# %%
designated = (sites[column] == "1").sum()  # SOLUTION
designated = check("01-2", designated)
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 問題3：住所の数字の幅をそろえる
# 八王子市から渡された一覧 `city` の「所在地」は、全角と半角の数字がまざっています。
# 半角にそろえた列を `tidy` に入れてください。

# %%
city = material("01-3")
print(city["所在地"].head(3).to_string(index=False))

# %%
task("01-3")

# %%
tidy = city["所在地"].str.normalize("NFKC")  # SOLUTION
tidy = check("01-3", tidy)
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 問題4：地図に出せる行だけを選ぶ
# 次の表 `broken` は、練習のために緯度や経度を5か所消した **架空データ** です（NaN が、空のマスです）。
# 緯度も経度もある行だけの表を `kept` に入れてください。
# 最後の行で「もとの行 ＝ 使える行 ＋ 取り分けた行」が合うかを確かめます。

# %%
broken = material("01-4")
broken[broken["備考"] != ""]

# %%
task("01-4")

# %%
# 解答ここから kept
located = broken["緯度"].notna() & broken["経度"].notna()
kept = broken[located]
# 解答ここまで
kept = check("01-4", kept)
whole = material("01-4")
aside = whole.drop(index=kept.index)
print(f"もとの行 {len(whole)} ＝ 使える行 {len(kept)} ＋ 取り分けた行 {len(aside)}")
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 進みぐあい
# 合格した数は `work` フォルダに残ります。あとで開き直しても、続きからできます。

# %%
progress()

# %% [markdown]
# ## まとめ
# - 数える前に、何の行を数えるのかを決める
# - 文字の "1" と数字の 1 は違う
# - 取り分けた行も数えて、合計を合わせる
#
# **閉じる前に**：ブラウザだけで使っている人は、[00](../notebooks/00_hajimeni.ipynb) の「持ち帰る」を押すと、書いたものを zip で残せます。
#
# **次へ**：[02 ハザードマップをつくる](../notebooks/02_hazardmap.ipynb)
