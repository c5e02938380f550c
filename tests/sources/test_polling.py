"""One poll of one device: what each refusal means, and what the device teaches about its holes."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from gateway.model import BadReading, Reading
from gateway.profiles import ModbusProfile
from gateway.sources.polling import DevicePoll, ExceptionAnswer, LinkFailed, NoAnswer
from gateway.sources.registers import Block, Words
from gateway.sources.source import Device

Answer = Callable[[Block], Words]


class Peer:
    """A link to one unit whose registers hold their own address."""

    def __init__(self, holes: Sequence[int] = (), longest: int = 125) -> None:
        self.holes, self.longest = set(holes), longest
        self.asked: list[tuple[int, int]] = []
        self.manners: dict[int, list[Exception]] = {}

    async def ask(self, unit: int, block: Block) -> Words:
        assert unit == 5
        self.asked.append((block.start, block.count))
        if self.manners.get(block.start):
            raise self.manners[block.start].pop(0)
        if block.count > self.longest:
            raise ExceptionAnswer(3)
        span = range(block.start, block.start + block.count)
        if self.holes & set(span):
            raise ExceptionAnswer(2)
        return list(span)


def device(addresses: Mapping[str, int], **more: Any) -> Device:
    profile = ModbusProfile.model_validate(
        {
            "title": "t", "maker": "m", "source": "s", "verified": "simulator", "protocol": "modbus",
            "points": {name: {"address": address} for name, address in addresses.items()}, **more,
        }
    )  # fmt: skip
    ids = {name: 100 + number for number, name in enumerate(addresses)}
    return Device("meter", profile, ids, 1, 10.0, 30.0, unit=5)


class Story:
    """A device being polled every ten seconds."""

    def __init__(self, peer: Peer, addresses: Mapping[str, int], **more: Any) -> None:
        self.peer, self.poll, self.now = peer, DevicePoll(device(addresses, **more)), 0.0

    def read(self, after: float = 10.0) -> list[Reading]:
        self.now += after
        self.peer.asked.clear()
        return list(asyncio.run(self.poll.read(self.peer, self.now)))


def test_a_poll_reads_every_block_into_one_column() -> None:
    story = Story(Peer(), {"far": 500, "near": 1})

    assert story.read() == [1, 500]
    assert story.poll.points == (101, 100)
    assert story.poll.points is story.poll.points
    assert story.peer.asked == [(1, 1), (500, 1)]


def test_a_hole_in_a_gap_is_learned_and_never_asked_for_again() -> None:
    story = Story(Peer(holes=[3]), {"a": 0, "b": 1, "c": 5})

    assert story.read() == [0, 1, 5]
    assert story.peer.asked == [(0, 6), (0, 2), (5, 1)]
    assert story.read() == [0, 1, 5]
    assert story.peer.asked == [(0, 2), (5, 1)]


def test_a_missing_register_among_wanted_ones_costs_only_its_own_point(caplog: pytest.LogCaptureFixture) -> None:
    story = Story(Peer(holes=[37]), {f"p{number:02}": number for number in range(64)})
    refused = BadReading("refused", "illegal address")

    assert story.read() == [refused if number == 37 else number for number in range(64)]
    points = story.poll.points
    assert story.read() == [refused if number == 37 else number for number in range(64)]
    assert len(story.peer.asked) <= 7
    assert story.poll.points is points
    assert [record.message for record in caplog.records] == [
        "device meter: reading holding 37 to 37 is refused: illegal address; check the profile against the device"
    ]


def test_reads_that_are_too_long_for_the_device_are_halved() -> None:
    story = Story(Peer(longest=16), {f"p{number:02}": number for number in range(40)})

    assert story.read() == list(range(40))
    assert max(count for _, count in story.peer.asked[-3:]) <= 16


def test_a_refused_point_is_tried_again_ever_later_and_at_least_each_ten_minutes() -> None:
    peer = Peer(holes=[500])
    story = Story(peer, {"a": 0, "b": 500})
    tried = [story.now for _ in range(300) if story.read() and (500, 1) in peer.asked]
    assert tried[:7] == [10, 30, 70, 150, 310, 630, 1230]
    assert {later - before for before, later in pairwise(tried[6:])} == {600}
    peer.holes.clear()

    assert story.read()[1] == BadReading("refused", "illegal address")
    assert story.read(after=600)[1] == 500


def test_what_refuses_everything_while_it_starts_is_read_whole_once_it_has() -> None:
    """Not point by point ever after, and not without most of them for ten minutes."""
    peer = Peer(holes=range(64))
    story = Story(peer, {f"p{number:02}": number for number in range(64)})
    assert story.read() == [BadReading("refused", "illegal address")] * 64
    story.read()
    assert peer.asked == [(0, 1)]
    peer.holes = {37}

    assert [number for number, told in enumerate(story.read()) if told != number] == [37]
    story.read()
    assert len(peer.asked) <= 7


def test_a_device_whose_every_block_is_refused_is_still_asked_whether_it_lives() -> None:
    peer = Peer(holes=[0])
    story = Story(peer, {"a": 0})

    assert [story.read() for _ in range(3)] == [[BadReading("refused", "illegal address")]] * 3
    assert peer.asked == [(0, 1)]
    peer.manners[0] = [NoAnswer()]
    with pytest.raises(NoAnswer):
        story.read()


def test_a_device_that_comes_back_is_read_whole_again() -> None:
    peer = Peer(holes=[3])
    story = Story(peer, {"a": 0, "b": 5})
    story.read()
    peer.holes.clear()
    story.poll.forget()

    assert story.read() == [0, 5]
    assert peer.asked == [(0, 6)]


@pytest.mark.parametrize(
    ("code", "reason", "detail"),
    [
        (1, "refused", "illegal function"),
        (2, "refused", "illegal address"),
        (3, "refused", "illegal value"),
        (4, "device-failure", "device failure"),
        (5, "busy", "still working"),
        (6, "busy", "busy"),
        (7, "device-failure", "exception 7"),
        (8, "device-failure", "memory parity error"),
        (9, "device-failure", "exception 9"),
        (255, "device-failure", "exception 255"),
    ],
)
def test_every_exception_has_its_class_and_is_never_a_value(code: int, reason: str, detail: str) -> None:
    peer = Peer()
    peer.manners[7] = [ExceptionAnswer(code), ExceptionAnswer(code)]
    story = Story(peer, {"a": 7, "b": 500})

    assert story.read() == [BadReading(reason, detail), 500]


@pytest.mark.parametrize("code", [10, 11])
def test_a_gateway_that_cannot_reach_the_unit_is_silence_of_that_unit(code: int) -> None:
    peer = Peer()
    peer.manners[7] = [ExceptionAnswer(code)]

    with pytest.raises(NoAnswer):
        Story(peer, {"a": 7}).read()


@pytest.mark.parametrize("code", [5, 6])
def test_a_busy_device_is_asked_once_more_at_once(code: int) -> None:
    peer = Peer()
    peer.manners[7] = [ExceptionAnswer(code)]
    story = Story(peer, {"a": 7})

    assert story.read() == [7]
    assert peer.asked == [(7, 1), (7, 1)]


def test_a_dead_device_costs_one_question_however_many_blocks_it_has() -> None:
    peer = Peer()
    peer.manners = {start: [NoAnswer()] * 9 for start in (0, 500, 900)}
    story = Story(peer, {"a": 0, "b": 500, "c": 900})

    for start in (0, 500, 900):
        with pytest.raises(NoAnswer):
            story.read()
        assert peer.asked == [(start, 1)]


def test_one_silent_block_does_not_hide_a_living_device() -> None:
    peer = Peer()
    peer.manners[0] = [NoAnswer()] * 99
    story = Story(peer, {"a": 0, "b": 500})
    with pytest.raises(NoAnswer):
        story.read()

    assert [story.read() for _ in range(10)] == [[BadReading("no-answer"), 500]] * 10
    assert len(peer.manners[0]) > 94
    peer.manners.clear()
    assert story.read(after=60) == [0, 500]


def test_a_link_that_cannot_be_opened_is_told_as_such() -> None:
    peer = Peer()
    peer.manners[0] = [LinkFailed("refused")]

    with pytest.raises(LinkFailed):
        Story(peer, {"a": 0}).read()


def test_every_point_can_be_given_the_same_reason() -> None:
    story = Story(Peer(), {"a": 0, "b": 500})

    assert story.poll.nothing(BadReading("line-down")) == [BadReading("line-down")] * 2


def test_a_device_of_which_nobody_wants_anything_is_asked_all_the_same_whether_it_answers() -> None:
    """Else it would be said to answer, and its line too, although not a byte went out."""
    peer = Peer()
    poll = DevicePoll(replace(device({"a": 7, "b": 500}), point_ids={}))
    assert list(asyncio.run(poll.read(peer, 10.0))) == []
    assert (peer.asked, poll.points) == ([(7, 1)], ())
    peer.manners[7] = [NoAnswer()]
    with pytest.raises(NoAnswer):
        asyncio.run(poll.read(peer, 20.0))
    assert poll.nothing(BadReading("line-down")) == []
