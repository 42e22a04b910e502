"""The film that results refer to: its header, completed and in Unicode, so that it can be built upon."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import UID

from dynawave.images.dicom import quiet, read_header
from dynawave.images.page import Refused
from dynawave.images.read import told_in_one_sentence

UNICODE: Final = "ISO_IR 192"
_MAGIC: Final = b"DICM"
_IDENTITY: Final = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
# type 2 of the modules Patient (in DICONDE: Component) and General Study: present, and empty where nothing is known
_OFTEN_LEFT_OUT: Final = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)
_PATTERNS: Final = {
    "PatientSex": r"[MFO]?",
    "PatientBirthDate": r"(\d{8})?",
    "StudyDate": r"(\d{8})?",
    "StudyTime": r"((\d\d){1,3}(\.\d{1,6})?)?",
}


@dataclass(frozen=True, slots=True)
class Film:
    """A DICOM image file.

    Attributes:
        path: of the file.
        header: all of it but the pixels.
    """

    path: Path
    header: Dataset

    @property
    def uid(self) -> UID:
        """Its SOP Instance UID."""
        return UID(self.header.SOPInstanceUID)

    @property
    def frames(self) -> int:
        """How many images it holds."""
        return max(int(self.header.get("NumberOfFrames") or 1), 1)


def read_film(path: Path) -> Film:
    """Read the header of a film.

    Raises:
        ImageError: the file is missing, damaged, cut off, no DICOM image, or nothing can refer to it: it has no valid
            UIDs, or is an enhanced multi-frame object, whose frames lie in space.
    """
    with told_in_one_sentence(str(path)), quiet():
        with path.open("rb") as file:
            if file.read(132)[128:] != _MAGIC:
                raise Refused("is no DICOM file, and only those can be referred to")
        read_header(path)
        header = _unicode(dcmread(path, stop_before_pixels=True))
        for keyword in _IDENTITY:
            if not UID(str(header.get(keyword) or "")).is_valid:
                raise Refused(f"has no valid {keyword}, so that nothing can refer to it")
        if UID(header.SOPClassUID).name == header.SOPClassUID:
            raise Refused("is of a kind that the standard does not know, so that no results are written of it")
        if "SharedFunctionalGroupsSequence" in header:
            raise Refused("is an enhanced multi-frame object, of which no results are written")
        _complete(header)
        return Film(path, header)


def read_whole(film: Film) -> FileDataset:
    """The film's file with its pixels, text in Unicode."""
    return _unicode(dcmread(film.path))


def _unicode(dataset: FileDataset) -> FileDataset:
    """The dataset with its text decoded; it is then written in UTF-8, which can hold anything that is added."""
    dataset.decode()
    dataset.SpecificCharacterSet = UNICODE
    return dataset


def _complete(header: Dataset) -> None:
    """Fill in what many writers leave out, as empty; drop values of these fields that are none."""
    for keyword in _OFTEN_LEFT_OUT:
        value = header.get(keyword)
        if value is None or not re.fullmatch(_PATTERNS.get(keyword, "(?s).*"), str(value)):
            setattr(header, keyword, "")
