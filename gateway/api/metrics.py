"""``/metrics`` for Prometheus: every name with what it means; then the text. The only code that knows its format.

Names, labels and their meaning stay as they are: dashboards and alert rules rest on them (deploy/prometheus).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import NamedTuple

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import PlainTextResponse, Response

from gateway.api.instruments import Instruments, Sample
from gateway.measures import Durations

PREFIX = "touchpoint_"


class Named(NamedTuple):
    """What a metric means, and its labels. A counter's name ends in ``_total``."""

    means: str
    labels: Sequence[str] = ()


OUTPUT, CONNECTION = ("output",), ("connection",)
METRICS: Mapping[str, Named] = {
    "build_info": Named(
        "Always 1: which program watches which site by which standard", ("version", "site", "standard")
    ),
    "readings_total": Named("Readings taken in, good or bad"),
    "bad_readings_total": Named("Readings without a value, by why", ("reason",)),
    "ticks_total": Named("Turns of the judging loop"),
    "tick_duration_seconds": Named("How long one turn takes, without its commit"),
    "commit_duration_seconds": Named("How long it takes until a turn is safe on the disk"),
    "loop_lag_seconds": Named("How late the event loop was, looked at each second"),
    "faults_total": Named("Clauses and formulas that failed while judging"),
    "clock_trusted": Named("Whether the clock on the wall is believed: 1 or 0"),
    "component_up": Named("Whether a part of the gateway goes on: 1 or 0", ("component",)),
    "component_degraded": Named("Whether a part goes on, but cannot do all that it is for: 1 or 0", ("component",)),
    "component_silent_seconds": Named("Since when a part has shown no sign of life", ("component",)),
    "assets": Named("Assets by their worst verdict: met, violated or unknown", ("kind", "outcome")),
    "alarms": Named("Alarms that are not hidden, by phase", ("phase", "priority")),
    "alarms_hidden": Named("Alarms raised, but shelved, suppressed or out of service", ("priority",)),
    "alarms_unacknowledged": Named("Alarms raised and not hidden that nobody has acknowledged", ("priority",)),
    "tickets": Named("Tickets; of closed ones those of the last 30 days", ("state", "priority")),
    "proof_tests_total": Named("Lines written into the log book since the start", ("kind", "outcome")),
    "connection_up": Named("Whether a line is known to carry anything: 1 or 0", ("connection", "kind")),
    "device_up": Named("Whether a device is known to answer: 1 or 0", ("device", "connection")),
    "polling_behind_seconds": Named("By how much the question that is longest due is late", CONNECTION),
    "polls_total": Named("Times that a device was asked", CONNECTION),
    "poll_timeouts_total": Named("Times that a device was asked and did not answer", CONNECTION),
    "link_failures_total": Named("Times that the line itself could not be opened", CONNECTION),
    "messages_total": Named("MQTT messages received", CONNECTION),
    "messages_refused_total": Named("MQTT messages that could not be read", CONNECTION),
    "messages_dropped_total": Named("MQTT messages at QoS 0 for which there was no room", CONNECTION),
    "output_failing": Named("Whether an output does not take what it is sent: 1 or 0", OUTPUT),
    "outbox_waiting": Named("Events that wait for an output", OUTPUT),
    "outbox_oldest_seconds": Named("How old the oldest event is that waits", OUTPUT),
    "outbox_set_aside": Named("Events that an output will never take as they are", OUTPUT),
    "spool_waiting": Named("Readings that wait for a time-series database", OUTPUT),
    "spool_oldest_seconds": Named("How old the oldest reading is that waits", OUTPUT),
    "spool_dropped_total": Named("Readings lost: more waited than may, or the database keeps none so old", OUTPUT),
    "spool_set_aside_total": Named("Lines that the database refused for what they say", OUTPUT),
}
"""Every name without its prefix. Beside them stand ``process_*`` of the process as a whole."""


class _Exposed(Collector):
    def __init__(self, samples: Sequence[Sample], histograms: Mapping[str, Durations]) -> None:
        self._samples, self._histograms = samples, histograms

    def collect(self) -> Iterator[Metric]:
        """Every family, in the order of the table."""
        of: dict[str, list[tuple[tuple[str, ...], float]]] = {}
        for name, labels, value in self._samples:
            of.setdefault(name, []).append((labels, value))
        for name, named in METRICS.items():
            if name in self._histograms:
                yield _histogram(PREFIX + name, named.means, self._histograms[name])
            else:
                counts = name.endswith("_total")
                family = (CounterMetricFamily if counts else GaugeMetricFamily)(
                    PREFIX + name, named.means, labels=named.labels
                )
                for labels, value in of.get(name, ()):
                    family.add_metric(labels, value)
                yield family
        yield from ProcessCollector(registry=None).collect()


def _histogram(name: str, means: str, durations: Durations) -> Metric:
    steps = [("+Inf" if step == inf else str(step), float(count)) for step, count in durations.cumulative()]
    return HistogramMetricFamily(name, means, buckets=steps, sum_value=durations.total)


def metric_routes(instruments: Instruments) -> APIRouter:
    """The route for Prometheus, as open as the gateway's health."""
    router = APIRouter(tags=["health"])

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """What the gateway measures of itself, in Prometheus' text format."""
        exposed = _Exposed(await instruments.samples(), instruments.histograms())
        return Response(generate_latest(exposed), media_type=CONTENT_TYPE_LATEST)

    return router


def table() -> str:
    """The names as a page for people."""
    lines = ["| name | labels | means |", "|---|---|---|"]
    lines += [f"| `{PREFIX}{name}` | {', '.join(each.labels)} | {each.means} |" for name, each in METRICS.items()]
    return "\n".join(lines) + "\n"
