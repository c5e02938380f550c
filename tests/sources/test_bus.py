"""Who is asked next on one line, and what its silence means; time is a plain number here."""

import pytest

from gateway.profiles import ModbusProfile, MqttProfile
from gateway.sources.bus import Bus, News, Unanswered, parse_line, wire_load
from gateway.sources.source import Connection, Device

START = 1000.0


def bus(*names: str, every: float = 10.0) -> Bus:
    return Bus([(name, every) for name in names], START)


def run(line: Bus, silent: set[str], until: float, *, answer: float = 0.03, timeout: float = 1.0) -> dict[str, int]:
    """Poll as a line would until that moment; how often each device answered."""
    now, answered = START, dict.fromkeys(line.turns, 0)
    while (turn := line.next_turn()).due <= until and now <= until:
        now = max(now, turn.due) + (timeout if turn.name in silent else answer)
        if turn.name in silent:
            line.failed(turn.name, now)
        else:
            line.good(turn.name, now)
            answered[turn.name] += 1
    return answered


class TestOrder:
    def test_everybody_is_asked_at_once_and_then_at_their_own_pace(self) -> None:
        line = Bus([("fast", 1.0), ("slow", 10.0)], START)

        answered = run(line, set(), START + 100)

        assert answered["fast"] == pytest.approx(100, abs=2)
        assert answered["slow"] == pytest.approx(10, abs=1)

    def test_polls_that_were_held_up_are_made_up_for(self) -> None:
        line = bus("a", every=1.0)
        line.good("a", START)
        first = line.next_turn().due
        line.good("a", first + 1.5)

        assert line.next_turn().due == first + 1.5
        line.good("a", first + 1.6)
        assert line.next_turn().due == pytest.approx(first + 2.5)

    def test_devices_of_like_pace_do_not_stay_in_step(self) -> None:
        line = bus("a", "b", "c", "d")
        for name in line.turns:
            line.good(name, START)

        assert len({turn.due for turn in line.turns.values()}) == 4

    def test_a_command_overtakes_every_poll(self) -> None:
        line = bus("a", "b", "c")
        line.urge("c")

        assert line.next_turn().name == "c"

    @pytest.mark.parametrize("dead", [{"u07"}, {"u03", "u11"}])
    def test_silent_units_leave_the_others_95_percent_of_their_rate(self, dead: set[str]) -> None:
        names = [f"u{number:02}" for number in range(16)]

        free = run(Bus([(name, 1.0) for name in names], START), set(), START + 300)
        held = run(Bus([(name, 1.0) for name in names], START), dead, START + 300)

        assert all(held[name] >= 0.95 * free[name] for name in names if name not in dead)


class TestSilence:
    def test_three_polls_without_an_answer_and_the_device_is_lost(self) -> None:
        line = bus("a", "b")
        line.good("b", START)

        news = [line.failed("a", START + wait) for wait in (0, 10, 20, 40)]

        assert news == [News.NOTHING, News.NOTHING, News.DEVICE_LOST, News.NOTHING]
        assert line.turns["a"].since == START
        assert line.good("a", START + 100) is News.DEVICE_BACK

    def test_a_slow_device_is_known_to_be_lost_within_100_seconds_of_its_last_answer(self) -> None:
        line = Bus([("a", 60.0), ("b", 1.0)], START)
        line.good("a", START)
        line.good("b", START)
        asked = START + 60.0
        while line.failed("a", asked + 1.0) is not News.DEVICE_LOST:
            asked = line.turns["a"].due

        assert asked + 1.0 - START < 100

    def test_it_is_probed_ever_more_rarely_at_most_every_60_seconds(self) -> None:
        line = bus("a", "b")
        line.good("b", START)
        waits = []
        for _ in range(8):
            line.failed("a", START)
            waits.append(line.turns["a"].due - START)

        assert waits == [10, 10, 20, 40, 60, 60, 60, 60]

    def test_alone_on_its_line_it_is_probed_every_20_seconds(self) -> None:
        line = bus("a", every=1.0)
        for _ in range(40):
            line.failed("a", START)

        assert line.turns["a"].due - START == 20

    def test_a_pace_slower_than_the_probes_is_not_made_faster(self) -> None:
        line = Bus([("a", 600.0), ("b", 1.0)], START)
        line.good("b", START)
        for _ in range(5):
            line.failed("a", START)

        assert line.turns["a"].due - START == 60

    def test_one_answer_and_its_rate_is_back(self) -> None:
        line = bus("a", "b")
        line.good("b", START)
        for _ in range(6):
            line.failed("a", START)
        line.good("a", START + 100)

        assert line.turns["a"].due == START + 110
        assert line.failed("a", START + 111) is News.NOTHING


