"""Secrets and personal data, planted in every kind of file, are found; what offices publish raises no alarm."""

import base64
import io
import json
import random

import pytest
from openpyxl import Workbook

from machimap import store
from machimap.release.base import Blob, opened
from machimap.release.personal import in_table, in_text, is_my_number
from machimap.release.scan import PERSONAL, SECRET, hits, scan
from machimap.release.secrets import plugins
from release_world import git, repository

_dice = random.Random(20261123)


def made(count, letters="ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"):
    """Letters that look like a secret; the repository holds none, each is made when the tests run."""
    return "".join(_dice.choice(letters) for _ in range(count))


def my_number():
    digits = [_dice.randrange(10) for _ in range(11)]
    for last in range(10):
        text = "".join(map(str, [*digits, last]))
        if is_my_number(text):
            return text
    raise AssertionError("no check digit fits")


def notebook(output):
    cell = {"cell_type": "code", "source": ["print(1)"], "outputs": [output], "metadata": {}, "execution_count": 1}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, ensure_ascii=False)


def workbook(rows):
    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


KEY = "-----BEGIN RSA " + "PRIVATE KEY-----"
HEAD = "氏名,生年月日,住所,電話番号\n"
MOBILE = "090-" + "8765-4321"
SECRETS = {
    "aws.py": f"key = 'AKIA{made(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}'\n",
    "gh.sh": f"export GITHUB_TOKEN=ghp_{made(36)}\n",
    "gl.yml": f"token: glpat-{made(20)}\n",
    "slack.js": "const hook = 'xoxb-" + f"{made(12, '123456789')}-{made(12, '123456789')}-{made(24)}'\n",
    "stripe.py": "pay = 'sk_live_" + f"{made(24)}'\n",
    "google.html": f"<script src='https://maps.example.jp/api?key=AIza{made(35)}'></script>\n",
    "jwt.txt": "eyJhbGciOiJIUzI1NiJ9."
    + base64.urlsafe_b64encode(b'{"sub":"1234567890"}').decode().rstrip("=")
    + f".{made(43)}\n",
    "id_rsa": f"{KEY}\n{made(60)}\n",
    "url.md": f"https://admin:{made(12)}@db.city.lg.jp/\n",
    "a.env": f"DB_PASSWORD={made(9)}!7\n",
    ".env.local": f"API_KEY={made(20)}\n",
    "conf.ini": f"password = {made(10)}#1\n",
    "config.json": json.dumps({"client_secret": made(24)}),
    "settings.py": f'SECRET_KEY = "{made(40)}"\n',
    "手順.md": f"管理画面のパスワード：{made(8)}7!\n",
    "メモ.txt": f"ﾊﾟｽﾜｰﾄﾞ：{made(9)}9\n",
    "openai.py": "client = 'sk-" + f"{made(20)}T3BlbkFJ{made(20)}'\n",
    "npmrc": f"//registry.example.jp/:_authToken=npm_{made(36)}\n",
    "出力.ipynb": notebook({"output_type": "stream", "name": "stdout", "text": [f"token = 'ghp_{made(36)}'\n"]}),
    "誤り.ipynb": notebook(
        {"output_type": "error", "ename": "E", "evalue": "", "traceback": [f"postgres://u:{made(14)}@host/db"]}
    ),
    "表.xlsx": workbook([["名前", "値"], ["aws", f"AKIA{made(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}"]]),
    "utf16.txt": f"password = '{made(12)}5'\n".encode("utf-16"),
    "cp932.ini": f"; 設定\npassword={made(10)}3\n".encode("cp932"),
}
PEOPLE = {
    "名簿.csv": HEAD + f"架空データ一,2000-01-01,架空町1,{MOBILE}\n",
    "名簿sjis.csv": (HEAD + f"架空データ一,2000-01-01,架空町1,{MOBILE}\n").encode("cp932"),
    "名簿utf16.csv": (HEAD + "架空データ,平成12年1月1日,架空町,\n").encode("utf-16"),
    "要支援者.xlsx": workbook([["氏名", "住所", "年齢"], ["架空データ", "架空町1", "88"]]),
    "申込.json": json.dumps([{"氏名": "架空データ", "電話番号": MOBILE}], ensure_ascii=False),
    "参加者.tsv": f"お名前\tメール\n架空データ\tkakuu@{'gm'}ail.com\n",
    "避難者.csv": "避難所名,世帯主,人数\n架空小学校,架空データ,4\n",
    "口座.csv": "氏名,口座番号\n架空データ,1234567\n",
    "番号.csv": "整理番号,値\n" + "".join(f"{n},{my_number()}\n" for n in range(4)),
    "マイナ.md": f"マイナンバー：{my_number()}\n",
    "個人番号.txt": f"個人番号は {my_number()[:4]} {'x'} ではなく {my_number()}\n",
    "携帯.md": f"担当の携帯は{MOBILE}です。\n",
    "全角.md": "自宅 ０９０－" + "８７６５－４３２１\n",
    "国際.txt": "call +81 90-" + "8765-4321\n",
    "自宅.csv": "氏名,電話\n架空データ,042-" + "123-4567\n",
    "私用.md": f"質問は taro.kakuu@{'gm'}ail.com まで\n",
    "私用.csv": f"名称,備考\n架空小,鍵は kakuu.t@{'yah'}oo.co.jp が持つ\n",
    "施設.csv": f"名称,所在地,備考\n架空小,架空町,鍵の係 {MOBILE}\n",
    "問診.md": "氏" + "名：架空データ\n住所：架空県架空市1-1\n",
    "生年.md": "生年月" + "日：昭和50年4月1日\n",
    "通知.html": "<p>世帯" + "主：架空データ様</p><p>電話：" + "042-111-2345</p>\n",
    "一覧.ipynb": notebook(
        {
            "output_type": "execute_result",
            "data": {
                "text/html": [
                    "<table><tr><th></th><th>氏名</th><th>生年月日</th></tr><tr><th>0</th><td>架空</td><td>2000-01-01</td></tr></table>"
                ]
            },
            "metadata": {},
        }
    ),
    "印字.ipynb": notebook(
        {
            "output_type": "stream",
            "name": "stdout",
            "text": ["     氏名   生年月日   住所\n", "0  架空  2000-01-01  架空町\n"],
        }
    ),
    "連絡.ipynb": notebook({"output_type": "stream", "name": "stdout", "text": [f"090{'8765'}4321 に電話\n"]}),
}
PLANTED = [(name, body, SECRET) for name, body in SECRETS.items()] + [
    (name, body, PERSONAL) for name, body in PEOPLE.items()
]


