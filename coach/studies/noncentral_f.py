"""The F distribution, central and noncentral: critical value and power, without SciPy. Pure."""

from math import exp, lgamma, log, log1p, sqrt

from coach.effects.estimates.student import beta_fraction

CLOSE = 1e-15
HALVINGS = 200
REACH = 12  # standard deviations of the Poisson weights: beyond them, less than 1e-16 is left


def power(numerator_df: int, denominator_df: int, noncentrality: float, alpha: float) -> float:
    """Return the power of the F test at level `alpha`: the noncentral tail beyond the central critical value.

    The noncentral distribution is a mixture of beta distributions with Poisson weights.
    """
    a, b = numerator_df / 2, denominator_df / 2
    beyond = _critical(a, b, alpha)
    mean = noncentrality / 2
    spread = REACH * (sqrt(mean) + 2)
    first, last = max(0, int(mean - spread)), int(mean + spread)
    return sum(_poisson(mean, j) * beta_tail(a + j, b, beyond) for j in range(first, last + 1))


def _poisson(mean: float, count: int) -> float:
    if mean == 0:
        return float(count == 0)
    return exp(count * log(mean) - mean - lgamma(count + 1))


def _critical(a: float, b: float, alpha: float) -> float:
    """Return 1 - x for the x that a beta variable exceeds with probability `alpha`, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if beta_tail(a, b, middle) < alpha else (low, middle)
    return (low + high) / 2


def beta_tail(a: float, b: float, beyond: float) -> float:
    """Return the probability that a beta(a, b) variable exceeds 1 - `beyond`."""
    if beyond <= 0 or beyond >= 1:
        return 0.0 if beyond <= 0 else 1.0
    log_front = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log1p(-beyond) + b * log(beyond)
    # The continued fraction converges fast on one side of the distribution's middle only.
    if beyond < (b + 1) / (a + b + 2):
        return exp(log_front) * beta_fraction(b, a, beyond, CLOSE) / b
    return 1 - exp(log_front) * beta_fraction(a, b, 1 - beyond, CLOSE) / a