class TestLine:
    def test_when_nobody_answers_it_is_the_line(self) -> None:
        line = bus("a", "b", "c")

        assert [line.failed(name, START) for name in "abc"] == [News.NOTHING, News.NOTHING, News.LINE_DOWN]
        assert [line.failed(name, START + 10) for name in "abc"] == [News.NOTHING] * 3
        assert not any(turn.lost for turn in line.turns.values())

    def test_whoever_was_not_heard_since_is_asked_before_the_silent_one_is_given_up(self) -> None:
        line = Bus([("fast", 1.0), ("slow", 300.0)], START)
        line.good("slow", START)
        line.good("fast", START + 0.1)

        line.failed("fast", START + 1.1)

        assert line.next_turn().name == "slow"
        assert line.failed("slow", START + 2.1) is News.LINE_DOWN

    def test_what_was_silent_meanwhile_does_not_count_against_anybody(self) -> None:
        line = bus("a", "b")
        for _ in range(5):
            line.failed("a", START)
            line.failed("b", START)

        assert line.good("a", START + 60) is News.LINE_UP
        assert line.turns["b"].due == START + 60
        assert line.failed("b", START + 61) is News.NOTHING

    def test_a_link_that_cannot_be_opened_is_tried_at_most_15_seconds_later(self) -> None:
        line = bus("a", "b")
        news, waits = [], []
        for _ in range(6):
            news.append(line.link_failed(START))
            waits.append(line.next_turn().due - START)

        assert news == [News.LINE_DOWN] + [News.NOTHING] * 5
        assert waits == [1, 2, 4, 8, 15, 15]

    def test_an_open_link_proves_the_line_only_where_one_device_hangs_on_it(self) -> None:
        single, shared = bus("a"), bus("a", "b")
        single.link_failed(START)
        shared.link_failed(START)

        assert single.link_opened(START) is News.LINE_UP
        assert shared.link_opened(START) is News.NOTHING
        assert shared.good("b", START) is News.LINE_UP
        assert single.failed("a", START) is News.NOTHING


