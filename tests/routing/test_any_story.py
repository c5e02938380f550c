"""Whatever happens, in whatever order, with power failures in between: what every person can rely on."""

from __future__ import annotations

import copy
from collections import defaultdict

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.routing.book import Line
from gateway.routing.people import Shift, Team
from gateway.routing.routes import Routing
from tests.routing.bench import START, Bench, Message, route, routing

TICKETS = [f"ticket/{number}" for number in range(1, 7)]
PRIORITY = dict(zip(TICKETS, ("P1", "P1", "P2", "P2", "P3", "P4"), strict=True))
SECOND = (Line("li", "mail"), Line("anna", "mail"), Line("chief", "mail"))
"""Asked when the first does not deliver; where the first tells the end, they need not."""
HOUR = 3600.0
A_MINUTE = 60.0


def site() -> Routing:
    """A team that changes at night, a chief who is told of everything, quiet hours below P1; two channels."""
    shifts = (Shift(on=("li",), during="day"), Shift(on=("anna",), during="night"))
    return routing(
        route("urgent", "team", "chat mail", when={"priority": ["P1", "P2"]}, repeat="30min"),
        route("by-day", "chief", "mail", when={"during": "day", "events": "ticket.*"}),
        route("everything", "chief", "chat mail", wait="30s"),
        teams={"team": Team(members=("li", "anna"), roster=shifts)},
        floor="P1", li="chat mail", anna="chat mail", chief="mail chat",
    )  # fmt: skip


