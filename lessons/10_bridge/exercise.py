# %% [markdown]
# # 10 練習：表を国の標準の形にする
#
# - **所要時間**：15分
# - **ねらい**：10 で見たことを、困ったところの多い表で、自分の手で確かめる
# - **できるようになること**：取り分けた行を数える／人が確かめる列を選ぶ／補った値の出どころを見る／来年の表に使う
# - **使うデータ**：{{credit:shelters}}

# %% tags=["parameters"]
municipality = ""  # 空のままなら、00 で選んだまち
output_dir = ""  # 空のままなら、work フォルダの中

# %% [markdown]
# ## やり方
# 01 の練習と同じです。`...` を自分の答えに書きかえて、**Shift + Enter** で動かします。
# 困ったら「ヒント」のボタンを押し、それでも分からなければ飛ばします。

# %%
from machimap import bridge
from machimap.course import check, material, practice, progress, start, task

session = start(municipality, output_dir)
place = practice()
print("練習に使うまち：", place.full_name)
if place != session.place:
    print(f"（{session.place.name}の一覧は短いので、練習だけ{place.name}で行います）")

# %% [markdown]
# ## 練習の表
# 国の一覧をもとに、よくある困ったところを入れた Excel の表です。収容人数と鍵の管理者は **架空データ** です。
# まず、そのまま変換してみます。ここでは、確かめる前の案もそのまま使います（本文では、「はい」の印を付けるまで使いません）。

# %%
messy = material("10-1")
done = bridge.convert(messy, name="練習の表.xlsx", place=place)
print("見出し：", "、".join(done.reading.table.columns))
print("点数：", done.score_before, "→", done.score_after)

# %% [markdown]
# ## 問題1：取り分けた行は何行か
# 公開する一覧に入れなかった行は、`done.aside` に、理由といっしょに入っています。
# その **行の数** を、`aside` に入れてください。最後の行で、数が合うかを確かめます。

# %%
task("10-1")

# %%
aside = len(done.aside)  # SOLUTION
aside = check("10-1", aside)
print(f"読んだ行 {done.reading.rows_in} ＝ 使った行 {len(done.table)} ＋ 取り分けた行 {aside}")
done.aside.set_index("行")[["理由"]]
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 問題2：人が確かめる対応
# `done.mapping.matches` には、列の対応が並んでいます。標準の列は `target`、もとの列は `source`、確信度は `confidence` です。
# 下の1行は、対応を1つずつ見て（`for`）、確信度が0.9以上なら（`if`）、標準の列の名前を並べる書き方です。まず動かします。

# %%
sure = [match.target for match in done.mapping.matches if match.confidence >= 0.9]
print("確かな列：", "、".join(sure))

# %% [markdown]
# こんどは、確信度が **0.9 より小さい** 対応の、**標準の列の名前** の並びを `doubtful` に入れてください。

# %%
task("10-2")

# %%
doubtful = [match.target for match in done.mapping.matches if match.confidence < 0.9]  # SOLUTION
doubtful = check("10-2", doubtful)
print("人が確かめる列：", "、".join(doubtful))
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 問題3：国の一覧から補った緯度
# 空だった緯度と経度は、名称が合い、住所が食いちがわないときだけ、国の一覧から補われます。変えたところは、全部 `done.changes` にあります。
# 規則が「緯度経度を国の一覧から補う」で、列が「緯度」の行だけの表を、`filled` に入れてください。

# %%
task("10-3")

# %%
# 解答ここから filled
from_list = done.changes["規則"] == "緯度経度を国の一覧から補う"
filled = done.changes[from_list & (done.changes["列"] == "緯度")]
# 解答ここまで
filled = check("10-3", filled)
for cell in filled.itertuples():
    print(f"{cell.行}行目：{cell.後}（確信度 {cell.確信度}）")
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 問題4：来年の表で、変わったところ
# 次の表 `next_year` は、同じ課が1年後に作った表のつもりです。今年の対応はレシピ `recipe` に残っています。
# レシピを使って変換し、**変わったところ**（`differences`）の1つずつの **文**（`text`）の並びを `news` に入れてください。

# %%
next_year = material("10-4")
recipe = done.recipe
print("レシピに入っている対応：", len(recipe.matches), "列")

# %%
task("10-4")

# %%
# 解答ここから news
again = bridge.convert(next_year, name="来年の表.xlsx", recipe=recipe, place=place)
news = [told.text for told in again.differences]
# 解答ここまで
news = check("10-4", news)
print("\n".join(news))
# NBVAL_CHECK_OUTPUT

# %%
progress()

# %% [markdown]
# ## まとめ
# - 公開できない行も、理由といっしょに数える
# - 確信度の低い対応は、人が見てから使う
# - 補った値には、出どころと確信度が残る。レシピがあれば、来年は変わったところだけを見ればよい
#
# **閉じる前に**：ブラウザだけで使っている人は、[00](../notebooks/00_hajimeni.ipynb) の「持ち帰る」を押すと、書いたものを zip で残せます。
#
# **次へ**：自分の課の表を用意して、[10 どんな表も、国の標準の形へ](../notebooks/10_bridge.ipynb) をもう一度
