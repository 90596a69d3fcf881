"""Names and addresses of facilities as town halls write them: a key for each, and whether two of them agree."""

from machimap.facilities.addresses import Agreement, address_key, agreement
from machimap.facilities.names import NAMESAKES, Likeness, NameKey, likeness, name_key

__all__ = ["NAMESAKES", "Agreement", "Likeness", "NameKey", "address_key", "agreement", "likeness", "name_key"]
