"""JSON Schemas (draft 2020-12) of every file that an engineer writes, for editors; made from what reads the files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from gateway.profiles import ModbusProfile, MqttProfile
from gateway.schemas.maker import schema_of
from gateway.schemas.sheets import row_schema
from gateway.site.files import SiteFile
from gateway.site.windows import WindowsFile
from gateway.standards.standard import StandardFile
from gateway.trial import ExamplesFile

ANY_PROFILE = Annotated[ModbusProfile | MqttProfile, Field(discriminator="protocol")]

FILES: Mapping[str, tuple[str, Callable[[str], dict[str, Any]]]] = {
    "site": ("site.yaml", partial(schema_of, SiteFile)),
    "standards": ("standards.yaml", partial(schema_of, StandardFile)),
    "kinds": ("kinds.yaml", partial(schema_of, StandardFile)),
    "windows": ("windows.yaml", partial(schema_of, WindowsFile)),
    "profile": ("device_profiles/*.yaml", partial(schema_of, ANY_PROFILE)),
    "examples": ("standards.test.yaml", partial(schema_of, ExamplesFile)),
    "assets-csv": ("a row of assets.csv", partial(row_schema, "assets.csv")),
    "devices-csv": ("a row of devices.csv", partial(row_schema, "devices.csv")),
}
"""A schema's name → the file that it is of, and what makes it."""


def make_schema(name: str) -> dict[str, Any]:
    """The schema of that name; raises KeyError when there is none."""
    title, make = FILES[name]
    return make(title)


def schema_text(name: str) -> str:
    """The same as the text of a JSON file."""
    return json.dumps(make_schema(name), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
