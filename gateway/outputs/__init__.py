"""Outputs: where events go. Each kind is one adapter; which exist is this table, and nothing registers itself."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence

from gateway.outputs.output import Output

OUTPUTS: Mapping[str, str] = {
    "log": "gateway.outputs.log:Log",
    "dingtalk": "gateway.outputs.dingtalk:dingtalk",
    "feishu": "gateway.outputs.feishu:feishu",
    "wecom": "gateway.outputs.wecom:wecom",
    "webhook": "gateway.outputs.webhook:Webhook",
}
"""Kind → where its adapter is. Only those that a site uses are imported."""


def build_output(kind: str, settings: Mapping[str, str], languages: Sequence[str]) -> Output:
    """The adapter of ``kind``, checked but not connected.

    Raises KeyError for an unknown kind, ValueError (a sentence for the site's author) for wrong settings.
    """
    module, _, name = OUTPUTS[kind].partition(":")
    adapter: Output = getattr(importlib.import_module(module), name)(settings, languages)
    return adapter
