"""The demo: simulated people, weeks of history made by the real engine, a phone page and a movable clock.

Nothing here runs in a deployment: only `coach demo` imports it, bound to loopback.
"""

from coach.demo.serve import run_demo

__all__ = ["run_demo"]
