"""Lets the tests here import what makes their inputs, and the table of what must come of them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
