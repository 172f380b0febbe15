"""Student's t distribution agrees with SciPy's."""

import pytest
from scipy.special import stdtr, stdtrit

from coach.effects.estimates.student import quantile, tail

FREEDOMS = [*range(1, 61), 99, 100, 499, 1_000, 9_999, 100_000]


@pytest.mark.parametrize("t", [0.0, 1e-9, 0.001, 0.1, 0.5, 1.0, 1.3, 1.96, 3.0, 8.0, 30.0, 1e5])
def test_the_tail_is_scipys_to_nine_digits(t: float) -> None:
    theirs = [float(stdtr(df, -t)) for df in FREEDOMS]
    assert [tail(df, t) for df in FREEDOMS] == pytest.approx(theirs, rel=1e-9, abs=1e-280)


@pytest.mark.parametrize("p", [0.5, 0.6, 0.9, 0.95, 0.975, 0.995, 0.9999])
def test_the_quantile_is_scipys_to_nine_digits(p: float) -> None:
    theirs = [float(stdtrit(df, p)) for df in FREEDOMS]
    assert [quantile(df, p) for df in FREEDOMS] == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def test_nothing_lies_beyond_what_a_float_can_hold() -> None:
    assert tail(5, 1e200) == tail(5, float("inf")) == 0.0
