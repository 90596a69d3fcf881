# %% [markdown]
# # 02 ハザードマップをつくる
#
# - **所要時間**：20分
# - **ねらい**：表を地図に変え、危険な区域と避難場所を重ねて、自分で確かめる
# - **できるようになること**：点を地図に置く／距離をメートルで測る／区域と点を重ねて数える
# - **使うデータ**：{{credit:shelters}}／{{credit:boundaries}}／{{credit:hazards}}／{{credit:yaizu}}

# %% tags=["parameters"]
municipality = ""  # 空のままなら、00 で選んだまち
output_dir = ""  # 空のままなら、work フォルダの中

# %%
import geopandas as gpd
import pandas as pd

from machimap import course, datasets, hazards, maps, places

session = course.start(municipality, output_dir)
place = session.place
print("このノートで使うまち：", place.full_name)

# %% [markdown]
# ## 1. 表を「点」に変える
# 緯度と経度の2つの数字を、地図の上の **点** に変えます。このような表を GeoDataFrame（ジオデータフレーム）と呼びます。
# `crs` は「この数字は、どの測り方の緯度経度か」の名札です。日本の測り方 JGD2011 は **EPSG:6668** という番号です。

# %%
sites = datasets.shelters(place, "指定緊急避難場所")
points = gpd.GeoDataFrame(
    sites,
    geometry=gpd.points_from_xy(sites["経度"], sites["緯度"]),
    crs="EPSG:6668",
)
print(len(points), "か所を点にしました。測り方：", points.crs.to_string())
if points.empty:
    print("国の一覧に載っていないまちです。「避難場所がない」という意味ではありません。")
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 2. 距離はメートルで測る
# 緯度経度のままで距離を測ると、答えが「0.02度」のようになり、使えません。
# まちの場所に合ったメートルの地図（UTM 座標）に変えてから測ります。番号はまちの経度から決まります。

# %%
utm = place.utm_epsg
assert 6688 <= utm <= 6692, "日本の UTM 座標（51〜55帯）ではありません"
office = gpd.GeoSeries(
    gpd.points_from_xy([place.lon or place.label_lon], [place.lat or place.label_lat]), crs="EPSG:6668"
).to_crs(utm)
points["役所からの距離_m"] = points.to_crs(utm).distance(office.iloc[0]).round()
print("このまちのメートルの地図：EPSG:", utm)
points.sort_values("役所からの距離_m")[["名称", "役所からの距離_m"]].head(3)

# %% [markdown]
# ## 3. 地図に描く
# 背景の地図に、まちの境界と避難場所を重ねます。丸を描くなど、自分で足したいものは `folium`（フォリウム）の命令で足せます。
# 例として、役所から半径1km の円を足してみます。

# %%
import folium

base = maps.hazard_map(place)
center = [place.lat or place.label_lat, place.lon or place.label_lon]
folium.Circle(center, radius=1000, color="#0072B2", fill=False).add_to(base)
base

# %% [markdown]
# ## 4. 危険な区域を重ねる
# 見たい災害を選ぶと、国の「重ねるハザードマップ」の区域と、**その災害に使える避難場所** だけが目立つ地図に変わります。
# 四角い印（指定避難所）は、逃げる場所とは限らないので、薄く描きます。
# いろいろ試してください。**災害を変えたら、すぐ下のセルと、6 と 8 のセルを、もう一度動かします。**

# %%
hazard_chooser = course.HazardChooser(
    hazards.usual(sites), on_choose=lambda hazard: maps.hazard_map(place, hazard=hazard)
)
hazard_chooser

# %% [markdown]
# 地図の下に「読み込めませんでした」と出たときは、通信できていないか、その場所のデータがありません。
# どちらの場合も **「安全」という意味ではありません。** 地図に色があるかないかだけで判断しないでください。

# %%
hazard = hazard_chooser.value
column = hazards.kinds().set_index("key").loc[hazard, "column"]
suitable = points[points[column] == "1"]
print(f"{hazard}に指定された避難場所：{len(suitable)} / {len(points)} か所")
if suitable.empty:
    print(f"この一覧には、{hazard}に指定された場所がありません。「逃げる場所がない」とは限りません。")
    print("上のメニューで別の災害を選ぶか、まちの公式のハザードマップで確かめてください。")

