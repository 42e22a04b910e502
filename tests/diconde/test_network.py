"""Films in and results out, over loopback, between our two ends; what is hostile is refused and nothing is left."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import RLELossless
from pynetdicom import AE, build_context
from pynetdicom.sop_class import DigitalXRayImageStorageForPresentation

from dynawave.diconde.network import Peer, peer
from dynawave.diconde.receive import Receiver, receiving
from dynawave.diconde.send import echo, send
from dynawave.errors import ConfigError, DynaWaveError

Maker = Callable[..., Path]


@contextmanager
def service(out: Path, **settings: object) -> Iterator[SimpleNamespace]:
    """A receiver, with what it was told to keep and refuse."""
    out.mkdir(exist_ok=True)
    seen = SimpleNamespace(stored=[], refused=[])
    title = settings.pop("title", "DYNAWAVE")
    senders = settings.pop("senders", ())
    receiver = Receiver(out, stored=seen.stored.append, refused=seen.refused.append, **settings)
    with receiving(receiver, 0, title=title, senders=senders) as port:
        seen.peer = Peer("127.0.0.1", port, title)
        yield seen


def put(there: Peer, path: Path, uid: str | None = None) -> int | None:
    """Store a film by pynetdicom alone, under another UID than its own where one is given; None without an answer."""
    data = dcmread(path)
    syntax = data.file_meta.TransferSyntaxUID
    contexts = [build_context(DigitalXRayImageStorageForPresentation, syntax)]
    association = AE().associate(there.host, there.port, contexts, ae_title=there.title)
    assert association.is_established
    if uid is not None:
        data.SOPInstanceUID = uid
    status = association.send_c_store(data)
    association.release()
    return status.get("Status")


def test_a_film_arrives_byte_by_byte(make_film: Maker, tmp_path: Path) -> None:
    film = make_film()
    data = dcmread(film)
    with service(tmp_path / "in") as there:
        echo(there.peer)
        assert list(send([film], there.peer)) == [(film, "")]
    (received,) = there.stored
    assert list((tmp_path / "in").iterdir()) == [received]
    assert received.name == f"{data.SOPInstanceUID}.dcm"
    copy = dcmread(received)
    assert copy == data and np.array_equal(copy.pixel_array, data.pixel_array)


def test_several_kinds_go_over_one_connection(make_film: Maker, tmp_path: Path) -> None:
    plain, packed = make_film("plain"), make_film("packed")
    data = dcmread(packed)
    data.compress(RLELossless, generate_instance_uid=False)
    data.save_as(packed)
    text = tmp_path / "text.dcm"
    text.write_text("no film")
    with service(tmp_path / "in") as there:
        answers = dict(send([plain, text, packed], there.peer))
    assert answers[plain] == answers[packed] == ""
    assert answers[text].startswith(f"{text}: ") and len(there.stored) == 2
    syntaxes = {dcmread(path).file_meta.TransferSyntaxUID for path in there.stored}
    assert RLELossless in syntaxes and len(syntaxes) == 2


def test_what_is_here_is_never_replaced(make_film: Maker, tmp_path: Path) -> None:
    film = make_film()
    with service(tmp_path / "in") as there:
        assert put(there.peer, film) == 0
        assert put(there.peer, film) == 0
        assert len(there.stored) == 1
        before = there.stored[0].read_bytes()
        data = dcmread(film)
        data.PatientName = "Another"
        data.save_as(film)
        assert put(there.peer, film) == 0xC000
    assert there.stored[0].read_bytes() == before
    assert "differs" in there.refused[0]


@pytest.mark.parametrize("uid", ["../../evil", "/etc/passwd", "1.2.3/4", "..", "a"])
def test_no_name_from_the_network_is_used(make_film: Maker, tmp_path: Path, uid: str) -> None:
    film = make_film()
    with service(tmp_path / "in") as there:
        assert put(there.peer, film, uid) != 0
    assert not list((tmp_path / "in").iterdir()) and not there.stored
    assert {p.name for p in tmp_path.iterdir()} == {"weld.dcm", "in"}


def test_a_film_that_is_too_large_is_cut_off(make_film: Maker, tmp_path: Path) -> None:
    large = make_film("large", pixels=np.random.default_rng(0).integers(0, 4096, (600, 900), dtype=np.uint16))
    small = make_film("small")
    with service(tmp_path / "in", max_bytes=500_000) as there:
        answers = dict(send([small], there.peer))
        answers |= dict(send([large], there.peer))
        assert answers[small] == "" and answers[large].startswith(f"{large}: ")
        assert dict(send([make_film("next")], there.peer)) == {tmp_path / "next.dcm": ""}  # it goes on serving
    assert len(list((tmp_path / "in").iterdir())) == 2


def test_a_message_that_promises_gigabytes_is_not_read(tmp_path: Path) -> None:
    with service(tmp_path / "in") as there:
        with socket.create_connection((there.peer.host, there.peer.port), timeout=10) as line:
            line.sendall(b"\x01\x00\xff\xff\xff\xff" + bytes(1000))
            assert line.recv(100) in (b"", b"\x07\x00\x00\x00\x00\x04\x00\x00\x02\x00")
        echo(there.peer)


def test_titles_have_to_fit(make_film: Maker, tmp_path: Path) -> None:
    with service(tmp_path / "in", title="FILMS", senders=("DETECTOR",)) as there:
        echo(there.peer, "DETECTOR")
        with pytest.raises(DynaWaveError, match=r"FILMS at 127.0.0.1:.*: refuses us"):
            echo(there.peer, "STRANGER")
        with pytest.raises(DynaWaveError, match="refuses us"):
            list(send([make_film()], Peer("127.0.0.1", there.peer.port, "OTHER"), "DETECTOR"))


def test_an_archive_that_is_not_there(make_film: Maker) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = Peer("127.0.0.1", taken.getsockname()[1], "NOBODY")
        began = time.monotonic()
        with pytest.raises(DynaWaveError, match=r"NOBODY at 127.0.0.1:\d+: cannot be reached"):
            echo(nobody)
        assert time.monotonic() - began < 20


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with (
        service(tmp_path) as there,
        pytest.raises(DynaWaveError, match="cannot be listened at"),
        receiving(Receiver(tmp_path), there.peer.port),
    ):
        pass


@pytest.mark.parametrize("place", ["host", "host:", ":104", "host:0", "host:70000", "a b:1", "::1:104", "[x]:1"])
def test_a_place_that_is_none(place: str) -> None:
    with pytest.raises(ConfigError, match="is no host:port"):
        peer(place, "PACS")


def test_places_and_titles() -> None:
    assert peer("[::1]:104", "PACS") == Peer("::1", 104, "PACS")
    for title in ("", " ", "X" * 17, "back\\slash", "ümlaut"):
        with pytest.raises(ConfigError, match="is no application entity title"):
            peer("localhost:104", title)
