"""What the models check by code, said as JSON Schema: per model, keywords that are added to the model's own.

Under ``properties`` stands what is added to a key's own schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from gateway.assets.derived import FUNCTIONS
from gateway.documents import DURATION, form
from gateway.kinds import TESTS, Derivation, Kind
from gateway.outputs import OUTPUTS
from gateway.profiles import ModbusPoint
from gateway.site.assets import ALSO
from gateway.site.files import POSITIVE, SLUG, AssetStanza, DeviceStanza, OutputStanza, ProofTests, SiteFile
from gateway.site.kinds import POINT
from gateway.site.outputs import FEWEST_KEPT, MOST_KEPT
from gateway.site.standard import CLAUSE
from gateway.standards.dates import InDate, Within
from gateway.standards.proofs import PersonLooks, ProofTest
from gateway.standards.standard import Adjustment, StandardFile
from gateway.standards.windows import Window
from gateway.trial import DAY, Example, Step

Rule: TypeAlias = dict[str, Any]

POSITIVELY = {"not": POSITIVE["not"]}
VALUE = {"type": ["string", "number"]}
READING = {
    "anyOf": [
        {"type": ["boolean", "number", "string"]},
        {
            "type": "object",
            "properties": {"bad": {"description": "Why there is no value: no-answer, stale …"}},
            "required": ["bad"],
            "additionalProperties": False,
        },
    ]
}
SOURCE = {"type": "string", "pattern": r"^[^.]+\..+$"}
"""``device.point``"""
NAMED = {
    "anyOf": [
        SOURCE,
        {
            "type": "object",
            "properties": {"from": SOURCE, "inverted": {"type": "boolean"}},
            "required": ["from"],
            "additionalProperties": False,
        },
    ]
}
NAMED_LIKE_POINTS = ("points", "derived", "facts", "records", "commands")
"""Parts of a kind whose keys are names of its own."""
DEVICES = {"anyOf": [SLUG, {"type": "array", "items": SLUG}]}
WRITTEN = {"type": "string"}
WEB = {"type": "string", "pattern": "^https?://[^/]"}
KEEP = {"anyOf": [{"type": "integer", "minimum": FEWEST_KEPT, "maximum": MOST_KEPT}, DURATION]}
SETTINGS: Mapping[str, Rule] = {"url": WEB, "keep": KEEP}
"""Settings of outputs that have a form."""
WHETHER, COUNT = {"type": "boolean"}, {"type": "integer"}
OF_KIND: Mapping[str, Mapping[str, Rule]] = {
    "mqtt": {"port": COUNT, "qos": COUNT, "tls": WHETHER, "acknowledge": WHETHER},
}
"""Those that have one in a kind of output alone."""


def _when(key: str, value: object, then: Rule) -> Rule:
    return {"if": {"properties": {key: {"const": value}}, "required": [key]}, "then": then}


def _named(names: Mapping[str, Any]) -> Rule:
    """A mapping that has these keys and no other."""
    return {"propertyNames": {"enum": sorted(names)}}


def _functions() -> Iterator[Rule]:
    """Of each function: what it needs, what it can be told, and what comes out of it."""
    for name, function in FUNCTIONS.items():
        inputs = {"required": sorted(function.inputs), **_named({**function.inputs, **function.optional})}
        told = {"inputs": inputs, "parameters": _named(function.parameters), "type": {"const": function.gives}}
        yield _when("function", name, {"properties": told})


def _outputs() -> Iterator[Rule]:
    for kind, adapter in OUTPUTS.items():
        forms = {**SETTINGS, **OF_KIND.get(kind, {})}
        settings = {name: forms.get(name, WRITTEN) for name in (*adapter.needs, *adapter.takes)}
        taken = {"kind"} if adapter.readings else {*OutputStanza.model_fields}
        names = _named({**dict.fromkeys(taken), **settings})
        yield _when("kind", kind, {**names, "properties": settings, "required": [*adapter.needs]})


RULES: Mapping[type, Rule] = {
    SiteFile: {"properties": {"languages": {"uniqueItems": True}}},
    DeviceStanza: {"additionalProperties": {"type": ["integer", "string"]}},
    AssetStanza: {
        "properties": {
            "points": {
                "anyOf": [
                    *DEVICES["anyOf"],
                    {"type": "null"},
                    {"type": "object", "properties": {ALSO: DEVICES}, "additionalProperties": NAMED},
                ]
            },
            "commands": {"additionalProperties": SOURCE},
            "facts": {"additionalProperties": VALUE},
        }
    },
    ProofTests: {"properties": {"fire_alarm": {"anyOf": [NAMED, {"type": "null"}]}}},
    OutputStanza: {"allOf": [*_outputs()]},
    Kind: {"properties": {part: {"propertyNames": form(POINT)} for part in NAMED_LIKE_POINTS}},
    Derivation: {"properties": {"function": {"enum": sorted(FUNCTIONS)}}, "allOf": [*_functions()]},
    StandardFile: {"properties": {part: {"propertyNames": form(CLAUSE)} for part in ("clauses", "adjust")}},
    Adjustment: {
        "properties": {
            "until": {"anyOf": [DAY, {"type": "null"}]},
        },
        **_when("off", True, {
            "required": ["reason", "until"],
            "properties": {"reason": {"pattern": r"\S"}, "until": {"type": "string"}, "change": {"maxProperties": 0}},
        }),
        "else": {"required": ["change"]},
    },
    InDate: {"properties": {"in_date": {"const": True}, "ahead": {"type": "string", "pattern": r"\dd$|\d\s+d\s*$"}}},
    Within: {"properties": {"within": POSITIVELY}},
    ProofTest: {"properties": {"proof_test": {"enum": sorted(TESTS)}, "tested_within": POSITIVELY}},
    PersonLooks: {"properties": {"within": POSITIVELY}},
    ModbusPoint: {
        "allOf": [_when("type", "string", {"required": ["length"], "properties": {"length": {"minimum": 1}}})],
        "not": {"required": ["bit", "bits"], "properties": {key: {"not": {"type": "null"}} for key in ("bit", "bits")}},
    },
    Window: {"anyOf": [{"required": [part]} for part in ("daily", "weekdays", "season", "sun")]},
    Step: {"properties": {"points": {"additionalProperties": READING}}},
    Example: {"properties": {"facts": {"additionalProperties": VALUE}}},
}  # fmt: skip
