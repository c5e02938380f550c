"""What people write on a ticket: for whom, cause and remedy, parts, photos by reference, ticks."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gateway.errors import Refused
from gateway.model import Priority
from gateway.store.rows import dump_dataclass, load_ticket
from gateway.tickets import links, paperwork
from gateway.tickets.ticket import Entry, Part, Photo, Proof, Tick, Ticket, TicketState
from tests.story import clause

SIGNS, CLEAN = {"zh": "警示", "en": "signs are up"}, {"zh": "清场", "en": "cleaned up"}
POINT = {"point": "p", "equals": True}
WITH_LIST = clause("k", POINT, ticket={"trade": "general", "checklist": (SIGNS, CLEAN)})
WITHOUT = clause("k", POINT)
OPEN = Ticket(7, "a", "c", Priority.P2, TicketState.OPEN, 0.0)
CLOSED = replace(OPEN, state=TicketState.CLOSED, closed_at=5.0)
DIGEST = "0f" * 32


def test_assigned_is_not_taken_and_can_be_assigned_anew() -> None:
    once = paperwork.assign(OPEN, "night shift", "wei", 10.0)
    assert (once.assigned_to, once.owner, once.state) == ("night shift", "", TicketState.OPEN)
    assert paperwork.assign(once, "li", "wei", 20.0).log[-1] == Entry(20.0, "wei", "assigned", "li")
    with pytest.raises(Refused, match="is night shift's already"):
        paperwork.assign(once, "night shift", "wei", 20.0)
    with pytest.raises(Refused, match="name a person or a team"):
        paperwork.assign(OPEN, " ", "wei", 20.0)
    with pytest.raises(Refused, match="ticket 7 is closed"):
        paperwork.assign(CLOSED, "li", "wei", 20.0)


def test_parts_and_findings_are_fields_and_lines_of_the_log_on_closed_tickets_too() -> None:
    after = paperwork.fit(CLOSED, "cable", 2.5, "li", 10.0)
    after = paperwork.explain(after, "closer leaks", "", "li", 11.0)
    after = paperwork.explain(after, "", "new closer", "li", 12.0)
    assert after.parts == (Part(10.0, "li", "cable", 2.5),)
    assert (after.cause, after.remedy) == ("closer leaks", "new closer")
    assert [each.text for each in after.log] == [
        "2.5 × cable", "cause: closer leaks", "cause: closer leaks; remedy: new closer",
    ]  # fmt: skip
    with pytest.raises(Refused, match="say what was found"):
        paperwork.explain(after, "closer leaks", " ", "li", 13.0)


@pytest.mark.parametrize(("what", "number"), [("", 1.0), ("bolt", 0.0), ("bolt", -1.0), ("bolt", float("inf"))])
def test_a_part_has_a_name_and_a_number(what: str, number: float) -> None:
    with pytest.raises(Refused):
        paperwork.fit(OPEN, what, number, "li", 0.0)


def test_a_ticket_holds_a_hundred_parts_and_no_more() -> None:
    full = OPEN
    for number in range(100):
        full = paperwork.fit(full, f"bolt {number}", 1, "li", 0.0)
    with pytest.raises(Refused, match="has 100 parts already"):
        paperwork.fit(full, "bolt", 1, "li", 0.0)


@pytest.mark.parametrize(
    "where",
    [
        "https://photos.example/2026/0412.jpg?size=1",
        "http://10.0.4.5:8080/a.png",
        "20260412-door.jpg",
        "3号楼 大堂.jpg",
    ],
)
def test_a_photo_is_named_by_an_address_or_a_file(where: str) -> None:
    after = paperwork.photograph(OPEN, where, DIGEST.upper(), "li", 3.0)
    assert after.photos == (Photo(3.0, "li", where, DIGEST),)
    with pytest.raises(Refused, match="has that photo already"):
        paperwork.photograph(after, where, "", "li", 4.0)


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("data:image/png;base64,AAAA", "web address"), ("javascript:alert(1)", "web address"),
        ("file:///etc/passwd", "web address"), ("../../etc/passwd", "web address"), ("/etc/passwd", "web address"),
        ("..", "web address"), ("", "web address"), ("a\nb.jpg", "web address"), ("C:\\door.jpg", "web address"),
        ("https://", "is no web address"), ("https://li:secret@photos.example/a.jpg", "leave the user name"),
        ("https://photos.example/a b.jpg", "is no web address"), ("https://[::1/a.jpg", "is no web address"),
        ("https://x.example:99999/a.jpg", "is no web address"), ("x" * 501, "its bytes belong elsewhere"),
    ],
)  # fmt: skip
def test_what_names_no_photo_is_refused(where: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        paperwork.photograph(OPEN, where, "", "li", 0.0)


@pytest.mark.parametrize("wrong", ["abc", DIGEST + "0", "g" * 64])
def test_a_digest_is_whole(wrong: str) -> None:
    with pytest.raises(Refused, match="64 hexadecimal digits"):
        paperwork.photograph(OPEN, "a.jpg", wrong, "li", 0.0)


def test_items_are_ticked_by_number_and_taken_back() -> None:
    assert paperwork.missing(OPEN, WITH_LIST) == (SIGNS, CLEAN)
    ticked = paperwork.tick(OPEN, WITH_LIST, 2, "li", 5.0)
    assert ticked.ticks == (Tick(5.0, "li", CLEAN),)
    assert ticked.log[-1] == Entry(5.0, "li", "ticked", "2: cleaned up")
    assert paperwork.missing(ticked, WITH_LIST) == (SIGNS,)
    with pytest.raises(Refused, match="item 2 of ticket 7 is ticked already"):
        paperwork.tick(ticked, WITH_LIST, 2, "wei", 6.0)
    back = paperwork.untick(ticked, WITH_LIST, 2, "wei", 7.0)
    assert paperwork.missing(back, WITH_LIST) == (SIGNS, CLEAN)
    with pytest.raises(Refused, match="is not ticked"):
        paperwork.untick(back, WITH_LIST, 2, "wei", 8.0)


def test_an_item_that_the_site_words_anew_has_to_be_ticked_anew() -> None:
    ticked = paperwork.tick(OPEN, WITH_LIST, 1, "li", 5.0)
    stricter = {"zh": "警示并有人看守", "en": "signs are up and somebody stands by"}
    edited = clause("k", POINT, ticket={"trade": "general", "checklist": (stricter, CLEAN)})
    assert paperwork.missing(ticked, edited) == (stricter, CLEAN)
    assert paperwork.missing(ticked, WITHOUT) == ()


@pytest.mark.parametrize(
    ("number", "terms", "why"),
    [(0, WITH_LIST, "items 1 to 2, and no 0"), (3, WITH_LIST, "and no 3"), (1, WITHOUT, "has no checklist"),
     (1, None, "has no checklist")],
)  # fmt: skip
def test_only_what_is_on_the_list_is_ticked(number: int, terms: object, why: str) -> None:
    with pytest.raises(Refused, match=why):
        paperwork.tick(OPEN, terms, number, "li", 0.0)  # type: ignore[arg-type]  # a clause or None


def test_a_checklist_names_each_item_once_and_in_both_languages() -> None:
    for wrong in ((SIGNS, SIGNS), ({"en": "signs"},)):
        with pytest.raises(ValueError, match="write every item"):
            clause("k", POINT, ticket={"trade": "general", "checklist": wrong})


def test_everything_comes_back_from_the_store_and_an_old_body_still_loads() -> None:
    full = paperwork.tick(OPEN, WITH_LIST, 1, "li", 5.0)
    full = paperwork.photograph(paperwork.fit(full, "bolt", 2, "li", 6.0), "a.jpg", DIGEST, "li", 7.0)
    full, _ = links.link({7: full, 8: replace(OPEN, id=8)}, (7, 8), "duplicate", "li", 8.0)
    full = replace(full, proof=Proof(({"point": "p", "value": True, "at": 9.0},), 4, "li"), flood=3.0, held_since=2.0)
    assert load_ticket(dump_dataclass(full)) == full
    new = ("parts", "photos", "ticks", "links", "proof", "flood", "held_since", "assigned_to", "cause", "completed_at")
    body = {name: value for name, value in json_of(OPEN).items() if name not in new}
    assert load_ticket(json.dumps(body)) == OPEN


def json_of(ticket: Ticket) -> dict[str, object]:
    found: dict[str, object] = json.loads(dump_dataclass(ticket))
    return found
