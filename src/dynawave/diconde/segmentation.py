"""The masks as DICOM Segmentation objects (PS3.3, A.51): a binary segment an indication, pixel by pixel on the film."""

from collections.abc import Sequence
from copy import copy

import numpy as np
from highdicom import AlgorithmIdentificationSequence, PixelMeasuresSequence
from highdicom.color import CIELabColor
from highdicom.seg import SegmentAlgorithmTypeValues, Segmentation, SegmentationTypeValues, SegmentDescription
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from dynawave.diconde.codes import family_code, flaw_code, schemes
from dynawave.diconde.film import Film
from dynawave.diconde.findings import Findings
from dynawave.diconde.identity import MANUFACTURER, base, derived_uid, settle, tracking_uid
from dynawave.images.page import Refused
from dynawave.records import Indication

SERIES_NUMBER = 9001
MAX_BYTES = 2**31
"""An object's pixels are of an even length under 4 GiB; many programs read half of that."""

Layer = tuple[Indication, ...]
"""Indications whose masks share no pixel."""


def layers(indications: Sequence[Indication], height: int, width: int) -> list[Layer]:
    """The indications, in their order, in as few layers as come of putting each in the first where it has room.

    A layer is one object, so that its masks fit in one array of the film's size however many they are.
    """
    taken: list[np.ndarray] = []
    found: list[list[Indication]] = []
    for indication in indications:
        window = _window(indication)
        place = next((n for n, used in enumerate(taken) if not (used[window] & indication.mask).any()), len(taken))
        if place == len(taken):
            taken.append(np.zeros((height, width), np.bool_))
            found.append([])
        taken[place][window] |= indication.mask
        found[place].append(indication)
    return [tuple(layer) for layer in found]


def segmentations(film: Film, findings: Findings) -> list[tuple[Segmentation, Layer]]:
    """The objects, mostly one, with the indications of each: segment number k is the k-th of them.

    None where nothing was found, for an object without a segment is not allowed.

    Raises:
        Refused: the masks of a layer would take more than `MAX_BYTES`.
    """
    size = findings.height, findings.width
    return [
        (_segmentation(film, findings, layer, number), layer)
        for number, layer in enumerate(layers(findings.indications, *size), 1)
    ]


def _segmentation(film: Film, findings: Findings, layer: Layer, number: int) -> Segmentation:
    if findings.height * findings.width * len(layer) > 8 * MAX_BYTES:
        raise Refused(f"is too large for a segmentation of {len(layer)} masks of its size")
    labels = np.zeros((findings.height, findings.width), np.uint16)
    for value, indication in enumerate(layer, 1):
        labels[_window(indication)][indication.mask] = value
    written = Segmentation(
        source_images=[_one_frame(film.header)],
        pixel_array=labels,
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[_describe(film, findings, one, value) for value, one in enumerate(layer, 1)],
        content_label="INDICATIONS",
        content_description="Weld indications",
        content_creator_name=findings.evaluator or None,
        series_description="Indications (segmentation)",
        coding_schemes=schemes(),
        **base(film, findings, "SEG", SERIES_NUMBER, number),
    )
    _measure(written, findings.pixel_size_mm)
    _pin_dimensions(written)
    written.PatientOrientation = film.header.get("PatientOrientation", "")  # as the film: pixel on pixel
    if findings.page is not None:
        _name_frame(written, findings.page)
    settle(written, film, findings)
    return written


def _window(indication: Indication) -> tuple[slice, slice]:
    """Rows and columns of the image that the mask's crop covers."""
    x, y = indication.mask_offset
    rows, columns = indication.mask.shape
    return slice(y, y + rows), slice(x, x + columns)


def _one_frame(header: Dataset) -> Dataset:
    """The header as of one frame: highdicom puts masks on one of several only where they lie in space.

    Of secondary captures of several frames it then asks for functional groups, which they have not: one stands in, and
    `_measure` replaces what follows from it.
    """
    single = copy(header)
    single.NumberOfFrames = 1
    groups = Dataset()
    groups.PixelMeasuresSequence = PixelMeasuresSequence([1, 1], slice_thickness=None)
    single.SharedFunctionalGroupsSequence = [groups]
    return single


def _describe(film: Film, findings: Findings, indication: Indication, number: int) -> SegmentDescription:
    model = findings.model
    algorithm = AlgorithmIdentificationSequence(
        name=model.name,
        family=codes.DCM.ArtificialIntelligence,
        version=model.version,
        source=MANUFACTURER,
        parameters={"sha256": model.sha256},
    )
    kinds = SegmentAlgorithmTypeValues
    drawn = indication.id in findings.drawn
    return SegmentDescription(
        segment_number=number,
        segment_label=f"{indication.id} {indication.flaw.name}"[:64],
        segmented_property_category=family_code(indication.flaw),
        segmented_property_type=flaw_code(indication.flaw),
        algorithm_type=kinds.MANUAL if drawn else kinds.SEMIAUTOMATIC if findings.evaluator else kinds.AUTOMATIC,
        algorithm_identification=None if drawn else algorithm,
        tracking_uid=tracking_uid(film, findings, indication.id),
        tracking_id=f"Indication {indication.id}",
        display_color=CIELabColor.from_rgb(*indication.flaw.colour),
    )


def _measure(written: Segmentation, pixel_size_mm: float | None) -> None:
    """State the pixel size that the sizes were measured with, and none where it was unknown."""
    shared = written.SharedFunctionalGroupsSequence[0]
    shared.pop("PixelMeasuresSequence", None)
    if pixel_size_mm:
        shared.PixelMeasuresSequence = PixelMeasuresSequence([pixel_size_mm] * 2, slice_thickness=None)


def _pin_dimensions(written: Segmentation) -> None:
    """Replace the one UID that highdicom draws at random."""
    uid = derived_uid("dimensions", str(written.SOPInstanceUID))
    for item in (*written.DimensionOrganizationSequence, *written.DimensionIndexSequence):
        item.DimensionOrganizationUID = uid


def _name_frame(written: Segmentation, page: int) -> None:
    """Say which frame of the film the masks lie on."""
    for groups in (*written.PerFrameFunctionalGroupsSequence, *written.SharedFunctionalGroupsSequence):
        for derivation in groups.get("DerivationImageSequence", ()):
            for source in derivation.SourceImageSequence:
                source.ReferencedFrameNumber = page
    for source in written.get("SourceImageSequence", ()):
        source.ReferencedFrameNumber = page
