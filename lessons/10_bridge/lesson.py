# %% [markdown]
# # 10 どんな表も、国の標準の形へ
#
# - **所要時間**：30分
# - **ねらい**：渡された表を、公開できる「自治体標準オープンデータセット」の形にし、変えたことを全部説明できるようにする
# - **できるようになること**：列の対応を確かめる／直したところを前と後で見る／行の数を合わせる／来年も使えるレシピを残す
# - **使うデータ**：{{credit:hachioji}}／{{credit:shelters}}／{{credit:schemas}}

# %% tags=["parameters"]
municipality = ""  # 空のままなら、00 で選んだまち
output_dir = ""  # 空のままなら、work フォルダの中
source = ""  # 自分のファイルの場所（空のままなら、下のボタンで選ぶか、例を使う）

# %%
from machimap import bridge, course, datasets, shelters

session = course.start(municipality, output_dir)
place = session.place
print("このノートで使うまち：", place.full_name)

# %% [markdown]
# ## 1. 表を受け取る
# 八王子市から渡された「一時避難場所」の表を、**指定緊急避難場所一覧**（国の標準、39列）の形にします。
# メニューで例2を、ボタンで自分のファイル（CSV、Excel、JSON、zip）を選べます。**選び直したら、この下のセルを上から動かします。**
# 動かし直すまで、下に見えている結果は、**前の表のもの** です。自分のファイルは、このノートが動いているコンピューターで読まれます。
# 人の名前などが入った表は、Binder のような外のサーバーでは使わないでください。

# %%
handed = course.HandedTable(place, source)
handed

# %% [markdown]
# ## 2. 読む：分かったことと、そのわけ
# 文字コード、見出しの行、題や合計の行を自動で見分け、わけを言います。見分けがちがうときは、`options` に書いて決められます。
# 例：`options = {"header_row": 3}`（見出しは3行目）、`{"sheet": "2"}`（2枚目のシート）、`{"encoding": "cp932"}`

# %%
options = {}
reading = handed.read(options)
print(f"使う表：{handed.told}")
for told in reading.conclusions:
    print(f"{told.about}：{told.value}　…{told.why}")
print(f"読んだ行 {reading.rows_in} ＝ データの行 {len(reading.table)} ＋ もう取り分けた行 {len(reading.aside)}")
# NBVAL_CHECK_OUTPUT

# %%
reading.table.head(3)

# %% [markdown]
# ## 3. 列の対応を確かめる
# 標準の列ごとに、もとの表のどの列を使うかの案が出ます。数字は **確信度**（案がどのくらい確かか。1がいちばん確か）です。
# 0.9以上の案には、印が付いています。**印のないものは、まだ使いません。** わけを読んで、合っていれば「はい」に印を付けます。
# ちがうときは、メニューで列を選び直します。「（決まった値を書く）」も、使わないと決める「（なし）」も選べます。
# 前に使った表のレシピがあれば、「前のレシピを使う」で、同じ対応から始められます。決めたら、下のセルを動かします。

# %%
form = course.BridgeForm(handed, folder=handed.folder(session.folder))
form

# %% [markdown]
# ## 4. 変換する：行の数を合わせる
# 3で決めた対応で変換します。**読んだ行 ＝ 使った行 ＋ 取り分けた行** が合わないときは、何も作らずに止まります。
# 点数（100点満点）は、書くことになっているマスのうち、正しく書けたマスの割合です。空のマスが減ると、上がります。

# %%
done = form.convert()
print(f"使う表：{handed.told}")
print(done.account)
print(f"点数：{done.score_before} → {done.score_after}")
print(f"使った対応：{len(form.mapping.matches)}列、「はい」を待っている列：{'、'.join(form.waiting) or 'なし'}")
# NBVAL_CHECK_OUTPUT

# %%
done = form.done
print(f"取り分けた行：{len(done.aside)}行（はじめの10行までを、下に出します）")
done.aside.set_index("行")[["理由"]].head(10) if len(done.aside) else None

# %% [markdown]
# ## 5. 直したところを、前と後で見る
# 全角の数字、○と×、入れ替わった緯度と経度などが直されます。**1つのマスも、黙って変えません。**
# `done.changes` には、変えたマスの全部が、前・後・規則・根拠といっしょに残っています。

# %%
changes = form.done.changes
print(f"変えたマス：{len(changes)}か所")
for rule, count in changes["規則"].value_counts().head(10).items():
    print(f"・{rule}：{count}か所")
rewritten = changes[changes["前"] != ""].drop_duplicates("規則").set_index("行")[["列", "前", "後", "規則"]]
if rewritten.empty:
    print("もとから書いてあったマスは、1つも書き直していません。")
rewritten.head(6) if len(rewritten) else None

# %% [markdown]
# ## 6. 補ったところ：どこから、どのくらい確かか
# 空の緯度と経度は、**名称が合い、住所が食いちがわない** ときだけ、国の一覧から補います。住所で確かめられなければ、確信度が下がります。
# もとからある緯度と経度は、国の値で上書きしません。災害の印は、国の一覧から補いません。
# 見たいときは、1で例2を選び、2と3を動かし、「名称」の「はい」に印を付けて、4から動かします。「ID」は「（なし）」にします。
# 「No.」は行の番号で、来年はずれます。「ID」を空けておけば、名称と住所から、毎年同じものが自動で入ります。

