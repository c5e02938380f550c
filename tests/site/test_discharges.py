"""How a kind says that its battery is discharged is checked before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sites import Site

KIND = """kinds:
  lamp:
    title: {en: Lamp}
    points:
      dark: {type: boolean, means: {en: without mains}}
      lit: {type: boolean, means: {en: lit}}
      state: {type: text, means: {en: state}}
      result: {type: number, unit: min, means: {en: result}}
      volts: {type: number, unit: V, means: {en: volts}}
    discharge:
      on_battery: dark
      lit: lit
      mode: state
      tests: {duration: {mode: testing, result: result, step: 2 min}}
      curve: [volts]
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    (made.folder / "kinds.yaml").write_text(KIND, encoding="utf-8")
    return made


def test_a_kind_tells_how_its_tests_are_recognised(site: Site) -> None:
    lamp = site.load().estate.kinds["lamp"]
    assert lamp.provable({"state", "lit"}) == ("duration",)
    assert lamp.provable({"dark", "lit"}) == ("duration",), "by hand: somebody takes its mains away"
    assert lamp.provable({"dark"}) == (), "without a lamp to see nothing can be proven"
    assert lamp.means("proof_test.duration.passed") == {"zh": "最近通过放电时间测试", "en": "last passed duration test"}
    assert lamp.type_of("proof_test.duration.failed") == "date"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("lit: lit\n", "lit: lid\n", "no point 'lid', did you mean \"lit\""),
        ("on_battery: dark", "on_battery: volts", "volts must be a boolean, and is a number"),
        ("mode: state\n", "mode: volts\n", "volts must be a text, and is a number"),
        ("result: result,", "result: volts,", "volts must be told in one of s, min, h"),
        (", step: 2 min", "", "a result is told in steps"),
        ("curve: [volts]", "curve: [amps]", "no point 'amps'"),
        ("tests: {duration", "tests: {walk", "function"),
    ],
)
def test_what_cannot_be_is_told_with_its_line(site: Site, old: str, new: str, problem: str) -> None:
    site.edit("site/kinds.yaml", old, new)
    (told,) = site.problems()
    assert told.startswith("kinds.yaml:")
    assert problem in told
