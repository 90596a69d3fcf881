# %% [markdown]
# # 03 OSSとして公開する
#
# - **所要時間**：15分
# - **ねらい**：つくった地図を、だれでも使える形にまとめ、公開の一歩手前まで進める
# - **できるようになること**：出典を書く／ライセンスを選ぶ／サイトのフォルダをつくる／変更を記録（コミット）する
# - **使うデータ**：{{credit:shelters}}／{{credit:boundaries}}／{{credit:hazards}}

# %% tags=["parameters"]
municipality = ""  # 空のままなら、00 で選んだまち
output_dir = ""  # 空のままなら、work フォルダの中

# %%
import subprocess

import pandas as pd

from machimap import course, datasets, release, site

session = course.start(municipality, output_dir)
place = session.place
print("このノートで使うまち：", place.full_name)

# %% [markdown]
# ## 1. だれのデータか、を書く
# オープンデータは自由に使えますが、**出典を書く** 約束があります。書き方は、公開した人が決めています。
# この教材のデータは、決められた書き方を一緒に持っているので、そのまま使えます。

# %%
credits = datasets.credits("shelters", "boundaries", "hazards")
for line in credits:
    print("・", line)
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# ## 2. ライセンスを選ぶ
# ライセンスは「どう使ってよいか」の約束です。書いていないものは、法律上、だれも自由に使えません。
# この教材では、**データと文章は CC BY 4.0**（出典を書けば自由）、**プログラムは MIT**（著作権表示を残せば自由）にします。

# %%
data_licence = "CC-BY-4.0"
print("データと文章：", data_licence, "／ プログラム：MIT")

# %% [markdown]
# ## 3. サイトのフォルダをつくる
# 住民が開くページ（日本語・やさしい日本語・英語）、データ（CSV）、説明、ライセンスを1つのフォルダにまとめます。
# インターネットにはまだ出ません。自分のパソコンの中だけです。

# %%
report = site.build(place, session.folder / "site", licence=data_licence)
print("ページ：", "、".join(name for name in report.files if name.endswith(".html")))
print("データ：", "、".join(name for name in report.files if name.endswith(".csv")))
print("説明と約束：", "、".join(name for name in report.files if name in ("README.md", "LICENSE")))
print("ほかに、ページを動かす部品（app.js、style.css など）が入っています。")
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# できたページを、このノートの中で試します。住民になったつもりで、地図を押す、学校の名前でさがす、災害の種類を変えてみます。
# 出典、データの日付、「最後は公式のハザードマップで」の一文が入っているかも確かめます。
# ほかのことばと一覧のページは、持ち帰ってから `site` の `index.html` をダブルクリックして開きます。
# （JupyterLab のファイル一覧から開くと、絵や色が付かず、くずれて見えます。こわれたのではありません。）

# %%
course.preview(report.folder)

# %% [markdown]
# ## 4. README を読む
# README（リードミー）は、はじめて来た人への説明書です。
# 何のためのものか、どのデータか、だれが使ってよいかが書いてあれば、合格です。

# %%
readme = (session.folder / "site" / "README.md").read_text(encoding="utf-8")
print("\n".join(readme.splitlines()[:14]))

# %% [markdown]
# ## 5. 変更を記録する（Git）
# Git（ギット）は「いつ、何を変えたか」を残す道具です。記録の1つ1つを **コミット** と呼びます。
# まちがえても前に戻れ、だれが直したかも分かるので、OSS では必ず使います。


# %%
def git(*words):
    """site フォルダの中で git を動かし、結果の文字を返す"""
    done = subprocess.run(["git", *words], cwd=report.folder, capture_output=True, text=True, encoding="utf-8")
    return (done.stdout + done.stderr).strip()


git("init", "--initial-branch=main")
git("config", "user.name", git("config", "user.name") or "Machimap learner")
git("config", "user.email", git("config", "user.email") or "learner@example.invalid")
git("add", ".")
changed = git("diff", "--cached", "--name-only").splitlines()
print("この名前で記録します：", git("config", "user.name"), git("config", "user.email"))
print("記録するファイルの数：", len(changed) or "0（前回から変わっていません）")

# %%
git("commit", "--message", f"{place.name}のハザードマップを公開できる形にまとめた")
print(git("log", "--oneline"))
print("まだ記録していない変更：", git("status", "--short") or "なし")

# %% [markdown]
# 記録できました。もう一度このノートを動かすと、変わったところだけが次のコミットになります。
# 名前とメールは、このパソコンの Git の設定です（ないときは練習用の `learner@example.invalid`）。
# **コミットに残り、公開すると人に見えます。** 本番の前に、職場で使ってよいものか確かめてください。

