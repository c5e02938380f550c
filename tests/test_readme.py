"""What the README shows of files can be used as it stands: somebody will copy it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gateway.proof_tests.rules import DAY, Pace
from gateway.site import load_site
from gateway.yaml12 import compose, plain

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
AROUND = {
    "site": "riverside", "name": "Riverside", "timezone": "Asia/Shanghai", "languages": ["zh", "en"],
    "connections": {
        "plant-room": {"kind": "modbus-tcp", "host": "10.0.4.20"}, "broker": {"kind": "mqtt", "host": "10.0.4.5"},
    },
}  # fmt: skip
"""What a site has beside what the README shows of it."""


def test_the_site_that_is_shown_with_proof_tests_is_one(tmp_path: Path) -> None:
    (shown,) = (plain(compose(block)) for block in BLOCKS if "proof_tests:" in block)
    (tmp_path / "site.yaml").write_text(json.dumps(AROUND | shown), encoding="utf-8")
    loaded = load_site(tmp_path)
    assert [str(each) for each in loaded.warnings if "proof_tests" in each.where or "allow" in each.where] == []
    rules = loaded.estate.proof_tests
    assert rules
    assert rules.paces["function"] == rules.paces["duration"] == Pace(30 * DAY)
    assert rules.fire_alarm is not None
    dali, relay = (loaded.estate.assets[name] for name in ("emergency-light-b1", "emergency-light-3f"))
    assert set(dali.commands) == {"start_function_test", "start_duration_test", "stop_test"}
    assert set(relay.commands) == {"break_supply", "restore_supply"}
    assert dali.group == "ramp"


@pytest.mark.parametrize("page", ["README.md", "deploy/README.md"])
def test_every_file_that_a_page_leads_to_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    led = [each for each in re.findall(r"\]\(([^)#]+)", text) if "://" not in each]
    assert [each for each in led if not ((ROOT / page).parent / each).exists()] == []
