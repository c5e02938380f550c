"""When people have to do what only they can: due dates, deadlines, and what takes a task off the list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.rounds.facts import task_data
from gateway.rounds.tasks import Task
from tests.rounds.house import DAY, NOON, House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.database.connection.close()


def told(task: Task | None) -> tuple[str, float, float] | None:
    """State, and the days from now on until it is due, and until its deadline."""
    if task is None:
        return None
    return task.state, round((task.due - NOON) / DAY, 3), round((task.deadline - NOON) / DAY, 3)


def test_on_a_new_site_all_is_due_and_each_has_its_patience(house: House) -> None:
    assert {(each.item.asset.name, each.item.what) for each in house.pipeline.rounds.tasks(house.now)} == {
        ("lift", "reversal"), ("lift", "alarm-call"), ("lift", "alarm-battery"), ("lift", "maintenance"),
        ("gate", "hump-firm"), ("gate", "reversal"), ("garage", "reversal"), ("door", "handle-firm"),
        ("smoke-door", "exercise"), ("cabinet", "inspection"), ("cabinet", "custodian_confirmed"),
        ("bottle", "inspection"),
    }  # fmt: skip
    assert told(house.task("lift", "alarm-call")) == ("due", 0.0, 4.0)
    assert told(house.task("lift", "alarm-battery")) == ("due", 0.0, 366.0)
    assert told(house.task("door", "handle-firm")) == ("due", 0.0, 62.0)
    house.wait(4 * DAY + 1.0)
    assert told(house.task("lift", "alarm-call")) == ("overdue", 0.0, 4.0)
    house.kill()
    assert told(house.task("lift", "alarm-call")) == ("overdue", 0.0, 4.0), "a restart gives no time"


def test_an_answer_is_due_again_before_it_lapses(house: House) -> None:
    house.answer("lift", "alarm-call")
    assert told(house.task("lift", "alarm-call")) == ("upcoming", 2.25, 3.0)
    house.answer("lift", "alarm-battery", lasted=4000.0)
    assert told(house.task("lift", "alarm-battery")) == ("upcoming", 359.0, 366.0), "a week ahead at most"
    house.wait(2.25 * DAY + 1.0)
    assert told(house.task("lift", "alarm-call")) == ("due", 2.25, 3.0)
    house.wait(0.75 * DAY)
    assert told(house.task("lift", "alarm-call")) == ("overdue", 2.25, 3.0)
    task = house.task("lift", "alarm-call")
    assert task is not None
    assert task.last == NOON


def test_what_failed_is_to_be_tried_again(house: House) -> None:
    house.answer("gate", "hump-firm")
    house.wait(DAY)
    house.answer("gate", "hump-firm", passed=False)
    assert told(house.task("gate", "hump-firm")) == ("failed", 1.0, 1.0)
    house.wait(DAY)
    house.answer("gate", "hump-firm")
    assert told(house.task("gate", "hump-firm")) == ("upcoming", 7.25, 9.0)


def test_what_a_sensor_proves_needs_no_person_until_it_no_longer_does(house: House) -> None:
    house.tell(input5=True)
    assert told(house.task("smoke-door", "exercise")) is not None
    for _ in range(25):
        house.wait(DAY)
        house.tell(input5=False)
        house.tell(input5=True)
    assert told(house.task("smoke-door", "exercise")) is None, "opened every day"
    house.wait(31 * DAY)
    task = house.task("smoke-door", "exercise")
    assert task is not None
    assert task.state in ("due", "overdue")
    assert ("smoke-door", "access-door.smoke-door-exercised", "open") in house.tickets()
    house.answer("smoke-door", "exercise")
    house.wait(60.0)
    assert ("smoke-door", "access-door.smoke-door-exercised", "closed") in house.tickets()
    assert told(house.task("smoke-door", "exercise")) is not None


def test_where_two_clauses_ask_the_same_the_first_to_fail_counts(house: House) -> None:
    item = house.pipeline.rounds.item("cabinet", "inspection")
    assert [check.clause_id for check in item.checks] == [
        "fire-cabinet.inspected-half-monthly", "fire-cabinet.inspected",
    ]  # fmt: skip
    assert told(house.task("cabinet", "inspection")) == ("due", 0.0, 16.0)
    house.answer("cabinet", "inspection")
    assert told(house.task("cabinet", "inspection")) == ("upcoming", 12.0, 16.0)


def test_a_task_says_who_asks_and_what_to_try(house: House) -> None:
    task = house.task("lift", "reversal")
    assert task is not None
    data = task_data(house.estate, task)
    assert (data["id"], data["way"], data["clause"]) == ("lift:reversal", "test", "lift.door-reopening-proven")
    assert data["requires"]["en"].endswith("reversal test passed within 7 d")
    assert data["checklist"][0].keys() == {"zh", "en"}
    assert data["title"] == {"zh": "防夹返回测试", "en": "reversal test"}


def test_they_are_told_by_place_and_what_is_due_first(house: House) -> None:
    house.answer("lift", "reversal")
    house.answer("lift", "alarm-call")
    order = [(each.item.asset.name, each.item.what) for each in house.pipeline.rounds.tasks(house.now)]
    assert [name for name, _ in order] == sorted(
        (name for name, _ in order), key=["garage", "bottle", "cabinet", "smoke-door", "lift", "door", "gate"].index
    )
    assert [what for name, what in order if name == "lift"] == [
        "alarm-battery",
        "maintenance",
        "alarm-call",
        "reversal",
    ]
