"""What makes the page an app of its own: icons, manifest, the worker that keeps it offline, its QR code."""

from __future__ import annotations

import io
import json
from urllib.parse import urlsplit

import segno
from PIL import Image, ImageDraw

from machimap.places import Place

FAVICON, SIZES = 32, (192, 512)
MOST_TILES = 800
PATIENCE_MS = 6000
THEME, WATER, PIN = "#0B4F6C", "#9BD1E5", "#FFFFFF"


def icon(size: int) -> bytes:
    """Return the app's icon as PNG: a pin above two waves, inside the safe circle of maskable icons."""
    scale = 4
    side = size * scale
    picture = Image.new("RGB", (side, side), THEME)
    draw = ImageDraw.Draw(picture)
    for row in (0.66, 0.78):
        for n in range(5):
            left = side * (0.08 + 0.17 * n)
            draw.arc([left, side * (row - 0.05), left + side * 0.17, side * (row + 0.05)], 180, 360, WATER, side // 28)
    draw.ellipse([side * 0.34, side * 0.16, side * 0.66, side * 0.48], fill=PIN)
    draw.polygon([(side * 0.355, side * 0.38), (side * 0.645, side * 0.38), (side * 0.5, side * 0.62)], fill=PIN)
    draw.ellipse([side * 0.43, side * 0.25, side * 0.57, side * 0.39], fill=THEME)
    stream = io.BytesIO()
    picture.resize((size, size), Image.Resampling.LANCZOS).quantize(8 if size == FAVICON else 32).save(
        stream, "PNG", optimize=True
    )
    return stream.getvalue()


def manifest(place: Place, title: str) -> str:
    """Return the web app manifest."""
    icons = [
        {"src": f"icons/{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in SIZES
        for purpose in ("any", "maskable")
    ]
    whole = {
        "name": title,
        "short_name": place.own_name,
        "lang": "ja",
        "start_url": "./index.html",
        "scope": "./",
        "display": "standalone",
        "background_color": "#FFFFFF",
        "theme_color": THEME,
        "icons": icons,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def qr_code(url: str) -> str:
    """Return the QR code of an address as SVG with its own quiet zone."""
    stream = io.BytesIO()
    segno.make(url, error="m").save(stream, kind="svg", scale=4, border=4, xmldecl=False, svgclass=None, lineclass=None)
    return stream.getvalue().decode("utf-8")


def origin(url: str) -> str:
    """Return scheme and host of an address, as a security policy names it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
