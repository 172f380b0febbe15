"""A short run that is the same every time; `python3 dev.py bench fuzz` runs long, and differently each time."""

import os

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "fuzz",
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "30")),
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),  # what failed is told as it was sent: making it smaller takes minutes
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("fuzz")
