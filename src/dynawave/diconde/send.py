"""Results to an archive: C-STORE, and C-ECHO to ask whether it is there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import build_context
from pynetdicom.association import Association
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]
from pynetdicom.status import code_to_category

from dynawave.diconde.network import TITLE, Peer, entity
from dynawave.errors import DynaWaveError, ImageError
from dynawave.images.dicom import quiet
from dynawave.images.read import told_in_one_sentence

TIMEOUT_S: Final = 60.0
# between these two an object is converted on the way where the archive takes but one of them
_PLAIN: Final = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)
Kind = tuple[str, str]
"""SOP class, and a transfer syntax that an object of it may travel in."""


def echo(peer: Peer, title: str = TITLE) -> None:
    """Ask whether an archive is there and lets us in.

    Raises:
        DynaWaveError: it is not, or does not.
    """
    with _association(peer, title, [(Verification, ImplicitVRLittleEndian)]) as association:
        status = association.send_c_echo()
    if status.get("Status") != 0:
        raise DynaWaveError(f"{peer}: did not answer a C-ECHO.")


def send(files: Sequence[Path], peer: Peer, title: str = TITLE) -> Iterator[tuple[Path, str]]:
    """Send DICOM files over one connection; yields each with why it was not stored ("" where it was).

    An object that is not compressed is converted where the archive wants it so; pixels stay what they are.

    Raises:
        DynaWaveError: the archive is not there, or does not let us in.
    """
    kinds: dict[Path, list[Kind]] = {}
    for file in files:
        try:
            kinds[file] = _kinds(file)
        except ImageError as error:
            yield file, str(error)
    if not kinds:
        return
    with _association(peer, title, sorted({kind for of_file in kinds.values() for kind in of_file})) as association:
        for file in kinds:
            yield file, _send(association, file, peer)


def _kinds(file: Path) -> list[Kind]:
    """What may be agreed upon for a file; each is offered by itself, for of a list the archive picks but one."""
    with told_in_one_sentence(str(file)), quiet():
        header = dcmread(file, stop_before_pixels=True, specific_tags=["SOPClassUID", "SOPInstanceUID"])
        syntax = UID(header.file_meta.TransferSyntaxUID)
        return [(str(header.SOPClassUID), str(each)) for each in (_PLAIN if syntax in _PLAIN else (syntax,))]


@contextmanager
def _association(peer: Peer, title: str, kinds: Sequence[Kind]) -> Iterator[Association]:
    service = entity(title)
    service.network_timeout = service.acse_timeout = service.dimse_timeout = TIMEOUT_S
    service.connection_timeout = 10.0
    contexts: list[Any] = [build_context(sop_class, syntax) for sop_class, syntax in kinds]
    association = service.associate(peer.host, peer.port, contexts=contexts, ae_title=peer.title)
    if not association.is_established:
        told = "refuses us" if association.is_rejected else "cannot be reached or breaks off"
        raise DynaWaveError(f"{peer}: {told}.")
    try:
        yield association
    finally:
        if association.is_established:
            association.release()


def _send(association: Association, file: Path, peer: Peer) -> str:
    """Why the file was not stored, as a sentence, or ""."""
    if not association.is_established:
        return f"{file}: not sent, for {peer} broke off."
    try:
        with quiet():
            status = association.send_c_store(file)
    except (ValueError, AttributeError, RuntimeError, OSError) as error:
        return f"{file}: cannot be sent to {peer} ({str(error).rstrip('.')})."
    return _told(status, file, peer)


def _told(status: Dataset, file: Path, peer: Peer) -> str:
    if "Status" not in status:
        return f"{file}: {peer} did not answer."
    if code_to_category(status.Status) in ("Success", "Warning"):
        return ""
    comment = status.get("ErrorComment")
    return f"{file}: {peer} did not store it (status {status.Status:04X}{f', {comment}' if comment else ''})."
