"""The demonstration: made-up people, weeks of history made by the real engine, a phone page and a clock to move.

Nothing here exists in a deployment: `coach demo` alone brings it in, bound to loopback.
"""

from coach.demo.serve import run_demo

__all__ = ["run_demo"]
