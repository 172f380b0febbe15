"""Student's t distribution, to ten digits: the two numbers that would otherwise need the whole of SciPy. Pure."""

from functools import lru_cache
from math import exp, inf, lgamma, log, log1p, pi
from statistics import NormalDist

TINY = 1e-300
CLOSE = 1e-14
MOST_TERMS = 100_000


def tail(df: int, t: float) -> float:
    """Return the probability of more than `t`, which must not be negative, with `df` degrees of freedom."""
    square = t * t
    if square == inf:
        return 0.0
    a, within, beyond = df / 2, square / (df + square), df / (df + square)
    if within == 0:
        return 0.5
    log_front = lgamma(a + 0.5) - lgamma(a) - log(pi) / 2 + a * log(beyond) + log(within) / 2
    # The continued fraction converges fast on one side of the distribution's middle only.
    if beyond < (a + 1) / (a + 2.5):
        return exp(log_front) * beta_fraction(a, 0.5, beyond) / (2 * a)
    return 0.5 - exp(log_front) * beta_fraction(0.5, a, within)


@lru_cache(maxsize=1024)
def quantile(df: int, p: float) -> float:
    """Return the number that is exceeded with probability 1 - `p`, for `p` from 0.5 up.

    The tail is convex there and the normal quantile lies below ours, so Newton's steps only ever go up.
    """
    log_scale = lgamma((df + 1) / 2) - lgamma(df / 2) - log(pi * df) / 2
    t = NormalDist().inv_cdf(p)
    while True:
        density = exp(log_scale - (df + 1) / 2 * log1p(t * t / df))
        step = (tail(df, t) - (1 - p)) / density
        t += step
        if step <= 1e-13 * t:
            return t


def beta_fraction(a: float, b: float, x: float, close: float = CLOSE) -> float:
    """Return the continued fraction of the incomplete beta function, by Lentz's method (DLMF 8.17.22).

    Terms are taken until one changes it by no more than the share `close`.
    """
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value, m, change = d, 0, 0.0
    while abs(change - 1) > close and m < MOST_TERMS:
        m += 1
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        change = 1.0
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            change *= c * d
        value *= change
    return value


def _not_zero(number: float) -> float:
    return number if abs(number) > TINY else TINY