# %% [markdown]
# ## 5. 区域の中にあるのに、洪水に指定されていない避難場所
# ここでは **洪水だけ** を調べます。避難場所の1点ずつについて、国の地図の色を読み取り、浸水の深さに直します。
# 答えは **深さ・区域外・データなし** の3通りです。通信できないときは、正直に「データなし」と答えます。

# %%
depth = hazards.depth_at(points, "flood_l2", prefecture_code=place.prefecture_code)
points["浸水の深さ"] = depth["区分"]
points["洪水の指定"] = points["災害種別_洪水"].map({"1": "指定あり", "": "指定なし"})
pd.crosstab(points["浸水の深さ"], points["洪水の指定"]) if len(points) else "一覧が空なので、調べられません"

# %%
known = points["浸水の深さ"] != "データなし"
wet = known & (points["浸水の深さ"] != "区域外")
check = points[wet & (points["洪水の指定"] == "指定なし")]
if known.any():
    print(f"調べられた{known.sum()}か所のうち、浸水する区域の中で洪水に指定されていない：{len(check)}か所")
    print(check[["名称", "浸水の深さ"]].head(10).to_string(index=False))
    print(f"調べられなかった（データなし）：{(~known).sum()}か所")
else:
    print("1か所も調べられませんでした（通信できないか、一覧が空です）。")
    print("安全かどうかは、まだ何も言えません。通信できるときに、もう一度動かしてください。")

# %% [markdown]
# 「指定なし」が区域の中にあるのは、正しい姿です。困るのは、**地図を見た人がそこへ逃げてしまう** ことです。
# だから、この教材の地図は、使えない場所を薄く描きます。

# %% [markdown]
# ## 6. いちばん近い「使える」避難場所
# 地図の上をクリックすると、その場所の緯度と経度、いちばん近い使える避難場所が出ます。
# 出てきた `[緯度, 経度]` を、1行目の `here = center` の `center` だけと入れ替えて動かすと、近い順に3つ並びます。
# かっこもコンマも **半角** で、緯度（20〜45）が先、経度（122〜154）が後です。距離は直線で、道のりではありません。

# %%
here = center
me = gpd.GeoSeries(gpd.points_from_xy([here[1]], [here[0]]), crs="EPSG:6668").to_crs(utm).iloc[0]
nearest = suitable.assign(距離_m=suitable.to_crs(utm).distance(me).round()).sort_values("距離_m")
print("書き方の例：here =", [round(number, 4) for number in center])
if nearest.empty:
    print(f"{hazard}に使える場所が、この一覧にありません。「ない」とは限らないので、まちに確かめてください。")
elif not nearest["距離_m"].min() < 50_000:
    print("まちから遠すぎます。緯度が先、経度が後で、引用符を付けずに [ ] で囲んだか確かめてください。")
else:
    print(f"{hazard}のときに使える、近い避難場所")
    print(nearest[["名称", "所在地_連結表記", "距離_m"]].head(3).to_string(index=False))

# %% [markdown]
# ## 7. 本物の区域で計算する（焼津市）
# 焼津市は、大雨で下水があふれる **内水浸水想定区域** を、形（ポリゴン）のまま公開しています。
# 通信がなくても計算できるので、ここで「点と区域を重ねる」練習をします。
# 少しむずかしい節です。急ぐときは飛ばして、8 へ進んでかまいません。

# %%
zone = datasets.polygons("yaizu", "naisui").sort_values("下限_m")
care = datasets.table("yaizu", "care-facilities")
care = gpd.GeoDataFrame(care, geometry=gpd.points_from_xy(care["経度"], care["緯度"]), crs="EPSG:4326")
print("区域：", list(zone["浸水深"]))
print("要配慮者利用施設（高齢者・子ども・病気の人などの施設）：", len(care), "件")
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ### だれもが一度はするまちがい ①：測り方が違う
# 浸水履歴（実際に水につかった場所）には、平面の座標（EPSG:2450）で公開された年があります。
# `set_crs` は名札を書き替えるだけで、数字は変わりません。そのまま重ねると **エラーも出ずに0件** です。
# 数字ごと変えるには `to_crs` を使います。

