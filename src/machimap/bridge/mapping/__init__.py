"""Columns of any table to columns of the standard: proposed with confidence and evidence, then applied."""

from machimap.bridge.mapping.applying import Applied, apply, carry, settled
from machimap.bridge.mapping.proposing import SURE, propose
from machimap.bridge.mapping.weighing import KEPT

__all__ = ["KEPT", "SURE", "Applied", "apply", "carry", "propose", "settled"]
