"""Print how accurately replies are understood, after the tests that measure it (a hook of `tests/conftest.py`)."""

from __future__ import annotations

import time

import pytest

from coach.understanding import understand
from tests.coach.understanding import corpora


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [r for group in terminalreporter.stats.values() for r in group]
    if not any(getattr(r, "nodeid", "").startswith("tests/coach/understanding/test_corpus") for r in reports):
        return
    terminalreporter.section("how well replies are understood")
    for name, examples in corpora.measured().items():
        terminalreporter.write_line(corpora.figures(examples).line(name))
    terminalreporter.write_line(f"speed: {replies_a_second():,.0f} replies a second on one core, brief ones remembered")


def replies_a_second(rounds: int = 3) -> float:
    """The best of a few rounds over the whole corpus, in replies per second of this process."""
    examples = corpora.load("corpus.jsonl")
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        for example in examples:
            understand(example.text, example.asked)
        best = min(best, time.process_time() - began)
    return len(examples) / best
