"""A site that passes the gate, for tests that then break one thing of it."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path

from machimap import places, release, site

TODAY = date(2026, 11, 23)
ANSWERS = {
    "name": "焼津市ハザードマップ（架空データ）",
    "value": "住民が、いる場所の災害の想定をすぐ調べられる",
    "maintainer": "防災課",
    "cost": "月に1時間",
    "rights_holder": "焼津市",
    "rights_confirmed": True,
    "evaluation_date": date(2027, 11, 1),
    "organisation_url": "https://github.com/example-city",
    "owners": "@example-city/bosai",
    "approver": "総務部長",
    "approved": True,
    "approved_date": date(2026, 11, 20),
    "reviewer": "情報政策課",
    "review_done": date(2026, 11, 19),
    "contact": "防災課 bosai@city.example.lg.jp",
    "urgent_days": "1",
    "normal_days": "3",
    "end_of_service": "6か月前に知らせる",
    "review_date": date(2027, 12, 1),
    "export_control": "当たらない",
    "licence": "MIT",
    "court": "静岡地方裁判所",
    "repository_url": "https://github.com/example-city/hazardmap",
}


def passing(folder: Path) -> Path:
    """Build a site, answer every question and draft the rest."""
    built = site.build(places.find("焼津市"), folder).folder
    release.write_answers(built, ANSWERS)
    release.prepare(built)
    return built


def git(folder: Path, *words: str) -> str:
    """Run git and return what it prints."""
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout


def repository(folder: Path) -> Path:
    """Make a folder a repository with an identity of its own and commit everything."""
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "user.name", "machimap-test")
    git(folder, "config", "user.email", "test@example.invalid")
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "初めの版", "--allow-empty")
    return folder
