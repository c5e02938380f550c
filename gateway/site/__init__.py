"""The site folder: read strictly, checked across all its files, and made into an ``Estate``."""

from gateway.site.load import Loaded, load_estate, load_site, write_starter

__all__ = ["Loaded", "load_estate", "load_site", "write_starter"]