# %%
history = datasets.polygons("yaizu", "history-plane")
print("測り方：", history.crs.to_string(), "と", care.crs.to_string())
wrong = care.set_crs(history.crs, allow_override=True).sjoin(history, predicate="within")
right = care.to_crs(history.crs).sjoin(history, predicate="within")
print("名札だけ替えて重ねると", len(wrong), "件、測り方をそろえて重ねると", right.index.nunique(), "件")
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ### だれもが一度はするまちがい ②：こわれた形
# 区域の線が自分自身と交わっていると、「こわれた形（invalid）」です。重ねる計算を断られたり、答えが狂ったりします。
# 自主防災会の区域と重ねてみましょう。

# %%
districts = datasets.polygons("yaizu", "districts")
zone = zone.to_crs(districts.crs)
try:
    gpd.overlay(zone, districts, make_valid=False)
except ValueError:
    print(f"計算を断られました。{len(zone)}つのうち、正しい形は{zone.is_valid.sum()}つだけです")
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# `make_valid` で形を直します。直したら、**面積が変わっていないか** を必ず見ます。
# 直ったので、内水につかる面積が大きい自主防災会を、上から3つ出せます。

# %%
before = zone.area.sum()
zone["geometry"] = zone.make_valid(method="structure", keep_collapsed=False)
print(f"{len(zone)}つのうち、正しい形は{zone.is_valid.sum()}つになりました")
print(f"面積：直す前 {before / 1e6:.3f} km²、直したあと {zone.area.sum() / 1e6:.3f} km²")
overlap = gpd.overlay(zone, districts)
overlap["面積_㎡"] = overlap.area
widest = overlap.groupby("自主防災会")["面積_㎡"].sum().sort_values(ascending=False).head(3)
for name, area in widest.items():
    print(f"{name}：{area:,.0f} ㎡")
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ### 重ねて数える
# 施設が、どの深さの区域に入っているかを数えます。境目の施設が2つの区域に入ったら、**深いほう** を採ります。
# 区域に入らない施設は「区域外」ですが、調べられたのは **公共下水道の区域の中だけ** です。

# %%
hit = care.to_crs(zone.crs).sjoin(zone, predicate="intersects").sort_values("下限_m", ascending=False)
hit = hit[~hit.index.duplicated()]
care["内水の深さ"] = hit["浸水深"].reindex(care.index).fillna("区域外（下水道区域の外は未調査）")
print(care["内水の深さ"].value_counts().to_string())
print("合計：", len(care))
# NBVAL_CHECK_OUTPUT

# %%
yaizu = places.find("焼津市")
maps.hazard_map(
    yaizu,
    hazard="内水氾濫",
    areas=zone,
    areas_label="浸水深",
    areas_title="内水浸水想定区域（焼津市）",
    areas_credit=datasets.credits("yaizu")[0],
)

# %% [markdown]
# ## 8. 自分のまちの地図を保存する
# 選んだ災害の地図を、1つの HTML ファイルに保存します。自分のパソコンでは、ダブルクリックすれば開きます。
# JupyterLab では、左のファイル一覧の上にあるフォルダの絵を押し、`work` → まちの名前の順に開きます。
# `ハザードマップ.html` を右クリックして「新規ブラウザタブで開く」を選ぶと、大きな地図が出ます。

# %%
result = maps.hazard_map(place, hazard=hazard)
result.save(session.folder / "ハザードマップ.html")
print("保存しました：", session.folder.name + "/ハザードマップ.html")

# %% [markdown]
# ## まとめ
# - 測り方（CRS）をそろえ、こわれた形を直してから重ねる
# - 「区域外」と「データなし」は違う。どちらも「安全」ではない
# - 避難場所は、災害の種類に合ったものだけを目立たせる
#
# **練習**：[02 の練習](../exercises/02_hazardmap.ipynb)（時間があれば、自分の手で書いてみましょう）
#
# **閉じる前に**：ブラウザだけで使っている人は、[00](00_hajimeni.ipynb) の「持ち帰る」を押すと、つくったものを zip で残せます。
#
# **次へ**：[03 OSSとして公開する](03_publish.ipynb)
