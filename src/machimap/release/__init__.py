"""The gate before a publication, after Tokyo's guideline for open source, and the publication itself."""

from machimap.release.answers import Question, questions, read_answers, write_answers
from machimap.release.base import ReleaseError
from machimap.release.checks import check
from machimap.release.drafts import prepare
from machimap.release.publish import Published, publish, publish_locally
from machimap.release.report import Report, Row

__all__ = [
    "Published",
    "Question",
    "ReleaseError",
    "Report",
    "Row",
    "check",
    "prepare",
    "publish",
    "publish_locally",
    "questions",
    "read_answers",
    "write_answers",
]
