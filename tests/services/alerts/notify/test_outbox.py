"""The outbox on a real disk: opened again, torn, damaged, full."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.alerts.errors import OutboxUnavailable
from services.alerts.notify import outbox as outbox_module
from services.alerts.notify.notification import Notification
from services.alerts.notify.outbox import Outbox, receiver_key


def change(name: str) -> Notification:
    return Notification(name, "alert-1", f'{{"id": "{name}"}}'.encode())


def opened(path: Path, *receivers: str) -> Outbox:
    one = Outbox(path)
    one.open(receivers or ("a", "b"))
    return one


def ids(one: Outbox, receiver: str) -> list[str]:
    return [waiting.id for waiting in one.waiting(receiver)]


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process may grow or be written."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_is_put_in_waits_in_order_until_each_receiver_took_it(tmp_path: Path) -> None:
    one = opened(tmp_path / "outbox")
    one.put([(change("x"), ("a", "b")), (change("y"), ("a",))])
    one.done("a", ["x"])
    one.close()
    again = opened(tmp_path / "outbox")
    assert (ids(again, "a"), ids(again, "b")) == (["y"], ["x"])
    assert again.waiting("a") == [Notification("y", "alert-1", b'{"id": "y"}', redelivered=True)]
    assert (tmp_path / "outbox").stat().st_mode & 0o077 == 0
    assert not again.broken


def test_a_change_is_put_in_once_even_after_it_was_delivered(tmp_path: Path) -> None:
    one = opened(tmp_path / "outbox")
    for _ in range(2):
        one.put([(change("x"), ("a",))])
    assert ids(one, "a") == ["x"]
    one.done("a", ["x", "unheard of"])
    one.put([(change("x"), ("a",))])
    assert ids(one, "a") == []
    assert one.known(["x", "z"]) == {"x"}


def test_delivered_changes_are_forgotten_in_the_end_and_waiting_ones_never(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "REMEMBERED", 3)
    one = opened(tmp_path / "outbox")
    for number in range(9):
        one.put([(change(str(number)), ("a",))])
        if number != 2:
            one.done("a", [str(number)])
    one.put([(change("last"), ())])
    assert one.known([str(number) for number in range(9)]) == {"2", "7", "8"}
    assert ids(one, "a") == ["2"]


def test_what_waits_for_a_receiver_that_is_gone_is_given_up(tmp_path: Path) -> None:
    one = opened(tmp_path / "outbox")
    one.put([(change("x"), ("a", "b"))])
    one.close()
    again = Outbox(tmp_path / "outbox")
    assert again.open(("b", "c")) == 1
    assert (ids(again, "a"), ids(again, "b")) == ([], ["x"])


@pytest.mark.parametrize("harm", ["garbage", "header", "page", "cut"])
def test_a_damaged_file_is_set_aside_and_never_written_over(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "outbox"
    one = opened(path)
    one.put([(change(str(number)), ("a", "b")) for number in range(400)])
    one.close()
    raw = bytearray(path.read_bytes())
    match harm:
        case "garbage":
            raw = bytearray(b"not a database" * 1000)
        case "header":
            raw[:16] = bytes(16)
        case "page":
            raw[4096 : 2 * 4096] = bytes([0xA5]) * 4096
        case _:
            del raw[len(raw) // 2 :]
    path.write_bytes(raw)
    again = opened(path)
    assert again.broken
    assert (tmp_path / "outbox.broken-1").read_bytes() == bytes(raw)
    again.put([(change("new"), ("a",))])
    assert ids(again, "a") == ["new"]


def test_a_torn_write_is_undone_when_the_file_is_opened_again(tmp_path: Path) -> None:
    """The file and its journal as a crash in the middle of a transaction leaves them."""
    path = tmp_path / "outbox"
    one = opened(path)
    one.put([(change("kept"), ("a",))])
    one.close()
    torn = sqlite3.connect(path, isolation_level=None)
    torn.execute("PRAGMA cache_size=1")
    torn.execute("BEGIN IMMEDIATE")
    torn.executemany(
        "INSERT INTO change (id, alert, body) VALUES (?, 'a', ?)", [(str(n), bytes(3000)) for n in range(50)]
    )
    copies = {name: (tmp_path / name).read_bytes() for name in ("outbox", "outbox-journal")}
    torn.close()
    assert len(copies["outbox-journal"]) > 512
    (tmp_path / "crashed").mkdir()
    for name, raw in copies.items():
        (tmp_path / "crashed" / name).write_bytes(raw)
    again = opened(tmp_path / "crashed" / "outbox")
    assert not again.broken
    assert (ids(again, "a"), again.known(["7"])) == (["kept"], set())


def test_a_full_disk_is_a_typed_error_and_nothing_is_half_there(tmp_path: Path) -> None:
    one = opened(tmp_path / "outbox")
    one.put([(change("before"), ("a",))])
    with full_disk():
        with pytest.raises(OutboxUnavailable):
            one.put([(change("x"), ("a",)), (change("y"), ("a",))])
        with pytest.raises(OutboxUnavailable):
            one.done("a", ["before"])
        assert ids(one, "a") == ["before"]
        with pytest.raises(OutboxUnavailable):
            opened(tmp_path / "other")
    one.put([(change("x"), ("a",))])
    assert ids(one, "a") == ["before", "x"]


def test_a_file_that_is_not_open_or_cannot_be_made_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(OutboxUnavailable):
        Outbox(tmp_path / "outbox").put([(change("x"), ())])
    (tmp_path / "file").write_text("")
    with pytest.raises(OutboxUnavailable):
        opened(tmp_path / "file" / "outbox")


def test_a_receiver_is_named_by_a_hash(tmp_path: Path) -> None:
    one = opened(tmp_path / "outbox", receiver_key("https://user:secret@host/hook?token=secret"))
    one.put([(change("x"), (receiver_key("https://user:secret@host/hook?token=secret"),))])
    one.close()
    assert b"secret" not in (tmp_path / "outbox").read_bytes()