class AnyStory(RuleBasedStateMachine):
    """``standing``: tickets that are open; ``known``: which of them each line was told of and not yet the end of."""

    @initialize()
    def begin(self) -> None:
        self.bench = Bench(site(), open={"day"})
        self.standing: set[str] = set()
        self.known: dict[Line, set[str]] = defaultdict(set)
        self.person_knows: dict[str, set[str]] = defaultdict(set)
        self.ever_hidden: set[str] = set()
        self.seen = 0

    # --- what may happen

    @rule(ticket=st.sampled_from(TICKETS), again=st.booleans())
    def comes(self, ticket: str, again: bool) -> None:
        if ticket in self.standing:
            self.bench.tell("ticket.overdue", ticket, PRIORITY[ticket])
        else:
            self.standing.add(ticket)
            self.bench.tell("ticket.reopened" if again else "ticket.opened", ticket, PRIORITY[ticket])

    @rule(ticket=st.sampled_from(TICKETS))
    def ends(self, ticket: str) -> None:
        if ticket in self.standing:
            self.standing.discard(ticket)
            self.bench.tell("ticket.closed", ticket, PRIORITY[ticket], state="closed")

    @rule(ticket=st.sampled_from(TICKETS), what=st.sampled_from(["taken", "noted", "finished", "acknowledged"]))
    def somebody_does_something(self, ticket: str, what: str) -> None:
        if what == "acknowledged":
            self.bench.tell("alarm.acknowledged", f"x/{ticket[-1]}", PRIORITY[ticket])
        elif ticket in self.standing:
            self.bench.tell(f"ticket.{what}", ticket, PRIORITY[ticket])

    @rule(seconds=st.sampled_from([1.0, 9.0, 45.0, 70.0, 1900.0, 5 * HOUR]))
    def time_passes(self, seconds: float) -> None:
        self.bench.pass_time(seconds)

    @rule()
    def day_and_night_change(self) -> None:
        self.bench.open = {"day"} if "night" in self.bench.open else {"night"}

    @rule(ticket=st.sampled_from(TICKETS))
    def an_alarm_is_hidden_or_shown(self, ticket: str) -> None:
        asset = f"asset-{ticket[-1]}"
        self.bench.hidden ^= {asset}
        self.ever_hidden.add(asset)
        what = "alarm.hidden" if asset in self.bench.hidden else "alarm.raised"
        self.bench.tell(what, f"{asset}/c", PRIORITY[ticket], asset=asset)

    @rule(arrived=st.booleans(), which=st.integers(0, 5))
    def a_channel_answers(self, arrived: bool, which: int) -> None:
        awaited = [message for message in self.bench.sent if message.key in self.bench.notices.book.sent]
        if awaited:
            self.bench.delivery(awaited[which % len(awaited)], arrived)

    @rule(ticket=st.sampled_from(TICKETS), seconds=st.sampled_from([0.0, 30.0, 2000.0]))
    def the_power_fails_before_the_commit(self, ticket: str, seconds: float) -> None:
        """All that the tick did is gone with it: its event, and whatever it would have sent."""
        bench = self.bench
        kept = copy.deepcopy((bench.rows, bench.sent, bench.sequence, bench.expired))
        if ticket not in self.standing:
            bench.tell("ticket.opened", ticket, PRIORITY[ticket])
        bench.rows, bench.sent, bench.sequence, bench.expired = kept
        bench.crash()
        bench.pass_time(seconds)

    @rule()
    def the_power_fails(self) -> None:
        self.bench.crash()

    # --- what must hold

    @invariant()
    def each_message_is_right(self) -> None:
        for message in self.bench.sent[self.seen :]:
            self.is_right(message)
        self.seen = len(self.bench.sent)

    def is_right(self, message: Message) -> None:
        line, priorities = message.line, [PRIORITY[subject] for subject in message.subjects]
        assert priorities == sorted(priorities), "the most urgent first"
        news = [PRIORITY[subject] for subject, kind in message.kinds if kind != "all-clear"]
        assert message.data["priority"] == (news or priorities)[0], "the most urgent of what is not over"
        before = [each.at for each in self.bench.sent[: self.bench.sent.index(message)] if each.line == line]
        assert not before or message.at - before[-1] >= A_MINUTE, "once a minute at most"
        for subject, kind in message.kinds:
            if kind == "all-clear":
                assert subject in self.person_knows[line.person], "nobody is told the end of what they do not know"
                self.known[line].discard(subject)
            else:
                self.known[line].add(subject)
                self.person_knows[line.person].add(subject)

    @invariant()
    def nothing_waits_for_ever(self) -> None:
        """Whatever waits is looked at when its minute is over; a P1 that was never hidden has gone by then.

        But for what is told again: that waits for what the channel still has to deliver.
        """
        bench, book = self.bench, self.bench.notices.book
        for line, entries in book.queues.items():
            queue = {key: each for key, each in entries.items() if each.kind != "repeat" or not book.is_behind(line)}
            if not queue:
                continue
            last = max((each.at for each in bench.sent if each.line == line), default=START - A_MINUTE)
            looked_at = bench.notices._agenda._planned[("line", *line)]
            assert looked_at <= max(bench.now, last, *(entry.due for entry in queue.values())) + A_MINUTE
            urgent = [entry for entry in queue.values() if entry.priority == "P1" and entry.kind != "all-clear"]
            if any(entry.asset not in self.ever_hidden for entry in urgent):
                assert bench.now < last + A_MINUTE, "at once"

    @invariant()
    def repeats_do_not_pile_up(self) -> None:
        on_the_way = self.bench.notices.book.sent
        repeats = [each for each in self.bench.sent if each.key in on_the_way and each.data["kind"] == "repeat"]
        assert len(repeats) == len({each.line for each in repeats}), "one by each channel to each person"

    def teardown(self) -> None:
        """In the end all is repaired, it is day and every channel delivers: everybody knows, and nothing is kept."""
        if not hasattr(self, "bench"):
            return
        bench = self.bench
        bench.open, bench.hidden = {"day"}, set()
        for ticket in sorted(self.standing):
            bench.tell("ticket.closed", ticket, PRIORITY[ticket], state="closed")
        for _ in range(20):
            bench.pass_time(200.0)
            for message in [each for each in bench.sent if each.key in bench.notices.book.sent]:
                bench.delivery(message, True)
        self.each_message_is_right()
        first = [known for line, known in self.known.items() if line not in SECOND]
        assert not any(first), "everybody who was told is told the end, by the same channel"
        last = {(each.line.person, subject): kind for each in bench.sent for subject, kind in each.kinds}
        assert set(last.values()) <= {"all-clear"}, "it is the last that anybody hears, by whatever channel"
        book = bench.notices.book
        assert [*book.queues, *book.threads, *book.sent, *book.events] == []
        assert {part for part, _ in bench.rows} <= {"line"}


AnyStory.TestCase.settings = settings(max_examples=100, stateful_step_count=50)
TestAnyStory = AnyStory.TestCase
