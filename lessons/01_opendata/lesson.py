# %% [markdown]
# # 01 オープンデータを読む
#
# - **所要時間**：15分
# - **ねらい**：市がつくった表と国がまとめた表を、自分の目で読んで比べる
# - **できるようになること**：文字化けを直す／数える／整える／2つの一覧のちがいを見つける
# - **使うデータ**：{{credit:hachioji}}／{{credit:shelters}}

# %% tags=["parameters"]
municipality = ""  # 空のままなら、00 で選んだまち
output_dir = ""  # 空のままなら、work フォルダの中

# %%
import pandas as pd

from machimap import course, datasets, places, shelters, store

session = course.start(municipality, output_dir)
place = session.place
print("このノートで使うまち：", place.full_name)

# %% [markdown]
# ## 1. 市から渡された CSV を、そのまま開く
# 八王子市の「指定避難所」の一覧です（どのまちの人も、まずこれで練習します）。
# 役所のパソコンで作られた CSV は、そのままでは読めないことがあります。どうなるか見てみましょう。

# %%
handover = store.resource_path("hachioji", "handover-02")
try:
    pd.read_csv(handover)
except UnicodeDecodeError:
    print("読めませんでした：文字の決まり（文字コード）が違います")

# %% [markdown]
# 日本の役所の CSV には **CP932**（Shift_JIS の仲間）という文字コードがよく使われます。
# `encoding="cp932"` と教えると読めます。`head()` は、最初の5行だけを見せる命令です。

# %%
city_raw = pd.read_csv(handover, encoding="cp932", dtype="str")
city_raw.head()

# %% [markdown]
# ## 2. 数える
# 表を受け取ったら、まず **行の数**、そして **空っぽの列** を見ます。
# 「備考」は見出しだけあって、中身がありません。見出しと行の長さがそろっていない、よくある形です。

# %%
print("行の数：", len(city_raw))
print("列ごとの、空のマスの数：")
print(city_raw.isna().sum().to_string())
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 3. 整える
# 住所の数字が全角（`２－１４`）と半角（`2-14`）でまざっていると、同じ住所でも「違う」と判断されます。
# `.str.normalize("NFKC")` で文字の幅をそろえ、`.str.strip()` で前後の空白を取り、空の列を捨てます。

# %%
tidy = city_raw.drop(columns="備考").rename(columns={"施設名": "名称", "所在地": "所在地_連結表記"})
for column in ["名称", "種別", "所在地_連結表記"]:
    tidy[column] = tidy[column].str.normalize("NFKC").str.strip()
changed = (tidy["所在地_連結表記"] != city_raw["所在地"]).sum()
print(f"所在地を整えた行：{changed} / {len(tidy)}")
tidy.head(3)
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 4. 地図に出せる行と、出せない行に分ける
# 緯度・経度が空だったり、逆だったりする行は、地図に出せません。
# 黙って捨てず、**理由をつけて取り分けます**。「もとの行 ＝ 使える行 ＋ 取り分けた行」が合うことを必ず確かめます。

# %%
city, set_aside = datasets.clean_coordinates(tidy)
print(f"もとの行 {len(city_raw)} ＝ 使える行 {len(city)} ＋ 取り分けた行 {len(set_aside)}")
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 5. 国の一覧から、あなたのまちを取り出す
# 国土地理院は、全国の **指定緊急避難場所** と **指定避難所** を1つの形にまとめて公開しています。
# こんどは、あなたのまちの分を読みます。もとは市区町村が届け出たものです。

# %%
sites = datasets.shelters(place, "指定緊急避難場所")
stays = datasets.shelters(place, "指定避難所")
print(place.full_name)
print("指定緊急避難場所：", len(sites), "件 ／ 指定避難所：", len(stays), "件")
if sites.empty:
    print("国の一覧に載っていません。「避難場所がない」という意味ではありません。まちに確かめましょう。")
sites[["名称", "所在地_連結表記", "緯度", "経度"]].head()
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 6. どの災害に使える場所か、数える
# 指定緊急避難場所は、**災害の種類ごと** に指定されます。`1` と書いてあれば「その災害のときに使う」場所です。
# 洪水に使えない場所が、地図に同じ印で描かれていたら、どうなるでしょうか。

