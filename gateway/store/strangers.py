"""What a file keeps under another site's id, and nobody would see to. Works on the connection that it is handed."""

from __future__ import annotations

import sqlite3

LEFT = {
    "open ticket": "SELECT site, count(*) FROM tickets WHERE site <> ? AND state <> 'closed' GROUP BY site",
    "waiting delivery": "SELECT site, count(*) FROM outbox WHERE site <> ? AND state = 'waiting' GROUP BY site",
    "planned work": "SELECT site, count(*) FROM works WHERE site <> ? AND state IN ('planned', 'begun')"
    " AND json_extract(body, '$.until') > (SELECT coalesce(max(at), 0) FROM events) GROUP BY site",
    "proof test under way": "SELECT site, count(*) FROM procedures WHERE site <> ? GROUP BY site",
}
"""What would be lost without a word → how many there are of each other site."""
MANY = {"waiting delivery": "waiting deliveries", "proof test under way": "proof tests under way"}


def left_behind(connection: sqlite3.Connection, site: str) -> str:
    """What other sites' ids keep from ending, in words; "" for nothing."""
    found: dict[str, list[str]] = {}
    for what, query in LEFT.items():
        for other, count in connection.execute(query, (site,)):
            said = what if count == 1 else MANY.get(what, f"{what}s")
            found.setdefault(other, []).append(f"{count} {said}")
    return "; ".join(f"{', '.join(parts)} of site {other!r}" for other, parts in found.items())