# %% [markdown]
# ## 6. 公開の前に、人が確かめること
# 東京都は「オープン・ソース・ソフトウェア公開ガイドライン」を公開しています。章ごとに、この地図に引き直すと次のとおりです。
#
# | 章 | 求めていること | この地図では | だれが |
# |---|---|---|---|
# | 第2 | OSSにする価値と、公開後の体制を考える | 何のために、だれが直し続けるか | 担当課 |
# | 第2・第5 | 権利を確かめ、ライセンスを決める | 出典と LICENSE が入っている | 自動＋担当課 |
# | 第3 | Git で管理する | `site` フォルダにコミットがある | 自動 |
# | 第4 | パスワードなど、出してはいけないものを入れない | CSV と地図だけ。個人情報の列がないか見る | 自動＋担当課 |
# | 第4 | 意見や不具合を受け付け、いつ答えるかを示す | README に連絡先を書く | 担当課 |
# | 第6 | 責任の範囲を README に書く | 「最後は公式のハザードマップ」の一文 | 担当課・法務 |

# %% [markdown]
# ガイドラインの項目は、`machimap release check` が20近い項目に分けて確かめます。人が決めることは、下の書式に書いて「保存」を
# 押すと、`release.yml` に残ります。**分からない項目は空のまま** でかまいません。**個人の名前は書かず、課や役職を書きます。**
# SPDX はライセンスの世界共通の名前、コピーレフトは直したものも同じ条件で配る決まり、REUSE はファイルごとにライセンスを
# 書く決まりです。publiccode.yml は紹介を書くファイル、CODEOWNERS は変更を確かめる人を書くファイルです。

# %%
form = course.ReleaseForm(report.folder)
form

# %% [markdown]
# 答えがそろった分だけ、足りないファイル（問い合わせ先、行動規範など）の下書きができます。
# それから確かめます。「要対応」と「人が答える」が1つでも残っているうちは、公開の命令（8で出てきます）は何も送りません。

# %%
release.prepare(report.folder)
result = release.check(report.folder)
pd.DataFrame([(row.section, row.title, row.status) for row in result.rows], columns=["節", "項目", "結果"])

# %%
print(result.summary())
for row in result.open[:3]:
    print("・", row.title, "→", form.todo(row))
# NBVAL_CHECK_OUTPUT

# %% [markdown]
# 「・」のうしろの題は、上の書式の題と同じです。そこを開いて答え、「保存」を押してから、上の2つのセルをもう一度動かします。
# くわしい結果は、`site` フォルダの `CHECKLIST.md` に残ります。
# パスワードや個人情報がないかは、いまのファイルだけでなく、**Git の過去の記録** も調べています。

# %% [markdown]
# ## 7. 持ち帰る
# GitHub のアカウントがなくても、2つの形で持ち帰れます。zip は、だれかに渡すとき。もう1つの「ベアリポジトリ」は、
# 記録（コミット）ごと置いておく倉庫です。共有フォルダに置けば、同僚が `git clone` で受け取れます。
# 先に、いまできた下書きと確認の結果も記録します。

# %%
git("add", ".")
git("commit", "--message", "公開の前の確認と下書きを加えた")
store = session.folder / f"{place.name}.git"
print("zip：", site.write_zip(report.folder, session.folder / f"{place.name}.zip").name)
git("init", "--bare", "--initial-branch=main", str(store))
git("push", str(store), "main")
print("倉庫：", store.name, "記録の数", git("--git-dir", str(store), "rev-list", "--count", "main"))

# %% [markdown]
# ## 8. インターネットに出すとき
# ここから先は **上司の決裁を受けてから** です（決裁の用紙は `machimap site export` で作れます）。
# 確認がすべて合格したら、GitHub に空のリポジトリ（置き場所）を作り、黒い画面（ターミナル）で次を打つと公開されます。
# `machimap release publish site --remote （リポジトリの住所）`

# %% [markdown]
# ## 9. 閉じる前に
# Binder など、ブラウザだけで使っている人は、**閉じるとすべて消えます。** その前に「持ち帰る」を押してください。
# 次に開いたとき、00 かこのノートの「持ち帰った zip を戻す」で続きからできます。

# %%
course.TakeHome()

# %% [markdown]
# ## まとめ
# - 出典とライセンスがそろって、はじめて「だれでも使える」
# - 変更はコミットで残す。まちがえても戻れる
# - 機械で確かめられることは機械に、決めることは人が決める
#
# **練習**：[03 の練習](../exercises/03_publish.ipynb)（時間があれば、自分の手で書いてみましょう）
#
# **次へ**：[04 ふりかえり：クイズと修了証](04_furikaeri.ipynb)
