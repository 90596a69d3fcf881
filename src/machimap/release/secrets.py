"""Passwords, keys and tokens in a text, found by detect-secrets and by a few patterns of Japanese offices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from detect_secrets.core.scan import scan_line
from detect_secrets.settings import transient_settings

PLUGINS = (
    *("ArtifactoryDetector", "AWSKeyDetector", "AzureStorageKeyDetector", "BasicAuthDetector", "CloudantDetector"),
    *(
        "DiscordBotTokenDetector",
        "GitHubTokenDetector",
        "GitLabTokenDetector",
        "IbmCloudIamDetector",
        "JwtTokenDetector",
    ),
    *(
        "MailchimpDetector",
        "NpmDetector",
        "OpenAIDetector",
        "PrivateKeyDetector",
        "PypiTokenDetector",
        "SendGridDetector",
    ),
    *("SlackDetector", "SquareOAuthDetector", "StripeDetector", "TelegramBotTokenDetector", "TwilioKeyDetector"),
)
# A line without any of these holds nothing that a plugin looks for; data of many megabytes stay quick.
_PERHAPS = re.compile(
    r"AKC|APA|A3T|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA|aws|AccountKey=|://|cloudant|gh[pousr]_|gl[a-z]{2,5}-|GR1348941"
    r"|ibm|eyJ|-us\d|_authToken|sk-|PRIVATE KEY|PuTTY-User-Key|pypi-|SG\.|xox|hooks\.slack|sq0|[rs]k_live|\d{8,10}:|AC[a-z0-9]{32}|SK[a-z0-9]{32}"
    r"|[MNO][\w-]{23,25}\.",
    re.IGNORECASE,
)
_NAME = (
    r"[\w.-]*(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|client[_-]?secret)[\w.-]*"
)
_ASSIGNED = re.compile(rf"(?i)(?:^|[\s{{,;(\"'])[\"']?({_NAME})[\"']?\s*(?::|=>|=)\s*[\"']([^\"'\s]{{8,}})[\"']")
_BARE = re.compile(rf"(?i)^\s*(?:export\s+|set\s+)?({_NAME})\s*[=:]\s*([^\s\"',;(){{}}\[\]]{{8,}})\s*$")
_JAPANESE = re.compile(
    r"(パスワード|ﾊﾟｽﾜｰﾄﾞ|暗証番号|合言葉|秘密鍵|APIキー|アクセスキー)\s*(?:は|[:：=＝])\s*[「『\"']?([!-~]{6,})"
)
_GOOGLE = re.compile(r"AIza[0-9A-Za-z_-]{35}|github_pat_\w{40,}|ya29\.[\w-]{30,}|AC[0-9a-f]{32}.{0,40}[0-9a-f]{32}")
_EMPTY = re.compile(
    r"(?i)example|sample|dummy|\{\w+[(}]|placeholder|changeme|change_me|your[-_]?|xxx|\*\*\*|<|\$\{|\{\{|\$\(|%\(|^\$|os\.environ|getenv|none$|null$|true$|false$"
    r"|記入|ここに|^[\w.]+\(|^[a-z_]+(\.[a-z_]+)+$"
)
_CONFIGS = (
    ".env",
    ".ini",
    ".cfg",
    ".conf",
    ".properties",
    ".toml",
    ".yml",
    ".yaml",
    ".sh",
    ".ps1",
    ".bat",
    ".txt",
    ".tfvars",
)


@dataclass(frozen=True)
class Secret:
    """A line that holds a secret: its number (from 1), what it is, and the secret with its middle hidden."""

    line: int
    kind: str
    shown: str


@contextmanager
def plugins() -> Iterator[None]:
    """The settings under which `secrets` runs: opening them once for many texts saves most of the time."""
    with transient_settings({"plugins_used": [{"name": name} for name in PLUGINS]}):
        yield


def secrets(text: str, path: str) -> list[Secret]:
    """Return the secrets of a text (inside `plugins()`); path tells how assignments look in such a file."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > 20_000:
            line = line[:20_000]
        for kind, secret in _line(line, path):
            found.append(Secret(number, kind, masked(secret)))
    return found


def masked(secret: str) -> str:
    """Return a secret of which only the ends can be seen."""
    return secret[:3] + "…" + secret[-2:] if len(secret) > 8 else "…"


def _line(line: str, path: str) -> list[tuple[str, str]]:
    if _PERHAPS.search(line):
        for one in scan_line(line):
            secret = one.secret_value or ""
            if not _EMPTY.search(secret) and not (one.type == "Basic Auth Credentials" and _EMPTY.search(line)):
                return [(one.type, secret)]
        google = _GOOGLE.search(line)
        if google:
            return [("API key", google.group())]
    assigned = _ASSIGNED.search(line) or (_BARE.search(line) if _is_config(path) else None)
    if assigned and _looks_secret(assigned.group(2)):
        return [(assigned.group(1), assigned.group(2))]
    japanese = _JAPANESE.search(line)
    if japanese and _looks_secret(japanese.group(2)):
        return [(japanese.group(1), japanese.group(2))]
    return []


def _is_config(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return name.startswith(".env") or name.endswith(_CONFIGS)


def _looks_secret(value: str) -> bool:
    """Whether a value is more than a word or a placeholder: letters and digits or signs together."""
    kinds = sum(bool(re.search(one, value)) for one in (r"[a-z]", r"[A-Z]", r"\d", r"[^\w]"))
    return kinds >= 2 and bool(re.search(r"\d|[^\w.:/-]", value)) and not _EMPTY.search(value)
