"""``touchpoint capacity``: how the batteries have aged by their proof tests, and when a test may first fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.clock import SystemClock
from gateway.commands import WrongUsage
from gateway.commands.show import as_json as print_json
from gateway.commands.show import language, line, table
from gateway.logbook.ageing import ages, foreseen, picture
from gateway.logbook.drawing import svg
from gateway.logbook.reading import read_ageing
from gateway.logbook.speech import Speech
from gateway.outputs.wording import in_language
from gateway.site import load_estate


def show_capacity(site: Path, state: Path, asset: str, as_json: bool, out: Path | None) -> None:
    """Print the trend of one asset, or of all that have a battery ("")."""
    if out is not None and not asset:
        raise WrongUsage("--svg: name the asset that is to be drawn")
    estate = load_estate(site, now=SystemClock().now())
    database = state / "gateway.db"
    if not database.is_file():
        raise WrongUsage(f"there is no database {database}: has the gateway run here? (--state says where)")
    have = [each.name for each in ages(estate)]
    if asset and asset not in have:
        raise WrongUsage(f"{asset!r} is no asset of the site that has a battery")
    rows = read_ageing(database, estate, [asset] if asset else have)
    if out is not None:
        out.write_text(svg(picture(rows[0], Speech((language(),), estate.timezone))), encoding="utf-8")
        line(f"capacity of {asset} → {out}")
    elif as_json:
        print_json(rows)
    else:
        table(["asset", "tests", "left", "a year", "first failing test"], _lines(rows), "nothing here has a battery")


def _lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[list[object]]:
    for row in rows:
        if row["unknown"]:
            why = f"{in_language(row['why'], language())} {row['detail']}".rstrip()
            yield [row["asset"], len(row["tests"]), "-", "-", why]
            continue
        left, yearly = _share(row["left"], row["left_error"], ""), _share(row["yearly"], row["yearly_error"], "+")
        last = row["tests"][-1]["at"]
        seen = "; ".join(
            f"{in_language(each['test'], language())}: {in_language(foreseen(each, last), language())}"
            for each in row["forecasts"]
        )
        yield [row["asset"], len(row["tests"]), left, yearly, seen]


def _share(share: float, error: float, sign: str) -> str:
    """With two standard errors beside it."""
    return f"{share * 100:{sign}.0f} ± {2 * error * 100:.0f} %"
