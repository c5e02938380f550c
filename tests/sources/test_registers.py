"""Which registers are asked for in one request, and how a whole answer is taken apart."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import BadReading
from gateway.profiles import ModbusPoint, ModbusProfile
from gateway.sources.registers import Block, Cut, Plan, address_of, as_hex, plan


def profile(points: Mapping[str, Any], **more: Any) -> ModbusProfile:
    return ModbusProfile(
        title="t", maker="m", source="s", verified="simulator", protocol="modbus",
        points={name: p if isinstance(p, ModbusPoint) else ModbusPoint(**p) for name, p in points.items()}, **more,
    )  # fmt: skip


def planned(points: Mapping[str, Any], cuts: Sequence[Cut] = (), **more: Any) -> Plan:
    return plan(profile(points, **more), points, {}, cuts)


def requests(made: Plan) -> list[tuple[str, int, int]]:
    return [(block.table, block.start, block.count) for block in made.blocks]


class TestAddress:
    def test_a_formula_is_filled_with_the_parameters(self) -> None:
        formula = "7000*channel + 100*short_address + 42"

        assert address_of(formula, {"channel": 1, "short_address": 3}) == 7342
        assert address_of("400 + 50*a + 3200*(p - 1)", {"a": 2, "p": 2}) == 3700
        assert address_of(3114, {}) == 3114

    @pytest.mark.parametrize(
        ("formula", "complaint"),
        [
            ("70*channel", "parameter 'channel' of an address must be a whole number, not None"),
            ("1 + text", "must be a whole number, not 'x'"),
            ("2**16", "may only use"),
            ("__import__('os')", "may only use"),
            ("1.5 + 1", "may only use"),
            ("True + 1", "may only use"),
            ("~1", "may only use"),
            ("a b", "is no formula"),
            ("(1", "is no formula"),
            ("1+" * 200 + "1", "is no formula"),
            ("-1", "is -1, outside"),
            ("65536", "outside 0 to 65535"),
        ],
    )
    def test_anything_else_is_refused_with_the_reason(self, formula: str, complaint: str) -> None:
        with pytest.raises(ValueError, match=complaint.replace("(", r"\(")):
            address_of(formula, {"text": "x"})


class TestPlan:
    def test_neighbours_and_small_gaps_are_one_request(self) -> None:
        made = planned({"a": {"address": 3114}, "b": {"address": 3116}, "c": {"address": 3124, "type": "uint32"}})

        assert requests(made) == [("holding", 3114, 12)]

    def test_a_gap_wider_than_the_device_likes_is_not_read_along(self) -> None:
        points = {"a": {"address": 0}, "b": {"address": 5}}

        assert requests(planned(points, largest_gap=4)) == [("holding", 0, 6)]
        assert requests(planned(points, largest_gap=3)) == [("holding", 0, 1), ("holding", 5, 1)]

    def test_a_value_is_never_split_over_two_requests(self) -> None:
        points = {f"e{n}": {"address": 2 * n, "type": "uint32"} for n in range(4)}

        assert requests(planned(points, largest_read=5)) == [("holding", 0, 4), ("holding", 4, 4)]

    def test_each_table_is_asked_by_its_own_function(self) -> None:
        made = planned({table: {"address": 1, "table": table} for table in ("input", "coil", "holding", "discrete")})

        assert [block.function for block in made.blocks] == [1, 2, 3, 4]

    def test_bits_come_sixteen_to_a_register(self) -> None:
        points = {f"b{n}": {"address": n, "table": "coil"} for n in range(40)}

        assert [block.count for block in planned(points, largest_read=2).blocks] == [32, 8]

    def test_a_cut_keeps_a_read_from_running_into_it(self) -> None:
        points = {name: {"address": n} for n, name in enumerate("abcd")}

        assert requests(planned(points, cuts=[("holding", 2)])) == [("holding", 0, 2), ("holding", 2, 2)]
        assert requests(planned(points, cuts=[("input", 2)])) == [("holding", 0, 4)]

    def test_a_value_longer_than_the_longest_read_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"points\.serial: 7 registers from 4 cannot be read"):
            planned({"serial": {"address": 4, "type": "string", "length": 7}}, largest_read=6)

    def test_a_value_may_not_run_over_the_last_address(self) -> None:
        with pytest.raises(ValueError, match="cannot be read"):
            planned({"a": {"address": 65535, "type": "uint32"}})

    def test_only_wanted_points_are_read_with_the_sites_parameters_over_the_profiles(self) -> None:
        made = profile(
            {"a": {"address": "10*channel"}, "b": {"address": 500}}, parameters={"channel": None, "spare": 1}
        )

        assert requests(plan(made, ["a"], {"channel": 2})) == [("holding", 20, 1)]
        with pytest.raises(ValueError, match="channel"):
            plan(made, ["a"], {})

    @given(
        st.lists(st.tuples(st.integers(0, 300), st.sampled_from(["uint16", "uint32", "float64"])), max_size=40),
        st.integers(4, 30),
        st.integers(0, 20),
        st.sets(st.integers(0, 300), max_size=20),
    )
    def test_whatever_the_map_every_point_is_read_once_and_within_the_limits(
        self, laid: list[tuple[int, str]], longest: int, gap: int, holes: set[int]
    ) -> None:
        points = {f"p{number}": {"address": at, "type": kind} for number, (at, kind) in enumerate(laid)}
        cuts = [("holding", hole) for hole in holes]
        made = planned(points, cuts, largest_read=longest, largest_gap=gap)

        assert sorted(made.names) == sorted(points)
        assert made.names == planned(points, largest_read=longest, largest_gap=gap).names
        for block in made.blocks:
            assert 0 < block.count <= longest
            for place in block.places:
                assert block.start <= place.address < place.end <= block.start + block.count


class TestNarrower:
    def one(self, points: Mapping[str, Any], **more: Any) -> Block:
        (block,) = planned(points, **more).blocks
        return block

    def test_gaps_are_suspected_first(self) -> None:
        block = self.one({"a": {"address": 0}, "b": {"address": 1}, "c": {"address": 4}, "d": {"address": 9}})

        assert block.narrower() == {("holding", 4), ("holding", 9)}

    def test_without_gaps_it_is_halved_between_values(self) -> None:
        block = self.one({"a": {"address": 0, "type": "uint64"}, "b": {"address": 4}, "c": {"address": 5}})

        assert block.narrower() == {("holding", 5)}

    def test_a_single_value_cannot_be_narrowed_nor_points_that_share_registers(self) -> None:
        assert not self.one({"a": {"address": 7, "type": "uint32"}}).narrower()
        shared = {"a": {"address": 7, "type": "uint32"}, "b": {"address": 8, "bit": 1}}
        assert not self.one(shared).narrower()


class TestDecode:
    def test_plain_neighbours_are_handed_on_without_touching_them(self) -> None:
        made = planned({f"p{n:02}": {"address": n} for n in range(64)})
        words = list(range(64))

        assert made.decode([words]) is words

    def test_plain_points_with_gaps_are_picked_out(self) -> None:
        made = planned({"a": {"address": 0}, "b": {"address": 2}, "flag": {"address": 2, "bit": 0}})

        assert list(planned({"a": {"address": 0}, "b": {"address": 2}}).decode([[7, 8, 9]])) == [7, 9]
        assert made.decode([[7, 8, 9]]) == [7, 9, True]
        assert list(planned({"a": {"address": 0}}).decode([[7]])) == [7]

    def test_a_block_without_an_answer_spoils_only_its_own_points(self) -> None:
        made = planned({"a": {"address": 0}, "b": {"address": 1}, "c": {"address": 500, "scale": 0.1}})
        busy = BadReading("busy")

        assert made.decode([busy, [25]]) == [busy, busy, 2.5]
        assert planned({"a": {"address": 0}}).decode([busy]) == [busy]

    def test_the_words_of_one_point_can_be_shown(self) -> None:
        (block,) = planned({"a": {"address": 10}, "b": {"address": 11, "type": "float32"}}).blocks

        assert as_hex(block.words_of(block.places[1], [1, 0x3F80, 0])) == "0x3F80 0x0000"


class TestScaleThatTheDeviceTells:
    """A pressure transmitter that says its unit and its decimals in registers of their own."""

    POINTS: Mapping[str, Any] = {
        "unit_code": {"address": 2},
        "decimals": {"address": 3},
        "pressure": {
            "address": 40,
            "type": "int16",
            "unit": "MPa",
            "plausible": (-0.1, 3.0),
            "missing": (0x7FFF,),
            "scale_by": (
                {"point": "unit_code", "factors": {0: 1.0, 1: 0.001, 3: 0.1}},
                {"point": "decimals", "factors": {0: 1.0, 1: 0.1, 2: 0.01, 3: 0.001}},
            ),
        },
    }

    def read(self, setting: list[int] | BadReading, raw: int) -> Any:
        made = plan(profile(self.POINTS), ["pressure"], {})
        assert made.names == ("pressure",)
        (value,) = made.decode([setting, [raw]])
        return value

    def test_unit_and_decimals_make_the_value(self) -> None:
        assert self.read([3, 2], 1250) == pytest.approx(1.25)
        assert self.read([1, 0], 1250) == pytest.approx(1.25)

    def test_it_is_judged_after_scaling(self) -> None:
        assert self.read([0, 3], 4000) == BadReading("out-of-range", "4 MPa")
        assert self.read([0, 3], 0x7FFF) == BadReading("sensor-error")

    def test_an_unlisted_scale_is_no_value(self) -> None:
        assert self.read([6, 0], 100) == BadReading("unknown-scale", "6")

    def test_without_the_scale_there_is_no_value(self) -> None:
        assert self.read(BadReading("no-answer"), 100) == BadReading("no-answer")