class TestUnanswered:
    """An RTU answer does not say which question it belongs to."""

    A, B, OTHER = (3, 0, 10), (3, 500, 10), (4, 0, 10)

    def test_only_the_same_shape_can_be_mistaken(self) -> None:
        open_questions = Unanswered()
        open_questions.asked(self.A)

        assert open_questions.mistakable(self.B)
        assert open_questions.mistakable(self.A)
        assert not open_questions.mistakable(self.OTHER)

    def test_bits_look_alike_when_they_fill_as_many_bytes(self) -> None:
        open_questions = Unanswered()
        open_questions.asked((1, 0, 3))

        assert open_questions.mistakable((1, 20, 8))
        assert not open_questions.mistakable((1, 20, 9))
        open_questions.answered(1, 1)
        assert not open_questions.mistakable((1, 20, 8))

    def test_answers_come_in_order_so_a_later_one_settles_the_earlier(self) -> None:
        open_questions = Unanswered()
        open_questions.asked(self.A)
        probe = open_questions.settling(self.B)
        open_questions.asked(probe)
        open_questions.answered(probe[0], probe[2])

        assert probe == (3, 500, 1)
        assert not open_questions.mistakable(self.B)

    def test_a_late_answer_settles_only_what_was_asked_before_it(self) -> None:
        open_questions = Unanswered()
        for question in (self.A, self.B):
            open_questions.asked(question)
        open_questions.answered(3, 10)

        assert open_questions.mistakable(self.A)

    def test_an_answer_that_fits_nothing_settles_nothing(self) -> None:
        open_questions = Unanswered()
        open_questions.asked(self.A)
        open_questions.answered(3, 11)

        assert open_questions.mistakable(self.B)

    def test_a_refusal_settles_only_a_lone_question(self) -> None:
        open_questions = Unanswered()
        open_questions.asked(self.A)
        open_questions.refused()
        assert not open_questions.questions
        for question in (self.A, self.B):
            open_questions.asked(question)
        open_questions.refused()
        assert len(open_questions.questions) == 2

    def test_a_probe_is_short_and_of_another_shape(self) -> None:
        assert Unanswered().settling(self.B) == (3, 500, 1)
        assert Unanswered().settling((3, 500, 1)) == (3, 500, 2)
        assert Unanswered().settling((1, 40, 8)) == (1, 40, 9)
        assert Unanswered().settling((1, 40, 9)) == (1, 40, 1)

    def test_an_earlier_question_shaped_like_the_probe_needs_a_second_probe(self) -> None:
        open_questions = Unanswered()
        for question in ((3, 900, 1), self.A, (3, 500, 1)):
            open_questions.asked(question)
        open_questions.answered(3, 1)
        assert open_questions.mistakable(self.B)
        open_questions.answered(3, 1)
        assert not open_questions.mistakable(self.B)

    def test_a_dead_unit_does_not_fill_the_memory(self) -> None:
        open_questions = Unanswered()
        for _ in range(1000):
            open_questions.asked(self.A)

        assert len(open_questions.questions) == 32


class TestLoad:
    PROFILE = ModbusProfile.model_validate(
        {
            "title": "t", "maker": "m", "source": "s", "verified": "simulator", "protocol": "modbus",
            "points": {"a": {"address": 0}, "b": {"address": 63}, "c": {"address": 3, "table": "coil"}},
            "largest_gap": 100,
        }
    )  # fmt: skip

    def device(self, every: float = 1.0) -> Device:
        return Device("d", self.PROFILE, {"a": 1, "b": 2, "c": 3}, 9, every, 10.0)

    @pytest.mark.parametrize(
        ("text", "character", "gap"),
        [("9600-8N1", 10 / 9600, 35 / 9600), ("9600-8E1", 11 / 9600, 38.5 / 9600), ("38400-8N2", 11 / 38400, 0.00175)],
    )
    def test_a_line_setting_is_characters_a_second(self, text: str, character: float, gap: float) -> None:
        line = parse_line(text)

        assert line.character == pytest.approx(character)
        assert line.gap == pytest.approx(gap)

    @pytest.mark.parametrize("text", ["", "9600", "9600-8X1", "9600-8N3", "fast-8N1", "9600-9N1"])
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="is no line setting"):
            parse_line(text)

    def test_a_serial_line_is_loaded_by_characters_gaps_and_turn_around(self) -> None:
        connection = Connection("bus", "modbus-rtu", 1, port="/dev/ttyS0", line="9600-8E1")

        # 64 registers: 8 + 133 characters; one coil: 8 + 6; each with two gaps of 3.5 and 20 ms.
        seconds = (141 + 14 + 4 * 3.5) * 11 / 9600 + 2 * 0.020
        assert wire_load(connection, [self.device(every=2.0)]) == pytest.approx(seconds / 2)

    def test_tcp_is_counted_in_requests_a_second(self) -> None:
        connection = Connection("net", "modbus-tcp", 1, host="10.0.4.20")

        assert wire_load(connection, [self.device(), self.device(every=10.0)]) == pytest.approx(2.2)

    def test_a_profile_of_another_protocol_cannot_be_planned(self) -> None:
        other = MqttProfile.model_validate(
            {
                "title": "leak sensor", "maker": "m", "source": "s", "verified": "manual", "protocol": "mqtt",
                "stale_after": "1h", "points": {"a": {"topic": "t"}},
            }
        )  # fmt: skip

        with pytest.raises(ValueError, match="'leak sensor' is not a Modbus profile"):
            wire_load(Connection("net", "modbus-tcp", 1), [Device("d", other, {"a": 1}, 9, 1.0, 10.0)])