def found(name, body):
    with plugins():
        return hits(Blob(name, "", body if isinstance(body, bytes) else body.encode()))


def test_the_check_digit_of_a_number():
    """123456789018 is the example of the ministry's paper on the check digit."""
    assert is_my_number("123456789018")
    assert not is_my_number("123456789012")
    assert not is_my_number("000000000000")


@pytest.mark.parametrize(("name", "body", "group"), PLANTED, ids=[name for name, _, _ in PLANTED])
def test_what_is_planted_is_found(name, body, group):
    assert group in {hit.group for hit in found(name, body)}


def test_the_recall_over_all_planted_cases(capsys):
    hit = sum(group in {one.group for one in found(name, body)} for name, body, group in PLANTED)
    with capsys.disabled():
        print(f"\n秘密と個人情報：{len(PLANTED)}件のうち{hit}件を発見")
    assert len(PLANTED) >= 40
    assert hit == len(PLANTED)


def test_a_finding_leads_there_without_telling_it():
    secret = made(30)
    one = found("a.py", f"\n\npassword = '{secret}1'\n")[0]
    assert one.text().startswith("a.py 3行")
    assert secret not in one.text()


def test_what_was_deleted_is_found_in_the_history(tmp_path):
    folder = repository(tmp_path)
    (folder / "鍵.env").write_text(f"API_KEY={made(20)}\n", encoding="utf-8")
    (folder / "名簿.csv").write_text(PEOPLE["名簿.csv"], encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "うっかり")
    git(folder, "switch", "-qc", "別の枝")
    (folder / "b.env").write_text(f"TOKEN={made(20)}\n", encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "枝だけ")
    git(folder, "switch", "-q", "main")
    git(folder, "rm", "-q", "鍵.env", "名簿.csv")
    git(folder, "commit", "-qm", "消した")
    left = {(hit.path, hit.group) for hit in scan(opened(folder)) if hit.commit}
    assert left >= {("鍵.env", SECRET), ("名簿.csv", PERSONAL), ("b.env", SECRET)}


def test_the_bundled_data_and_notebooks_raise_no_alarm(capsys):
    root = store.kit_root()
    paths = [
        path
        for name in ("datasets", "notebooks", "exercises", "solutions")
        for path in (root / name).rglob("*")
        if path.is_file()
    ]
    alarms = []
    with plugins():
        for path in paths:
            if path.suffix != ".fgb":
                alarms += [hit.text() for hit in hits(Blob(path.relative_to(root).as_posix(), "", path.read_bytes()))]
    with capsys.disabled():
        print(f"\n誤った知らせ：{len(paths)}ファイルで{len(alarms)}件")
    assert alarms == []


@pytest.mark.parametrize(
    "text",
    [
        "問い合わせ：防災課 042-620-7207",
        "電話 0120-123-456",
        "bosai@city.example.lg.jp",
        "info@example.com",
        "2026-11-23 12:00:00",
        "13 2012 3456 7890",
        "緯度 35.681236 経度 139.767125",
        "https://github.com/example/app/commit/0123456789abcdef0123456789abcdef01234567",
        "sha256:c111d3257e08dd1f4a9fd4b0f3170e799562519599e98d286fcefe78f7b6fcc3",
        'password = "（記入してください）"',
        "API_KEY=${{ secrets.API_KEY }}",
        "password = os.environ['PASSWORD']",
        "パスワードは職場の決まりに従ってください",
        "氏名は書かないでください",
        "JISコード 132012",
    ],
)
def test_what_offices_write_raises_no_alarm(text):
    assert found("README.md", text + "\n") == []


def test_the_declared_contact_of_a_facility_is_allowed():
    head = ["名称", "所在地_連結表記", "電話番号", "連絡先メールアドレス"]
    assert in_table(head, [["架空小学校", "架空市架空町1", "042-123-" + "4567", "kakuu-sho@edu.example.jp"]]) == []
    assert in_table(["年代", "性別", "人数"], [["10代", "女", "5"]]) == []
    assert in_table(["名称", "施設の住所", "URL"], [["架空公園", "架空町1", "https://a.example"]]) == []


def test_a_number_of_twelve_digits_alone_is_no_person():
    assert in_text(f"受付 {my_number()}", "a.md") == []
