"""Whatever strangers may send, by its description or by chance: nothing breaks, nothing leaks, nothing piles up."""

import os

from hypothesis import HealthCheck, settings

LONGER = int(os.environ.get("HOSTILE_LONGER", "1"))
"""How many times as many examples: `HOSTILE_LONGER=50 pytest tests/hostile` looks for what a run in CI cannot find."""


def profile(examples: int) -> settings:
    """The same examples each time, unless more are asked for."""
    return settings(
        max_examples=examples * LONGER,
        derandomize=LONGER == 1,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
