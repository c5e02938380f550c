"""Outputs: where events go. Each kind is one adapter; which exist is this table, and nothing registers itself."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from gateway.estate import Estate
from gateway.outputs.lines import PRECISION, Lines, heads_of
from gateway.outputs.output import Letterhead, Output
from gateway.outputs.spool import Series, Written


@dataclass(frozen=True, slots=True)
class Adapter:
    """Where a kind of output is (``module:name``), the settings in site.yaml that it needs, and those it takes beside.

    One that ends in ``_file`` names a file with a secret; the adapter is handed what stands in it, without the ending.
    """

    where: str
    needs: Sequence[str] = ()
    takes: Sequence[str] = ()
    readings: bool = False
    """It takes readings from a spool, instead of events from the outbox."""


OUTPUTS: Mapping[str, Adapter] = {
    "log": Adapter("gateway.outputs.log:Log"),
    "alertmanager": Adapter("gateway.outputs.alertmanager:Alertmanager", ("url",), ("token_file", "link", "timeout")),
    "apprise": Adapter("gateway.outputs.apprise:Apprise", ("service_file",), ("to", "timeout")),
    "dingtalk": Adapter("gateway.outputs.dingtalk:dingtalk", ("url_file", "secret_file"), ("timeout",)),
    "feishu": Adapter("gateway.outputs.feishu:feishu", ("url_file", "secret_file"), ("timeout",)),
    "glpi": Adapter(
        "gateway.outputs.glpi:Glpi",
        ("url", "user_token_file"),
        ("app_token_file", "timeout", "poll", "entity", "closed_as"),
    ),
    "influx": Adapter(
        "gateway.outputs.influx:Influx", ("url", "org", "bucket"), ("token_file", "precision", "keep", "timeout"), True
    ),
    "mail": Adapter(
        "gateway.outputs.mail:Mail",
        ("host", "from"),
        ("to", "port", "tls", "plain", "user", "password_file", "ca_file", "link", "timeout"),
    ),
    "mqtt": Adapter(
        "gateway.outputs.mqtt:Mqtt",
        (),
        ("connection", "host", "port", "tls", "user", "password_file", "prefix", "qos", "discovery", "acknowledge"),
    ),
    "ntfy": Adapter("gateway.outputs.ntfy:Ntfy", ("url",), ("topic_file", "token_file", "link", "timeout")),
    "webhook": Adapter("gateway.outputs.webhook:Webhook", ("url",), ("secret_file", "timeout")),
    "wecom": Adapter("gateway.outputs.wecom:wecom", ("url_file",), ("timeout",)),
}
"""By kind. Only those that a site uses are imported."""


def build_output(kind: str, settings: Mapping[str, str], letterhead: Letterhead) -> Output:
    """The adapter of ``kind``, checked but not connected.

    Raises KeyError for an unknown kind, ValueError (a sentence for the site's author) for wrong settings.
    """
    module, _, name = OUTPUTS[kind].where.partition(":")
    adapter: Output = getattr(importlib.import_module(module), name)(settings, letterhead)
    return adapter


def output_of(estate: Estate, name: str) -> Output:
    """The output ``name`` of a site; raises ValueError as ``build_output`` does."""
    output = estate.outputs[name]
    letterhead = Letterhead(estate.languages, estate.site, estate.title, estate.timezone, output.addresses)
    return build_output(output.kind, output.settings, letterhead)


def written_of(estate: Estate, name: str, rows: Sequence[int], names: Mapping[int, str]) -> Written:
    """What the output ``name``, one of readings, writes and where; ``rows`` and ``names`` as the store has them.

    Raises ValueError as ``build_output`` does, and KeyError for an output of events.
    """
    settings = estate.outputs[name].settings
    series = cast(Series, output_of(estate, name))
    lines = Lines(estate.site, heads_of(estate, rows), names, settings.get("precision", PRECISION))
    return Written(name, series, lines, estate.spools[name])
