"""Finds the files that are shipped beside the code, in an installed wheel as in a checkout. Knows no formats."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Shipped:
    """Where the shipped standard and the shipped device profiles are."""

    book: Path
    profiles: Path


def shipped() -> Shipped:
    """The book and the device profiles that came with this installation."""
    return Shipped(PACKAGE / "standards" / "book", data_folder("device_profiles", "device_profiles"))


def demo_site() -> Path:
    """The folder of the demo's site."""
    return data_folder("demo-site", "deploy/demo-site")


def starter_site() -> Path:
    """The folder that ``touchpoint init`` copies."""
    return PACKAGE / "starter"


def data_folder(packed: str, in_checkout: str, package: Path = PACKAGE) -> Path:
    """A folder of data: packed into the wheel, or in the checkout that ``package`` belongs to."""
    inside = package / "_data" / packed
    return inside if inside.is_dir() else package.parent / in_checkout


def version() -> str:
    """Which release of the gateway this is."""
    return metadata.version("touchpoint-gateway")
