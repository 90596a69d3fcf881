# %% slideshow={"slide_type": "skip"}
import geopandas as gpd
import pandas as pd
from IPython.display import HTML, Markdown

from machimap import datasets, places, store
from machimap.course.guide.picture import town_map

hachioji, yaizu = places.find("八王子市"), places.find("焼津市")
sites = datasets.shelters(hachioji, "指定緊急避難場所")


def credit(*names):
    """スライドの下に小さく出す、出典の文"""
    return f"*{' ／ '.join(datasets.credits(*names))}*"


# %% [markdown] slideshow={"slide_type": "slide"}
# # まちマップ
# ## 自分のまちのハザードマップをつくり、公開の一歩手前まで
#
# - プログラムを書いたことがなくて、大丈夫です
# - アカウントもメールアドレスも、いりません
# - 席の札を見てください。自分の名前は、どこにも入れません
#
# **画面に「00 はじめに」が出ていれば、準備は終わりです**

# %% [markdown] slideshow={"slide_type": "slide"}
# # きょう、できあがるもの

# %%
files = [
    ("ハザードマップ.html", "ダブルクリックで開く地図"),
    ("site フォルダ", "住民が開くページ"),
    ("指定緊急避難場所.csv", "整えた表"),
    ("コミット", "いつ、何を変えたかの記録"),
]
rows = "".join(f"<li><b>{name}</b><br>{what}</li>" for name, what in files)
HTML(
    f"<div class='two'><ul>{rows}</ul><figure>{town_map(hachioji)}<figcaption>八王子市の例</figcaption></figure></div>"
)

# %%
Markdown(credit("shelters", "boundaries"))

# %% [markdown] slideshow={"slide_type": "slide"}
# # 約束は1つ
# ## 「データなし」は「安全」ではない
#
# | 地図の見え方 | 言えること |
# |---|---|
# | 色がある | 危険があると、想定されている |
# | 色がない（区域外） | 想定の外。**想定を超えることもある** |
# | 色がない（データなし） | **まだ何も言えない** |
#
# 最後のよりどころは、まちの **公式のハザードマップ** です

# %% [markdown] slideshow={"slide_type": "slide"}
# # まちを選ぶ

# %%
national = store.descriptor("shelters")["resources"]
rows = {kind: sum(one["rows"] for one in national if one["path"].startswith(kind)) for kind in datasets.KINDS}
towns = len(datasets.table("municipalities", "municipalities"))
Markdown(
    f"- 全国 **{towns:,}** の市区町村・区から選べます\n"
    + "".join(f"- {kind} **{count:,}** 件\n" for kind, count in rows.items())
    + "- 都道府県 → 市区町村 の順に選ぶ。名前でも探せる\n\n"
    "地図が出たら、**印を1つ押して**、名前と住所を見ましょう\n\n" + credit("municipalities", "shelters")
)

# %% [markdown] slideshow={"slide_type": "slide"}
# # 2つの「ひなん」
#
# | | 指定緊急避難場所 | 指定避難所 |
# |---|---|---|
# | 役目 | **急いで逃げる** | **しばらく暮らす** |
# | 決め方 | **災害の種類ごと** | 暮らせる建物 |
# | 印 | 丸 | 四角 |
#
# 名前は似ていますが、役目がちがいます。**最後まで混ぜません**

# %% [markdown] slideshow={"slide_type": "slide"}
# # 01 表を読む

# %%
raw = pd.read_csv(store.resource_path("hachioji", "handover-02"), encoding="cp932", dtype="str")
renamed = raw.rename(columns={"施設名": "名称", "所在地": "所在地_連結表記"})
kept, aside = datasets.clean_coordinates(renamed)
Markdown(
    "1. 読めない CSV は、まず **文字コード** を疑う（`cp932`）\n"
    "2. まず **行の数** と **空っぽのマス** を数える\n"
    "3. 出せない行は、黙って捨てず、**理由をつけて取り分ける**\n\n"
    f"## もとの行 {len(raw)} ＝ 使える行 {len(kept)} ＋ 取り分けた行 {len(aside)}\n\n"
    "八王子市の「指定避難所」の一覧。この式が合うかを、いつも確かめる\n\n" + credit("hachioji")
)

# %% [markdown] slideshow={"slide_type": "slide"}
# # 02 表を、地図にする
#
# - **点にする**：緯度と経度の2つの数字 → 地図の上の点
# - **名札を付ける**：`EPSG:6668` は、日本の測り方の番号
# - **メートルで測る**：度のままでは、何メートルか分からない
#
# 「役所から近い順」「自分の家から近い順」が、これで出せます
#
# **直線の距離です。道のりではありません**

# %% [markdown] slideshow={"slide_type": "slide"}
# # 02 災害が変われば、使える場所が変わる

# %%
drawn = []
for hazard in ("地震", "洪水"):
    usable = int((sites[f"災害種別_{hazard}"] == "1").sum())
    told = f"<b>{hazard}</b>：{usable} / {len(sites)} か所"
    drawn.append(f"<figure>{town_map(hachioji, hazard)}<figcaption>{told}</figcaption></figure>")
HTML(f"<div class='two'>{''.join(drawn)}</div>")

# %%
Markdown("八王子市の指定緊急避難場所。丸は指定あり、ばつは指定なし\n\n" + credit("shelters", "boundaries"))

# %% [markdown] slideshow={"slide_type": "slide"}
# # 02 測り方をそろえて、重ねる

# %%
care = datasets.table("yaizu", "care-facilities")
care = gpd.GeoDataFrame(care, geometry=gpd.points_from_xy(care["経度"], care["緯度"]), crs="EPSG:4326")
history = datasets.polygons("yaizu", "history-plane")
wrong = care.set_crs(history.crs, allow_override=True).sjoin(history, predicate="within")
right = care.to_crs(history.crs).sjoin(history, predicate="within").index.nunique()
Markdown(
    f"焼津市の施設 **{len(care)}** 件。水につかったことのある区域の中は、何件？\n\n"
    "| やり方 | 答え |\n|---|---|\n"
    f"| 名札だけ替えて重ねる（`set_crs`） | **{len(wrong)} 件**。エラーも出ない |\n"
    f"| 測り方をそろえて重ねる（`to_crs`） | **{right} 件** |\n\n"
    "**エラーが出ないまちがい** が、いちばん怖い。0件なら、測り方を疑う\n\n" + credit("yaizu")
)

# %% [markdown] slideshow={"slide_type": "slide"}
# # 03 公開の約束
#
# 1. **出典**：だれのデータかを書く
# 2. **ライセンス**：どう使ってよいかを書く
# 3. **コミット**：いつ、何を変えたかを残す
# 4. **人が決める**：公開してよいか。だれが答えるか
#
# インターネットに出すのは、**職場の決裁を受けてから** です
#
# **見せ合う時間に聞くこと**：「色がないところは、なぜ色がないのですか」
