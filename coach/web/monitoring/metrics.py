"""Prometheus' text format: what the database says at this moment, and how long webhooks took."""

from collections.abc import Iterable, Iterator, Mapping
from hmac import compare_digest
from importlib.metadata import version

from flask import Blueprint, Response, abort, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from coach.operations.measures import Measures, measure
from coach.web.monitoring.latency import counted
from coach.web.site import site
from schedules.database.engine import read_transaction

metrics = Blueprint("metrics", __name__)

NOT_UNDERSTOOD = ("unclear", "unread")


@metrics.get("/metrics")
def show() -> Response:
    """For whoever has METRICS_TOKEN; without one set, for nobody: a proxy on this machine is a loopback address too."""
    runtime = site().runtime
    token = runtime.settings.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not compare_digest(given.encode(), token.encode()):
        abort(403)
    with read_transaction(runtime.engine) as connection:
        measured = measure(connection, runtime.now())
    registry = CollectorRegistry()
    registry.register(Now(families(measured)))
    return Response(generate_latest(registry) + generate_latest(counted()), content_type=CONTENT_TYPE_LATEST)


class Now(Collector):
    """Values that were just read."""

    def __init__(self, found: Iterable[Metric]) -> None:
        self._found = list(found)

    def collect(self) -> Iterable[Metric]:
        """All of them."""
        return self._found


def families(of: Measures) -> Iterator[Metric]:
    """Every measure that could be read, under its name; see docs/reference/metrics.md."""
    yield InfoMetricFamily("coach", "This release", {"version": version("rls-coach")})
    yield from (family for measure, family in _families(of) if measure not in of.unread)


def _families(of: Measures) -> Iterator[tuple[str, Metric]]:
    yield "texts", _gauge("coach_queue_texts", "Texts waiting", of.texts.waiting)
    yield "texts", _gauge("coach_queue_due_texts", "Texts waiting that should have left", of.texts.due)
    yield "texts", _gauge("coach_queue_age_seconds", "How long the oldest of these has been due", of.texts.age)
    yield "in_doubt", _gauge("coach_texts_in_doubt", "Texts that may or may not have been taken", of.in_doubt)
    yield (
        "doubt_age",
        _gauge("coach_texts_in_doubt_age_seconds", "How long the oldest of these has been in doubt", of.doubt_age),
    )
    yield "stuck", _gauge("coach_texts_stuck", "Texts set aside within a day", of.stuck)
    yield (
        "set_aside",
        _gauges("coach_rows_set_aside", "What could not be gone on with, all else was", "kind", of.set_aside),
    )
    yield "planner_lag", _gauge("coach_planner_lag_seconds", "How long the first person due has waited", of.planner_lag)
    yield (
        "senders_shut",
        _gauges("coach_senders_shut", "Senders through which nothing leaves now", "reason", of.senders_shut),
    )
    yield (
        "refused_waiting",
        _gauges("coach_refused_texts", "Texts refused for what is ours, waiting", "code", of.refused_waiting),
    )
    yield "dead_numbers", _gauges("coach_dead_numbers", "Phones that cannot be texted", "of", of.dead_numbers)
    yield "recent_texts", _gauges("coach_recent_texts", "Newest texts of a day by state", "state", of.recent_texts)
    yield (
        "without_receipt",
        _gauge("coach_recent_texts_without_receipt", "Of these: accepted, and no receipt", of.without_receipt),
    )
    yield "receipt_lag", _gauges("coach_receipt_lag_seconds", "From acceptance to receipt", "quantile", of.receipt_lag)
    yield (
        "recent_replies",
        _gauges("coach_recent_replies", "Newest replies of a day by intent", "intent", of.recent_replies),
    )
    unread = sum(of.recent_replies.get(name, 0) for name in NOT_UNDERSTOOD)
    yield "recent_replies", _gauge("coach_recent_replies_not_understood", "Of these: not understood", unread)
    yield "open_flags", _gauges("coach_open_flags", "Flags that no coach has acknowledged", "kind", of.open_flags)
    yield "flag_age", _gauge("coach_open_flag_age_seconds", "Age of the oldest open crisis or urgent flag", of.flag_age)
    yield "mails", _gauge("coach_queue_mails", "Mails waiting", of.mails.waiting)
    yield "mails", _gauge("coach_queue_mails_age_seconds", "How long the oldest mail has been due", of.mails.age)
    yield from _of_events(of)
    age = float("inf") if of.heartbeat_age is None else of.heartbeat_age
    yield "heartbeat_age", _gauge("coach_worker_heartbeat_age_seconds", "Since a worker last finished a pass", age)
    yield "workers", _gauge("coach_workers", "Workers that have just finished a pass", of.workers)
    yield (
        "clocks_contradicted",
        _gauge("coach_clocks_contradicted", "Of these: plan nothing, for their clock is off", of.clocks_contradicted),
    )
    yield "jobs_hanging", _gauge("coach_jobs_hanging", "Jobs of these workers that hang", of.jobs_hanging)
    times = {caller: count for caller, (count, _) in of.long_writes.items()}
    longest = {caller: seconds for caller, (_, seconds) in of.long_writes.items()}
    yield (
        "long_writes",
        _gauges("coach_long_writes", "Writing transactions that kept others waiting over 0.2 s", "caller", times),
    )
    yield "long_writes", _gauges("coach_longest_write_seconds", "The longest of these", "caller", longest)
    yield (
        "rosters_open",
        _gauges("coach_rosters_open", "Rosters that are not wholly written yet", "state", of.rosters_open),
    )


def _of_events(of: Measures) -> Iterator[tuple[str, Metric]]:
    failing = "Systems that have taken no event for ten minutes"
    yield "endpoints_failing", _gauge("coach_event_endpoints_failing", failing, of.endpoints_failing)
    yield "events_waiting", _gauge("coach_events_waiting", "Events for other systems waiting", of.events_waiting)
    yield "events_age", _gauge("coach_events_age_seconds", "How long ago the oldest of these happened", of.events_age)
    yield "events_given_up", _gauge("coach_events_given_up", "Events given up within 30 days", of.events_given_up)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _gauges(
    name: str, words: str, label: str, values: Mapping[str, int] | Mapping[str, float] | Mapping[float, float]
) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in values.items():
        family.add_metric([str(key)], value)
    return family
