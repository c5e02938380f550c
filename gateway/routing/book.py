"""What people are still to be told, and what they were told: as plain rows, so that a restart forgets none. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, NamedTuple, TypeAlias

Kind = Literal["alert", "repeat", "all-clear"]
ALERT: Kind = "alert"
REPEAT: Kind = "repeat"
ALL_CLEAR: Kind = "all-clear"
Part = Literal["event", "entry", "thread", "line", "sent"]
Row: TypeAlias = tuple[str, str]
"""Which part of the book, and the key there."""
Rows: TypeAlias = Mapping[Row, Any]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a channel says of the event with that ``key``: that it has ``arrived``, or (False) never will."""

    key: str
    arrived: bool


class Line(NamedTuple):
    """One person on one channel: nothing else is ever written to at the same time."""

    person: str
    channel: str

    def __str__(self) -> str:
        return "\t".join(self)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event that one person is to be told by one channel. ``due``: when it need not wait for others any more."""

    person: str
    channel: str
    sequence: int
    kind: Kind
    priority: str
    due: float
    then: tuple[str, ...] = ()
    """The channels that are asked when this one does not deliver."""
    within: float = 60.0
    """Seconds that it has for that."""
    wait: float = 0.0
    thread: str = ""
    asset: str = ""
    clause: str = ""
    passed_on: bool = False
    """It was told already, by a channel that did not deliver: nothing holds it back any more."""
    paired: bool = False
    """An all-clear whose alert waits in the same line: both are told, or neither."""
    instead_of: str = ""
    """The person who could not be reached, in whose place this one is told."""

    @property
    def line(self) -> Line:
        """Where it waits."""
        return Line(self.person, self.channel)

    @property
    def key(self) -> str:
        """Nobody is told the same twice by the same channel."""
        return f"{self.line}\t{self.sequence}\t{self.kind}"


@dataclass(slots=True)
class Reached:
    """How a person was told of something: the further channels, and how patiently."""

    then: tuple[str, ...]
    wait: float
    within: float
    sequence: int = 0
    """The last event of it that went there."""
    refused: bool = False
    """None of the channels takes it, for good; until one of them takes something of it."""


@dataclass(slots=True)
class Thread:
    """A ticket or an alarm that stands, and what became of telling it. ``sequence``: the event that tells of it."""

    key: str
    asset: str
    clause: str
    priority: str
    sequence: int
    begun: int
    """The event by which it became known."""
    told: dict[Line, Reached] = field(default_factory=dict)
    repeats: dict[str, float] = field(default_factory=dict)
    """Route → when it tells it again."""
    routes: list[str] = field(default_factory=list)
    """Those that have told it."""
    acknowledged_until: float | None = None
    taken: bool = False

    @property
    def is_watched(self) -> bool:
        """Somebody has seen it or is at work: nothing is repeated."""
        return self.taken or self.acknowledged_until is not None

    @property
    def due(self) -> float | None:
        """When it is to be looked at again."""
        if self.taken:
            return None
        return self.acknowledged_until or min(self.repeats.values(), default=None)

    def tell(self, entry: Entry) -> None:
        """Somebody is told of it, by the first of their channels."""
        before = self.told.get(entry.line, Reached((), 0.0, 0.0))
        last = max(entry.sequence, before.sequence)
        self.told[entry.line] = Reached(entry.then, entry.wait, entry.within, last, before.refused)

    def lines_by(self, entry: Entry) -> list[Line]:
        """Those of the person whose first or further channel the entry went by."""
        mine = ((line, how) for line, how in self.told.items() if line.person == entry.person)
        return [line for line, how in mine if entry.channel in (line.channel, *how.then)]

    def is_out_of_reach(self, person: str) -> bool:
        """Whether the person was told of it, and every channel of theirs refuses that for good."""
        mine = [how.refused for line, how in self.told.items() if line.person == person]
        return bool(mine) and all(mine)


@dataclass(frozen=True, slots=True)
class Sent:
    """A notice of which nobody knows yet whether it arrived, and those of its entries that somebody waits for."""

    key: str
    until: float | None
    """When the next channel is asked, where there is one."""
    entries: tuple[Entry, ...]
    line: Line
    arrived: bool | None = None
    """What the channel said of it while nobody listened."""


@dataclass(slots=True)
class Book:
    """All rows of a site; ``changed`` collects what is to be written down, None for what is gone."""

    events: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    threads: dict[str, Thread] = field(default_factory=dict)
    spoken: dict[Line, float] = field(default_factory=dict)
    """When something was last sent on a line."""
    sent: dict[str, Sent] = field(default_factory=dict)
    queues: dict[Line, dict[str, Entry]] = field(default_factory=lambda: defaultdict(dict))
    about: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    """Asset and clause → the threads on them."""
    changed: dict[Row, Any] = field(default_factory=dict)
    _waiting: dict[str, set[tuple[Line, str]]] = field(default_factory=lambda: defaultdict(set))
    """Thread → where its entries wait."""
    _uses: Counter[int] = field(default_factory=Counter)
    _behind: Counter[Line] = field(default_factory=Counter)
    """How many notices are on their way on a line."""

    def put_event(self, sequence: int, event: Mapping[str, Any]) -> None:
        """Keep an event for as long as anything speaks of it."""
        if sequence not in self.events:
            self.events[sequence] = event
            self.changed["event", str(sequence)] = event

    def waiting(self, thread: str) -> list[Entry]:
        """What is still to be told of a thread."""
        return [self.queues[line][key] for line, key in sorted(self._waiting.get(thread, ()))]

    def add(self, entry: Entry) -> None:
        """One more to be told, or the same in another way."""
        queue = self.queues[entry.line]
        if entry.key not in queue:
            self._waiting[entry.thread].add((entry.line, entry.key))
            self._use(entry.sequence)
        queue[entry.key] = entry
        self.changed["entry", entry.key] = asdict(entry)

    def drop(self, entry: Entry) -> None:
        """It is told, or not to be told any more."""
        del self.queues[entry.line][entry.key]
        if not self.queues[entry.line]:
            del self.queues[entry.line]
        self._waiting[entry.thread].discard((entry.line, entry.key))
        if not self._waiting[entry.thread]:
            del self._waiting[entry.thread]
        self.changed["entry", entry.key] = None
        self._release(entry.sequence)

    def keep(self, thread: Thread) -> None:
        """Write a thread down as it now is."""
        if thread.key not in self.threads:
            self.threads[thread.key] = thread
            self.about[thread.asset, thread.clause].add(thread.key)
            self._use(thread.sequence)
        self.changed["thread", thread.key] = thread_row(thread)

    def tells(self, thread: Thread, sequence: int) -> None:
        """From now on this event tells of the thread."""
        self._use(sequence)
        self._release(thread.sequence)
        thread.sequence = sequence

    def end(self, thread: Thread) -> None:
        """Nothing of it stands any more."""
        del self.threads[thread.key]
        self.about[thread.asset, thread.clause].discard(thread.key)
        self.changed["thread", thread.key] = None
        self._release(thread.sequence)

    def speak(self, line: Line, now: float) -> None:
        """Something is sent on that line."""
        self.spoken[line] = now
        self.changed["line", str(line)] = now

    def await_delivery(self, sent: Sent) -> None:
        """Remember what is on its way, or that less of it is."""
        before, self.sent[sent.key] = self.sent.get(sent.key), sent
        self._behind[sent.line] += 0 if before else 1
        for entry in sent.entries:
            self._use(entry.sequence)
        for entry in before.entries if before else ():
            self._release(entry.sequence)
        self.changed["sent", sent.key] = asdict(sent) | {"line": str(sent.line)}

    def arrived(self, key: str) -> Sent | None:
        """Nothing more is awaited of a notice; returns what was."""
        sent = self.sent.pop(key, None)
        if sent:
            self.changed["sent", key] = None
            self._behind[sent.line] -= 1
            for entry in sent.entries:
                self._release(entry.sequence)
        return sent

    def is_behind(self, line: Line) -> bool:
        """Whether something that was sent on the line has not arrived yet."""
        return self._behind[line] > 0

    def ends_on(self, line: Line) -> Mapping[str, Sequence[Entry]]:
        """Thread → its all-clears that are still to be told on that line, or on their way with a channel to follow."""
        ends: dict[str, list[Entry]] = defaultdict(list)
        sent = (entry for each in self.sent.values() for entry in each.entries if entry.then)
        on_the_way = (entry for entry in sent if entry.line == line)
        for entry in (*self.queues.get(line, {}).values(), *on_the_way):
            if entry.kind == ALL_CLEAR:
                ends[entry.thread].append(entry)
        return ends

    def need_not_pass_on(self, entries: Collection[Entry]) -> None:
        """Another channel tells them already: whether this one delivers them makes no difference any more."""
        told = frozenset(entries)
        for entry in entries:
            if entry.key in self.queues.get(entry.line, {}):
                self.add(replace(entry, then=()))
        for sent in [each for each in self.sent.values() if not told.isdisjoint(each.entries)]:
            self.await_delivery(replace(sent, entries=tuple(each for each in sent.entries if each not in told)))

    def take_changed(self) -> dict[Row, Any]:
        """What is to be written down since the last call."""
        changed, self.changed = self.changed, {}
        return changed

    def forget_unused(self) -> None:
        """Keep no event of which nothing speaks."""
        for sequence in self.events.keys() - self._uses.keys():
            del self.events[sequence]
            self.changed["event", str(sequence)] = None

    def _use(self, sequence: int) -> None:
        self._uses[sequence] += 1

    def _release(self, sequence: int) -> None:
        self._uses[sequence] -= 1
        if not self._uses[sequence]:
            del self._uses[sequence]
            del self.events[sequence]
            self.changed["event", str(sequence)] = None


def thread_row(thread: Thread) -> dict[str, Any]:
    """A thread as it is stored."""
    row = asdict(thread)
    return row | {"told": {str(line): asdict(reached) for line, reached in thread.told.items()}}


def read_book(rows: Rows) -> Book:
    """The book as it was written down."""
    book = Book()
    for (part, key), body in rows.items():
        if part == "event":
            book.events[int(key)] = body
        elif part == "line":
            book.spoken[line_of(key)] = body
    for (part, _), body in rows.items():
        if part == "thread":
            told = {line_of(key): _reached(each) for key, each in body["told"].items()}
            book.keep(Thread(**body | {"told": told}))
        elif part == "entry":
            book.add(_entry(body))
        elif part == "sent":
            entries = tuple(map(_entry, body["entries"]))
            book.await_delivery(Sent(body["key"], body["until"], entries, line_sent(body), body.get("arrived")))
    book.changed.clear()
    book.forget_unused()
    return book


def line_of(key: str) -> Line:
    """A line as it was written down."""
    person, channel = key.split("\t")
    return Line(person, channel)


def line_sent(body: Mapping[str, Any]) -> Line:
    """On which line a notice was sent, as it was written down; an older gateway wrote that into its entries only."""
    if "line" in body:
        return line_of(body["line"])
    return Line(body["entries"][0]["person"], body["entries"][0]["channel"])


def _entry(body: Mapping[str, Any]) -> Entry:
    return Entry(**{**body, "then": tuple(body["then"])})


def _reached(body: Mapping[str, Any]) -> Reached:
    return Reached(**{**body, "then": tuple(body["then"])})
