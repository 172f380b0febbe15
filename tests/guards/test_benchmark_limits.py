"""The limits of `bench webhook --beside` can be exceeded, and say so."""

from dataclasses import replace

import pytest

from tests.benchmarks.limits import Measured, exceeded, measuring_slowness

FINE = Measured(idle=[0.02] * 200, beside=[0.25] * 200, sent=400, kept=400, preview_cpu=2.0, slowness=1.0)


def test_a_text_may_take_three_tenths_of_a_second_or_three_times_as_long_as_on_an_idle_server() -> None:
    assert not exceeded(FINE)
    assert not exceeded(replace(FINE, idle=[0.2] * 200, beside=[0.59] * 200))
    [said] = exceeded(replace(FINE, beside=[0.31] * 200))
    assert "310 ms" in said
    assert "300 ms" in said


def test_a_slow_machine_is_allowed_more_in_proportion() -> None:
    assert not exceeded(replace(FINE, beside=[0.59] * 200, slowness=2.0))
    assert exceeded(replace(FINE, beside=[0.61] * 200, slowness=2.0))
    assert exceeded(replace(FINE, beside=[1.51] * 200, slowness=50.0))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"beside": [0.02] * 199 + [None]}, "1 texts were not answered"),
        ({"idle": [0.02] * 199 + [None]}, "1 texts were not answered"),
        ({"kept": 399}, "399 of 400 texts"),
        ({"preview_cpu": 3.1}, "3.10 s of CPU"),
    ],
)
def test_a_lost_text_or_a_costly_preview_exceeds_them(changed: dict[str, object], says: str) -> None:
    [said] = exceeded(replace(FINE, **changed))  # type: ignore[arg-type]
    assert says in said


def test_a_second_of_work_takes_a_second_or_more() -> None:
    with measuring_slowness() as found:
        pass
    assert found[0] >= 0.99
