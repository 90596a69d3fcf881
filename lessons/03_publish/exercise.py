# %% [markdown]
# # 03 練習：OSSとして公開する
#
# - **所要時間**：10分
# - **ねらい**：公開の前に人が気をつけることを、自分の手でやってみる
# - **できるようになること**：出典を入れる／公開してはいけない列を落とす／短い README を書く
# - **使うデータ**：{{credit:shelters}}

# %% tags=["parameters"]
municipality = ""  # 空のままなら、00 で選んだまち
output_dir = ""  # 空のままなら、work フォルダの中

# %% [markdown]
# ## やり方
# 01 の練習と同じです。`...` を自分の答えに書きかえて、**Shift + Enter** で動かします。
# 困ったら「ヒント」のボタンを押し、それでも分からなければ飛ばします。

# %%
from machimap import datasets
from machimap.course import check, hint, material, practice, progress, start, task

session = start(municipality, output_dir)
place = practice()
print("練習に使うまち：", place.full_name)
if place != session.place:
    print(f"（{session.place.name}の一覧は短いので、練習だけ{place.name}で行います）")

# %% [markdown]
# ## 問題1：避難場所のデータの出典
# 避難場所のデータ（名前は `"shelters"`）の出典の文を **1つ**、`credit` に入れてください。
# 手で書き写さずに、`datasets.credits(...)` から取り出します。

# %%
task("03-1")

# %%
credit = datasets.credits("shelters")[0]  # SOLUTION
credit = check("03-1", credit)
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 問題2：公開してはいけない列を落とす
# 次の表 `office_list` は、役所の中で使っている一覧のつもりの **架空データ** です。
# このまま公開すると、職員の名前と携帯の番号が世界中に出てしまいます。その列を落とした表を `public` に入れてください。
# 施設の電話番号は、住民が使うものなので残します。

# %%
office_list = material("03-2")
office_list.head(3)

# %%
task("03-2")

# %%
public = office_list.drop(columns=["担当者名", "担当者の携帯"])  # SOLUTION
public = check("03-2", public)
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 問題3：短い README を書く
# この地図の説明書きを `readme` に入れてください。文は自由です。次の4つが入っていれば合格です。
# **まちの名前**／問題1の**出典**／使ってよい条件（**CC BY 4.0**）／**公式のハザードマップで確かめる** こと

# %%
task("03-3")

# %%
# 解答ここから readme
readme = f"""# {place.name}のハザードマップ

{credit}

データと文章は CC BY 4.0 です。
避難の前に、必ず{place.name}の公式のハザードマップで確かめてください。
"""
# 解答ここまで
readme = check("03-3", readme)
# NBVAL_CHECK_OUTPUT

# %%
progress()

# %% [markdown]
# ## まとめ
# - 出典は、決められた書き方のまま入れる
# - 個人の列は、中身を消すのではなく列ごと落とす
# - README は、はじめて来た人が迷わないための約束
#
# **閉じる前に**：ブラウザだけで使っている人は、[00](../notebooks/00_hajimeni.ipynb) の「持ち帰る」を押すと、書いたものを zip で残せます。
#
# **次へ**：[04 ふりかえり：クイズと修了証](../notebooks/04_furikaeri.ipynb)
