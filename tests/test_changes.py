"""What could not be committed yet is kept, but not for ever."""

from gateway.changes import Changes, HistoryBlock
from gateway.model import Value


def block(at: float, *values: Value) -> HistoryBlock:
    return HistoryBlock(at, range(len(values)), values)


def test_the_oldest_history_goes_first_and_in_whole_blocks() -> None:
    changes = Changes(history=[block(1.0, 1, 2), block(2.0, 3), block(3.0, 4, 5)])
    changes.forget_oldest(5)
    assert [each.at for each in changes.history] == [1.0, 2.0, 3.0]
    changes.forget_oldest(4)
    assert [each.at for each in changes.history] == [2.0, 3.0]
    changes.forget_oldest(0)
    assert changes.history == []


def test_what_comes_later_is_added() -> None:
    changes = Changes(history=[block(1.0, 1)], receipt_keys=["a"], memories={1: "old"})
    changes.absorb(Changes(history=[block(2.0, 2)], receipt_keys=["b"], memories={1: "new"}))
    assert [each.at for each in changes.history] == [1.0, 2.0]
    assert (changes.receipt_keys, changes.memories) == (["a", "b"], {1: "new"})
    assert not Changes()
