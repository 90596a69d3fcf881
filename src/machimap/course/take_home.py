"""The notebook's buttons that save the work to take home and bring it back."""

from __future__ import annotations

import base64
import html

import ipywidgets as widgets

from machimap.course.friendly import MARK
from machimap.course.keep import KeepError, restore, save

_LARGEST_LINK = 30_000_000


class TakeHome(widgets.VBox):
    """「持ち帰る」 makes a zip and a link to download it; 「戻す」 takes such a zip. `message` tells what came of it."""

    def __init__(self) -> None:
        self.button = widgets.Button(description="持ち帰る", icon="download", button_style="primary")
        self.upload = widgets.FileUpload(accept=".zip", multiple=False, description="持ち帰った zip を戻す")
        self.upload.layout.width = "16em"
        self.message = widgets.HTML("ブラウザだけで使っている人は、閉じる前に「持ち帰る」を押します。")
        self.button.on_click(lambda _: self._save())
        self.upload.observe(self._restore, "value")
        super().__init__([widgets.HBox([self.button, self.upload]), self.message])

    def _save(self) -> None:
        try:
            path = save()
        except KeepError as error:
            self.message.value = html.escape(MARK + str(error))
            return
        size = path.stat().st_size
        told = f"work/{html.escape(path.name)} にまとめました（{_size(size)}）。"
        if size > _LARGEST_LINK:
            self.message.value = told + "左のファイル一覧の work の中で、右クリックして「ダウンロード」を選びます。"
            return
        data = base64.b64encode(path.read_bytes()).decode()
        self.message.value = told + (
            f'<a download="{html.escape(path.name)}" href="data:application/zip;base64,{data}" '
            'style="color:#0b5394;font-weight:bold;text-decoration:underline">'
            "ここを押すと、このパソコンに保存できます</a>"
        )

    def _restore(self, change: dict) -> None:
        if not change["new"]:
            return
        try:
            told = str(restore(bytes(change["new"][0]["content"])))
        except KeepError as error:
            told = MARK + str(error)
        self.message.value = html.escape(told)


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"
