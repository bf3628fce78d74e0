"""How much is played, by the environment."""

from __future__ import annotations

import os

# Inputs of the whole run. A few in every run of the tests.
RUNS = int(os.environ.get("RUNS") or 300)
SEED = os.environ.get("SEED") or "0"
# One round alone: its entry point, seed and number of inputs, with strokes between.
ROUND = os.environ.get("ROUND") or ""