# %%
hazard_columns = [column for column in sites.columns if column.startswith("災害種別_")]
per_hazard = (sites[hazard_columns] == "1").sum()
per_hazard.index = per_hazard.index.str.removeprefix("災害種別_")
if sites.empty:
    print("国の一覧に載っていないので、数えられません。「ない」ではないので、まちに確かめましょう。")
else:
    print(f"{len(sites)}か所のうち、指定されている数")
    print(per_hazard.to_string())
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 7. 自分のまちの一覧を用意する
# まちが自分で公開している一覧（CSV）があれば、次のボタンで選んでください。文字コードは自動で調べます。
# なければ、何もせずに先へ進めます。

# %%
upload = course.TableUpload()
upload

# %% [markdown]
# 比べる相手を決めます。①いま選んだ CSV、②この教材に入っている一覧（八王子市と焼津市）、③どちらもなければ
# **八王子市の一覧を例に** 使います。逃げる場所の一覧があれば、それだけを比べます。

# %%
own, owner = upload.table, place
if own is None:
    own = datasets.own_list(place)
    if own is None or place.name == "八王子市":
        own, owner = city.assign(一覧="指定避難所"), places.find("八王子市")
    elif "指定緊急避難場所" in set(own["一覧"]):
        own = own[own["一覧"] == "指定緊急避難場所"]
example = "" if owner == place else "（あなたのまちの一覧がないので、これは例です）"
print("比べる一覧：", owner.full_name, len(own), "件", example)
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 8. 2つの一覧を並べる
# 名前の書き方も、緯度・経度も、2つの一覧で少しずつ違います。名前と距離の両方を手がかりに、1対1で結びます。
# 結びついた組には点数（0〜1）と理由がつきます。あやしい組は、人が確かめます。
# 八王子市の一覧は **指定避難所** です。同じ建物が指定緊急避難場所にもなっているかを見るために、わざと並べます。
# 2つを同じものとして扱うのではありません。

# %%
national = datasets.shelters(owner, "指定緊急避難場所")
result = shelters.compare(own, national)
result.report()

# %%
pairs = result.to_frame().query("結果 == '一致'")
pairs[["市の名称", "国の名称", "距離_m", "一致度", "理由"]].head(8)

# %% [markdown]
# ## 9. ちがいを読む
# 「市の一覧にあるのに、国の一覧では **洪水に指定されていない**」場所を出します。
# **まちがいとは限りません。** 地震のときに使う場所かもしれず、上の階なら使えるのかもしれません。担当課に確かめる材料です。
# 国の一覧に洪水の指定が1つもないまちでは、全部が出ます。

# %%
not_for_flood = result.not_designated("洪水")
example = "" if owner == place else f"（これは{owner.name}の例です）"
print(f"{example}結びついた {len(pairs)} 組のうち、洪水に指定されていない：{len(not_for_flood)} 組（下の表は10組まで）")
pairs[pairs["市の行"].isin(not_for_flood["city_row"])][["市の名称", "国の名称", "距離_m"]].head(10)

# %% [markdown]
# ## 10. 次に使えるように保存する
# 整えた表を CSV で残します。`utf-8-sig` は、Excel でも文字化けしない形です。

# %%
sites.to_csv(session.folder / "指定緊急避難場所.csv", index=False, encoding="utf-8-sig")
result.to_frame().to_csv(session.folder / f"一覧の比較_{owner.name}.csv", index=False, encoding="utf-8-sig")
print("保存しました：", "、".join(sorted(path.name for path in session.folder.glob("*.csv"))))

# %% [markdown]
# ## まとめ
# - 読めない CSV は、まず文字コードを疑う
# - 行は黙って捨てず、「もとの行＝使える行＋取り分けた行」で数を合わせる
# - 2つの一覧のちがいは、まちがいの証拠ではなく、確かめるきっかけ
#
# **練習**：[01 の練習](../exercises/01_opendata.ipynb)（時間があれば、自分の手で書いてみましょう）
#
# **閉じる前に**：ブラウザだけで使っている人は、[00](00_hajimeni.ipynb) の「持ち帰る」を押すと、つくったものを zip で残せます。
#
# **次へ**：[02 ハザードマップをつくる](02_hazardmap.ipynb)
