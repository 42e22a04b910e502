"""Films from an archive or a detector: a storage service (C-STORE and C-ECHO) that writes them into a folder.

Nothing that comes over the network names a file or a folder: a film is called by its SOP Instance UID, which is digits
and points only, and what is no such UID is refused.
"""

import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any, Final

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian
from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]
from pynetdicom.transport import ThreadedAssociationServer

from dynawave.diconde.network import ALL_SYNTAXES, TITLE, entity
from dynawave.errors import DynaWaveError
from dynawave.images.files import write_bytes

MAX_BYTES: Final = 2**30
"""Largest object that is taken, in bytes: a film of 400 megapixels of 16 bits is 0.8 of it."""
MAX_ASSOCIATIONS: Final = 10
IDLE_S: Final = 60.0
_MAX_PDU: Final = 2**17
_HEAD: Final = 6

# statuses of the storage service (PS3.4, B.2.3)
_STORED: Final = 0x0000
_OUT_OF_RESOURCES: Final = 0xA700
_DOES_NOT_MATCH: Final = 0xA900
_NOT_UNDERSTOOD: Final = 0xC000


@dataclass(frozen=True, slots=True)
class Receiver:
    """What is done with an object that comes in.

    Attributes:
        out: folder that it is written into, as `UID.dcm`.
        max_bytes: a larger one is cut off, and so is the connection.
        stored: called with the file of every film that is new; a `DynaWaveError` of it is the sender's refusal.
        refused: called with a sentence for every one that is not taken.
    """

    out: Path
    max_bytes: int = MAX_BYTES
    stored: Callable[[Path], object] = lambda _: None
    refused: Callable[[str], object] = lambda _: None
    _lock: Lock = field(default_factory=Lock)

    def store(self, event: evt.Event) -> Dataset:
        """Answer a C-STORE request; the film is whole on the disk before the sender hears of it."""
        _budget(event, self.max_bytes)
        sender = repr(event.assoc.requestor.ae_title)
        code, reason = self._take(event)
        if reason:
            self.refused(f"{sender}: {reason}.")
        status = Dataset()
        status.Status = code
        if reason:
            status.ErrorComment = reason[:64]
        return status

    def _take(self, event: evt.Event) -> tuple[int, str]:
        """Status, and why the object is not taken ("" where it is)."""
        uid = UID(getattr(event.request, "AffectedSOPInstanceUID", None) or "")
        if not uid.is_valid:
            return _NOT_UNDERSTOOD, "an object without a valid SOP Instance UID"
        data = event.encoded_dataset()
        try:
            inside = dcmread(BytesIO(data), stop_before_pixels=True, specific_tags=["SOPInstanceUID"])
            same = inside.get("SOPInstanceUID") == uid
        except Exception as error:  # a hostile object makes pydicom raise nearly anything
            return _NOT_UNDERSTOOD, f"{uid} is damaged ({type(error).__name__})"
        if not same:
            return _DOES_NOT_MATCH, f"{uid} calls itself another"
        return self._keep(self.out / f"{uid}.dcm", data)

    def _keep(self, file: Path, data: bytes) -> tuple[int, str]:
        """Write the file, unless it is there: what was received once is never replaced."""
        with self._lock:
            if file.exists():
                kept = file.read_bytes() == data
                return (_STORED, "") if kept else (_NOT_UNDERSTOOD, f"{file.stem} is here already, and differs")
            if shutil.disk_usage(self.out).free < len(data) + self.max_bytes:
                return _OUT_OF_RESOURCES, f"{file.stem}: the disk is nearly full"
            try:
                write_bytes(file, data)
            except DynaWaveError as error:
                return _OUT_OF_RESOURCES, f"{file.stem}: {error}".rstrip(".")
            try:
                self.stored(file)
            except DynaWaveError as error:
                file.unlink(missing_ok=True)
                return _NOT_UNDERSTOOD, str(error).rstrip(".")
        return _STORED, ""


@contextmanager
def receiving(
    receiver: Receiver, port: int, host: str = "127.0.0.1", title: str = TITLE, senders: Collection[str] = ()
) -> Iterator[int]:
    """Serve in the background until the block ends; yields the port, which the system chooses where it is given as 0.

    Args:
        receiver: what is done with each object.
        port: TCP port.
        host: address to listen at: by default no other machine is heard.
        title: application entity title that the senders have to call.
        senders: titles that are let in; all, where none is named. A title is a name and no proof of who calls.

    Raises:
        DynaWaveError: the port is taken, or may not be used.

    Example:
        >>> with receiving(Receiver(Path("films")), 11112):  # doctest: +SKIP
        ...     input("Enter stops it.")
    """
    service = entity(title)
    service.supported_contexts = _contexts()
    service.require_called_aet = True
    service.require_calling_aet = list(senders)
    service.maximum_associations = MAX_ASSOCIATIONS
    service.maximum_pdu_size = _MAX_PDU
    service.network_timeout = service.acse_timeout = service.dimse_timeout = IDLE_S
    handlers: list[Any] = [(evt.EVT_C_STORE, receiver.store), (evt.EVT_CONN_OPEN, _budget, [receiver.max_bytes])]
    try:
        server = service.start_server((host, port), block=False, evt_handlers=handlers)
    except OSError as error:
        raise DynaWaveError(f"{host}:{port}: cannot be listened at ({error.strerror or error}).") from error
    assert isinstance(server, ThreadedAssociationServer)
    try:
        yield int(server.server_address[1])
    finally:
        service.shutdown()


def _contexts() -> list[Any]:
    """Storage of anything in any syntax but one whose inflation is unbounded; and C-ECHO."""
    accepting = AE()
    syntaxes = [syntax for syntax in ALL_SYNTAXES if syntax != DeflatedExplicitVRLittleEndian]
    for context in AllStoragePresentationContexts:
        accepting.add_supported_context(str(context.abstract_syntax), syntaxes)
    accepting.add_supported_context(Verification)
    return accepting.supported_contexts


def _budget(event: evt.Event, max_bytes: int) -> None:
    """Let the connection read this many bytes more, in messages of the agreed length, and wait for none for ever.

    pynetdicom gathers an object in memory, however long it gets, and a message of whatever length its head promises.
    """
    connection = event.assoc.dul.socket
    if connection is None or connection.socket is None:
        return
    connection.socket.settimeout(IDLE_S)
    read, left = type(connection).recv, max_bytes + _MAX_PDU

    def recv(count: int) -> bytearray:
        nonlocal left
        left -= count
        if count > _MAX_PDU + _HEAD or left < 0:
            raise OSError("more than is taken")
        return read(connection, count)

    connection.recv = recv  # type: ignore[assignment, method-assign]