# %%
done = form.done
filled = done.changes[done.changes["規則"].str.contains("国の一覧から補う")]
for cell in filled[filled["列"] == "緯度"].head(5).itertuples():
    print(f"{cell.行}行目 緯度 {cell.後}（確信度 {cell.確信度}）：{cell.根拠}")
if done.table.empty:
    print("使った行が0行なので、補うところもありません。3の対応を見直してください。")
elif filled.empty:
    print("国の一覧から補ったところは、ありません。")

# %% [markdown]
# ## 7. まだ人が決めること
# 機械で決められないことは、**要確認** に、大切なものから並びます。
# 災害の列がもとの表にないとき、空は「指定なし」ではなく **「まだ分からない」** です。担当課に聞いてから公開します。

# %%
done = form.done
print(f"要確認：{len(done.checks)}件（同じ問題をまとめて、大切なものから10まで）")
for one in bridge.questions(done.checks).head(10).itertuples():
    print(f"・{one.列}（{one.どこ}）：{one.問題}")
    print(f"　→ {one.すること}")

# %% [markdown]
# ## 8. 公開する形で書き出す
# 表ごとのフォルダに、標準の形の CSV、説明（`datapackage.json`）、来年も使える `recipe.yml`、報告（3つの形）ができます。
# 標準に入らなかった列と取り分けた行は、`公開しない` フォルダに分けます。**人の名前などが入っていることがあります。**
# 公開する列にも、人のことが書かれているかもしれません。**文の列は、1行ずつ見ます。**
# ライセンスは、担当課で決めて `datapackage.json` に書き足します。書き足した `licenses` は、動かし直しても残ります。

# %%
done, folder = form.done, handed.folder(session.folder)
for path in done.write(folder):
    print("・" + path.relative_to(folder).as_posix())
print(*course.before_publishing(done, folder), sep="\n")
# NBVAL_CHECK_OUTPUT

# %%
print(f"フォルダ：{course.from_top(folder)}")
course.report_link(folder)

# %% [markdown]
# ## 9. できた一覧を、国の一覧とくらべる
# 標準の形になった表は、01 と同じ比べ方に、そのまま使えます。**逃げる場所** の一覧は、逃げる場所の一覧とくらべます。
# 自分の表が、とどまる場所（指定避難所）の一覧なら、`kind` を `"指定避難所"` に書きかえます。

# %%
kind = "指定緊急避難場所"
done, where = form.done, handed.place or place
national = datasets.shelters(where, kind)
comparable = len(national) > 0 and (done.table["緯度"] != "").any()
result = shelters.compare(done.table, national) if comparable else None
print(f"くらべる国の一覧：{where.full_name}の{kind}")
if comparable and result.matched.empty:
    print("1件も一致しません。ちがうまちの一覧かもしれません。1の「どこの表か」を確かめてください。")
if not comparable:
    print("位置の分かる行がないので、くらべられません。「避難場所がない」という意味ではありません。")
result.report().set_index("項目") if comparable else None

# %% [markdown]
# ## 10. 来年は、レシピで
# 来年の表が来たら、**1で来年の表を選び、2を動かし、3で「前のレシピを使う」** を押します。今年決めた対応が、そのまま使われます。
# 変わった列、なくなった列、新しい列は、1つずつ文で教えてくれます。そこだけを確かめます。
# コマンドでもできます。上のメニューの「ファイル → 新規 → ターミナル」でコマンドの画面を開き（クラスのサーバーにはありません）、
# 下に出る1行を写します。`来年の表` は、置いたファイルの名前に書きかえます。

# %%
done, recipe = form.done, handed.folder(session.folder) / "recipe.yml"
if done.table.empty or not recipe.exists():
    print("使えるレシピがまだないので、3の対応を決めて、4から8のセルを動かしてください。")
else:
    again = bridge.convert(
        handed.body, name=handed.name, recipe=recipe, place=handed.place or "", options=handed.options
    )
    print("同じ表にレシピを使うと、同じ一覧になる：", again.table.equals(done.table))
    print("変わったところ：", len(again.differences), "件")
# NBVAL_CHECK_OUTPUT

# %%
if recipe.exists():
    print(course.next_year(recipe, handed.name))

# %% [markdown]
# ## まとめ
# - 列の対応は、案とわけを見て、人が決める。印のない案は使わない
# - 読んだ行 ＝ 使った行 ＋ 取り分けた行。変えたマスは、前と後と規則が残る
# - 分からないことは「要確認」に、公開しないものは別のフォルダに。生成AIは、設定しないかぎり使わない
#
# **練習**：[10 の練習](../exercises/10_bridge.ipynb)（困ったところの多い表で、自分の手で確かめましょう）
#
# **閉じる前に**：ブラウザだけで使っている人は、[00](00_hajimeni.ipynb) の「持ち帰る」を押すと、つくったものを zip で残せます。
#
# **次へ**：8の「報告を開く」で報告を見て、担当課といっしょに要確認を上から見ましょう
