# %% [markdown]
# # 02 練習：ハザードマップをつくる
#
# - **所要時間**：15分
# - **ねらい**：表を点に変え、メートルで測り、区域と重ねるところまでを、自分の手で書いてみる
# - **できるようになること**：点をつくる／測り方をそろえる／距離を測る／近い順に選ぶ／重ねて数える
# - **使うデータ**：{{credit:shelters}}／{{credit:yaizu}}

# %% tags=["parameters"]
municipality = ""  # 空のままなら、00 で選んだまち
output_dir = ""  # 空のままなら、work フォルダの中

# %% [markdown]
# ## やり方
# 01 の練習と同じです。`...` を自分の答えに書きかえて、**Shift + Enter** で動かします。
# 困ったら「ヒント」のボタンを押し、それでも分からなければ飛ばします。先の問題は、教材の答えで続けられます。

# %%
import geopandas as gpd

from machimap.course import check, hint, material, practice, progress, start, task
from machimap.course.tasks.material import flooded_before, hazard_column

session = start(municipality, output_dir)
place = practice()
utm = place.utm_epsg
print("練習に使うまち：", place.full_name, "／ メートルの地図：EPSG:", utm)
if place != session.place:
    print(f"（{session.place.name}の一覧は短いので、練習だけ{place.name}で行います）")

# %% [markdown]
# ## 問題1：表を点に変える
# 表 `sites` の緯度と経度から点をつくり、`points` に入れてください。
# 日本の測り方 **EPSG:6668** の名札（`crs`）も付けます。

# %%
sites = material("02-1")
sites[["名称", "緯度", "経度"]].head(3)

# %%
task("02-1")

# %%
points = gpd.GeoDataFrame(sites, geometry=gpd.points_from_xy(sites["経度"], sites["緯度"]), crs="EPSG:6668")  # SOLUTION
points = check("02-1", points)
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 問題2：点をメートルの地図に移す
# 距離を測れるように、`points` をこのまちのメートルの地図（番号は `utm`）に変えて、`metres` に入れてください。

# %%
task("02-2")

# %%
metres = points.to_crs(utm)  # SOLUTION
metres = check("02-2", metres)
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 問題3：役所からの距離を測る
# 役所の点は、メートルの地図に移して `office_m` に用意してあります。
# それぞれの避難場所から役所までの距離を、`distance` に入れてください。

# %%
office = material("02-3")
office_m = office.to_crs(utm).geometry.iloc[0]
task("02-3")

# %%
distance = metres.distance(office_m)  # SOLUTION
distance = check("02-3", distance)
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 問題4：使える避難場所を近い順に3つ
# 下のセルで出る災害の列（`column`）が `"1"` の場所だけを選び、役所から近い順に3つの **名称** を、`nearest` に入れてください。
# 距離は「役所からの距離_m」の列に入っています。直線の距離で、道のりではありません。

# %%
column = hazard_column(place)
points["役所からの距離_m"] = distance
print("使う列：", column)
task("02-4")

# %%
# 解答ここから nearest
usable = points[points[column] == "1"]
nearest = usable.sort_values("役所からの距離_m")["名称"].head(3)
# 解答ここまで
nearest = check("02-4", nearest)
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 問題5：水につかったことのある区域の中の施設（焼津市）
# 焼津市の要配慮者利用施設（高齢者や子どもなどの施設）`care` と、実際に水につかった場所 `history` を重ねます。
# `history` の中にある施設の数を、`inside` に入れてください。**2つの測り方は違います。**

# %%
care = material("02-5")
history = flooded_before()
print("測り方：", care.crs.to_string(), "と", history.crs.to_string())
task("02-5")

# %%
inside = care.to_crs(history.crs).sjoin(history, predicate="within").index.nunique()  # SOLUTION
inside = check("02-5", inside)
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# 記録にない場所が「つかったことがない」とは限りません。残っている記録の中で数えた、という答えです。

# %%
progress()

# %% [markdown]
# ## まとめ
# - 名札（CRS）のない点は、ほかの地図と重ねられない
# - 距離は、メートルの地図に移してから測る
# - 測り方が違うまま重ねると、エラーも出ずに0件になる
#
# **閉じる前に**：ブラウザだけで使っている人は、[00](../notebooks/00_hajimeni.ipynb) の「持ち帰る」を押すと、書いたものを zip で残せます。
#
# **次へ**：[03 OSSとして公開する](../notebooks/03_publish.ipynb)
