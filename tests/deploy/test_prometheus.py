"""The shipped alert rules and dashboard: promtool finds them sound, and every name in them is one that is really there.

The dashboard's queries are put to a real victoria-metrics that scraped and was fed by a gateway at work.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.api.metrics import METRICS, PREFIX, table
from gateway.model import BadReading
from simulators.modbus.server import TcpServer
from tests.api.serving import serving
from tests.conftest import Needs
from tests.live.black_box import Cabinets, Process, asset, until, write_site
from tests.victoria import Victoria

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES, STORIES = DEPLOY / "prometheus" / "alerts.yaml", DEPLOY / "prometheus" / "alerts.test.yaml"
DASHBOARD = json.loads((DEPLOY / "grafana" / "touchpoint.json").read_text(encoding="utf-8"))
STEPS = ("_bucket", "_count", "_sum")
SERIES = {
    "touchpoint_reading_value", "touchpoint_reading_state", "touchpoint_reading_quality",
    "touchpoint_verdict_outcome", "touchpoint_alarm_phase",
}  # fmt: skip
"""What is not scraped but written by the influx output."""


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return list(group["rules"])


def queries() -> Iterator[str]:
    """Every query of the dashboard, as Grafana would put it with everything selected."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            expression = target["expr"].replace("$__rate_interval", "1m")
            yield re.sub(r"\$(instance|site|asset)\b", ".*", expression)


def names(text: str) -> set[str]:
    """The names of ours in an expression; of a histogram, that of the whole."""
    found = set(re.findall(rf"\b{PREFIX}\w+", text))
    whole = {name.removesuffix(step) for name in found for step in STEPS if name.endswith(step)}
    steps = {f"{name}{step}" for name in whole for step in STEPS}
    return (found - steps) | {name for name in whole if name.endswith("_seconds")}


@pytest.mark.needs("promtool")
def test_the_rules_are_sound_and_their_stories_come_out(needs: Needs) -> None:
    for command in (["check", "rules", str(RULES)], ["test", "rules", str(STORIES)]):
        done = subprocess.run([needs("promtool"), *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "SUCCESS" in done.stdout


@pytest.mark.needs("promtool")
def test_the_scrape_configuration_is_sound(needs: Needs) -> None:
    command = [needs("promtool"), "check", "config", "--syntax-only", str(DEPLOY / "prometheus" / "prometheus.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_has_a_story_in_which_it_is_quiet_and_one_in_which_it_is_told() -> None:
    stories = yaml.safe_load(STORIES.read_text(encoding="utf-8"))["tests"]
    told = {each["alertname"] for story in stories for each in story["alert_rule_test"] if each["exp_alerts"]}
    quiet = {each["alertname"] for story in stories for each in story["alert_rule_test"] if not each["exp_alerts"]}
    assert told == quiet == {rule["alert"] for rule in rules()}


def test_every_rule_speaks_both_languages() -> None:
    for rule in rules():
        assert re.search("[一-鿿]", rule["annotations"]["summary_zh"]), rule["alert"]
        assert not re.search("[一-鿿]", rule["annotations"]["summary"]), rule["alert"]


def test_rules_and_dashboard_name_only_what_is_documented() -> None:
    documented = {PREFIX + name for name in METRICS}
    used = {name for rule in rules() for name in names(rule["expr"])}
    shown = {name for query in queries() for name in names(query)}
    assert used - documented == set()
    assert shown - documented == SERIES
    page = (DEPLOY / "prometheus" / "README.md").read_text(encoding="utf-8")
    assert table() in page


def make_site(folder: Path, port: int, url: str) -> Path:
    """Three cabinets, of which one does not answer; readings go to the database, ticket events to the log."""
    devices = {
        f"cabinet-{unit}": {
            "profile": "cabinet", "connection": "plant", "unit": unit, "every": "200ms", "stale_after": "5s",
        }
        for unit in (1, 2, 9)
    }  # fmt: skip
    return write_site(
        folder,
        connections={"plant": {"kind": "modbus-tcp", "host": "127.0.0.1", "port": port, "timeout": "300ms"}},
        devices=devices,
        assets={f"asset-{name}": asset(name) for name in devices},
        outputs={
            "journal": {"kind": "log", "events": ["ticket.*"]},
            "influx": {"kind": "influx", "url": url, "org": "home", "bucket": "readings", "keep": 50_000},
        },
    )


@pytest.mark.needs("promtool")
@pytest.mark.asyncio
async def test_promtool_finds_nothing_wrong_with_what_is_exposed(needs: Needs, tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("light-3f", battery_voltage=13.0, mains_present=BadReading("stale"))
        exposed = await site.client.get("/metrics")
    command = [needs("promtool"), "check", "metrics"]
    done = await asyncio.to_thread(subprocess.run, command, input=exposed.content, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.needs("victoria-metrics")
@pytest.mark.asyncio
async def test_every_query_of_the_dashboard_has_an_answer(needs: Needs, tmp_path: Path) -> None:
    config = tmp_path / "scrape.yaml"
    shipped = (DEPLOY / "prometheus" / "prometheus.yaml").read_text(encoding="utf-8")
    victoria = Victoria(needs("victoria-metrics"), tmp_path, f"-promscrape.config={config}")
    cabinets = Cabinets(2)
    cabinets.set(1, 3, 1)
    server = TcpServer(cabinets.line)
    await server.start()
    async with Process(make_site(tmp_path / "site", server.port, victoria.url)) as gateway:
        await gateway.start()
        address = (gateway.address() or "").removeprefix("http://")
        scrape = shipped.replace("127.0.0.1:8080", address).replace("interval: 15s", "interval: 1s")
        assert address in scrape
        config.write_text(scrape, encoding="utf-8")
        await asyncio.to_thread(victoria.start)
        unanswered = list(dict.fromkeys(queries()))
        assert len(unanswered) > 30

        def all_answered() -> bool:
            unanswered[:] = [query for query in unanswered if not victoria.query(query)]
            return not unanswered

        await until(lambda: asyncio.to_thread(all_answered), 90, lambda: (unanswered, gateway.log()))
        (cabinet,) = victoria.query(
            'last_over_time(touchpoint_verdict_outcome{asset="asset-cabinet-1",clause="cabinet.v3"}[1h])'
        )
        assert cabinet["value"][1] == "2"
        (value,) = victoria.query('last_over_time(touchpoint_reading_value{asset="asset-cabinet-1",point="v3"}[1h])')
        assert (value["value"][1], value["metric"]["unit"], value["metric"]["site"]) == ("1", "V", "black-box")
        (up,) = victoria.query('touchpoint_device_up{device="cabinet-9"}')
        assert up["value"][1] == "0"
        live = {each["metric"]["__name__"] for each in victoria.query('{job="touchpoint"}')}
    await server.stop()
    victoria.close()
    wanted = {name for rule in rules() for name in names(rule["expr"])} | {
        name for query in queries() for name in names(query)
    }
    assert wanted - {name for full in live for name in names(full)} - SERIES == set(), "all of it is live"
