"""DICOM and DICONDE objects, written by pydicom."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    MPEG2MPML,
    DeflatedExplicitVRLittleEndian,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    RLELossless,
    generate_uid,
)

from dynawave.errors import ImageError
from dynawave.images import count_pages, read_image, read_pages
from dynawave.records import WeldContext

RNG = np.random.default_rng(0)
GREY12 = RNG.integers(0, 4096, (20, 30), dtype=np.uint16)
MAGNIFIED = {"EstimatedRadiographicMagnificationFactor": 1.25}
GREY8 = RNG.integers(0, 256, (20, 30), dtype=np.uint8)


def dataset(pixels: np.ndarray | None = GREY12, **fields: Any) -> Dataset:
    """A digital X-ray image object; `fields` are set by keyword over the defaults."""
    out = Dataset()
    out.file_meta = FileMetaDataset()
    out.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out.SOPClassUID = out.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    out.SOPInstanceUID = out.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    if pixels is not None:
        out.Rows, out.Columns = pixels.shape[-2:]
        out.SamplesPerPixel = 1
        out.PhotometricInterpretation = "MONOCHROME2"
        out.BitsAllocated = out.BitsStored = 8 * pixels.dtype.itemsize
        out.HighBit = out.BitsStored - 1
        out.PixelRepresentation = int(pixels.dtype.kind == "i")
        out.PixelData = pixels.tobytes()
        out["PixelData"].VR = "OW"
    for keyword, value in fields.items():
        setattr(out, keyword, value)
    return out


def group(**fields: Any) -> Dataset:
    """An item of a sequence."""
    item = Dataset()
    for keyword, value in fields.items():
        setattr(item, keyword, value)
    return item


def saved(folder: Path, data: Dataset) -> Path:
    path = folder / "weld.dcm"
    data.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize("pixels", [GREY8, GREY12], ids=["8", "16"])
def test_monochrome2_is_read_at_its_own_depth(tmp_path: Path, pixels: np.ndarray) -> None:
    image = read_image(saved(tmp_path, dataset(pixels)))
    assert image.pixels.dtype == pixels.dtype
    assert np.array_equal(image.pixels, pixels)
    assert (image.page, image.pixel_size_mm, image.context) == (None, None, WeldContext())


def test_monochrome1_is_inverted_so_that_larger_is_brighter(tmp_path: Path) -> None:
    image = read_image(saved(tmp_path, dataset(PhotometricInterpretation="MONOCHROME1")))
    assert image.pixels.dtype == np.uint16
    assert np.array_equal(image.pixels, int(GREY12.max()) + int(GREY12.min()) - GREY12)


def test_rescale_is_applied_and_the_window_is_not(tmp_path: Path) -> None:
    rescale = {"RescaleSlope": 0.5, "RescaleIntercept": -100}
    window = {"WindowCenter": 10, "WindowWidth": 2, "VOILUTFunction": "LINEAR"}
    image = read_image(saved(tmp_path, dataset(**rescale, **window)))
    assert image.pixels.dtype == np.float32
    assert np.allclose(image.pixels, GREY12 * 0.5 - 100)
    image = read_image(saved(tmp_path, dataset(RescaleSlope=1, RescaleIntercept=0, **window)))
    assert image.pixels.dtype == np.uint16
    assert np.array_equal(image.pixels, GREY12)


def test_a_falling_rescale_turns_the_polarity(tmp_path: Path) -> None:
    path = saved(tmp_path, dataset(PhotometricInterpretation="MONOCHROME1", RescaleSlope=-2, RescaleIntercept=0))
    assert np.corrcoef(read_image(path).pixels.ravel(), GREY12.ravel())[0, 1] == pytest.approx(1)


def test_a_modality_table_is_looked_up(tmp_path: Path) -> None:
    table = RNG.permutation(256).astype(np.uint16) * 200
    item = Dataset()
    item.LUTDescriptor = [256, 0, 16]
    item.LUTData = table.tolist()
    item["LUTDescriptor"].VR, item["LUTData"].VR = "US", "US"
    image = read_image(saved(tmp_path, dataset(GREY8, ModalityLUTSequence=Sequence([item]))))
    assert np.array_equal(image.pixels, table[GREY8])


def test_signed_values(tmp_path: Path) -> None:
    signed = GREY12.astype(np.int16) - 2000
    assert np.array_equal(read_image(saved(tmp_path, dataset(signed))).pixels, signed)


def test_colours(tmp_path: Path) -> None:
    rgb = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    colour = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
    path = saved(tmp_path, dataset(GREY8, PixelData=rgb.tobytes(), **colour))
    assert np.array_equal(read_image(path).pixels, rgb)


@pytest.mark.parametrize("syntax", [RLELossless, ExplicitVRBigEndian], ids=["RLE", "big endian"])
def test_other_transfer_syntaxes(tmp_path: Path, syntax: str) -> None:
    data = dataset()
    if syntax == RLELossless:
        data.compress(RLELossless)
    else:
        data.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
        data.PixelData = GREY12.astype(">u2").tobytes()
    assert np.array_equal(read_image(saved(tmp_path, data)).pixels, GREY12)


def test_frames_are_pages(tmp_path: Path) -> None:
    frames = np.stack([GREY12, GREY12 // 2, GREY12 // 3])
    path = saved(tmp_path, dataset(frames, NumberOfFrames=3, NominalScannedPixelSpacing=[0.05, 0.05]))
    assert count_pages(path) == 3
    pages = list(read_pages(path))
    assert [p.name for p in pages] == ["weld.dcm#1", "weld.dcm#2", "weld.dcm#3"]
    assert all(np.array_equal(p.pixels, f) and p.pixel_size_mm == 0.05 for p, f in zip(pages, frames, strict=True))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.2, 0.2]}, 0.1),
        ({"ImagerPixelSpacing": [0.2, 0.2]}, 0.2),
        ({"ImagerPixelSpacing": [0.2, 0.2], **MAGNIFIED}, 0.16),
        ({"ImagerPixelSpacing": [0.2, 0.2], "DistanceSourceToDetector": 1000, "DistanceSourceToPatient": 800}, 0.16),
        ({"ImagerPixelSpacing": [0.2, 0.2], "DistanceSourceToDetector": 1000, "DistanceSourceToPatient": 0}, 0.2),
        ({"PixelSpacing": [0.2, 0.2], "ImagerPixelSpacing": [0.2, 0.2], **MAGNIFIED}, 0.16),
        ({"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.2, 0.2], **MAGNIFIED}, 0.1),
        ({"PixelSpacing": [0.1, 0.1], **MAGNIFIED}, 0.1),
        ({"NominalScannedPixelSpacing": [0.0403, 0.0403]}, 0.0403),
        ({"SharedFunctionalGroupsSequence": [group(PixelMeasuresSequence=[group(PixelSpacing=[0.3, 0.3])])]}, 0.3),
        ({"PixelSpacing": [0, 0]}, None),
        ({"PixelAspectRatio": [1, 1]}, None),
    ],
)
def test_pixel_spacing(tmp_path: Path, fields: dict[str, Any], expected: float | None) -> None:
    image = read_image(saved(tmp_path, dataset(**fields)))
    assert image.pixel_size_mm == pytest.approx(expected)
    assert image.pixel_size_source == ("file" if expected else "unknown")


def test_pixels_that_are_not_square_need_the_users_word(tmp_path: Path) -> None:
    path = saved(tmp_path, dataset(PixelSpacing=[0.1, 0.2]))
    with pytest.raises(ImageError, match=r"weld.dcm: has pixels of 0.2 x 0.1 mm, which are not square"):
        read_image(path)
    assert read_image(path, pixel_size_mm=0.1).pixel_size_source == "user"
    with pytest.raises(ImageError, match=r"weld.dcm: has pixels that are not square and states no size"):
        read_image(saved(tmp_path, dataset(PixelAspectRatio=[1, 2])))


def test_diconde_fills_the_context(tmp_path: Path) -> None:
    data = dataset(
        Modality="DX",
        KVP=160,
        XRayTubeCurrent=5,
        PatientName="Nozzle N2",
        PatientID="N2-0815",
        EthnicGroup="nickel alloy",
        MaterialThickness=["12.7"],
        MaterialGrade="Alloy 52 / 316L",
        ComponentManufacturingProcedure="GTAW",
        ComponentManufacturer="Works",
        ComponentWelderIDs=["W7", "W9"],
    )
    evaluator = Dataset()
    evaluator.EvaluatorName = "A Person"
    data.EvaluatorSequence = Sequence([evaluator])
    context = read_image(saved(tmp_path, data)).context
    assert context.modality == "radiograph"
    assert (context.base_metals, context.process) == (("Alloy 52 / 316L",), "GTAW")
    assert (context.thickness_mm, context.voltage_kv, context.component) == (12.7, 160.0, "Nozzle N2")
    assert context.details == {
        "MaterialName": "nickel alloy",
        "ComponentID": "N2-0815",
        "MaterialThickness": "12.7",
        "MaterialGrade": "Alloy 52 / 316L",
        "ComponentManufacturingProcedure": "GTAW",
        "ComponentManufacturer": "Works",
        "ComponentWelderIDs": "W7, W9",
        "XRayTubeCurrent": "5",
    }


def test_thicknesses_that_differ_stay_unknown(tmp_path: Path) -> None:
    context = read_image(saved(tmp_path, dataset(MaterialThickness=["5", "8"]))).context
    assert context.thickness_mm is None
    assert context.details["MaterialThickness"] == "5, 8"


def test_a_persons_name_is_left_alone_in_a_medical_object(tmp_path: Path) -> None:
    context = read_image(saved(tmp_path, dataset(PatientName="Doe^J", PatientID="1", EthnicGroup="x"))).context
    assert context == WeldContext()


def deflated() -> Dataset:
    data = dataset()
    data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    return data


def labelled(syntax: str, **fields: Any) -> Dataset:
    """An object of run lengths that says that its pixels are compressed in this way, with these fields set after."""
    data = dataset()
    data.compress(RLELossless)
    for keyword, value in fields.items():
        setattr(data, keyword, value)
    data.file_meta.TransferSyntaxUID = syntax
    return data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (lambda: dataset(None), "is a DICOM object without pixels"),
        (lambda: dataset(Rows=30000, Columns=30000), "is 30000 x 30000 px large, more than the 400 megapixels"),
        (lambda: dataset(np.zeros((20, 30), np.uint16)), "holds one grey value only"),
        (lambda: dataset(GREY8[:4, :4]), "is 4 x 4 px small"),
        (lambda: dataset(GREY12[:10], Rows=20), "is cut off: a part of its pixels is missing"),
        (lambda: dataset(NumberOfFrames=2**31 - 1), "is cut off: a part of its pixels is missing"),
        (lambda: labelled(RLELossless, NumberOfFrames=2**31 - 1), "is cut off: a part of its pixels is missing"),
        (deflated, "is deflated as a whole"),
        (
            lambda: labelled(HTJ2KLossless),
            "is compressed as High-Throughput JPEG 2000 Image Compression",
        ),
        (lambda: labelled(MPEG2MPML), "is compressed as MPEG2 Main Profile / Main Level, for which no decoder"),
    ],
)
def test_what_is_refused(tmp_path: Path, data: Any, reason: str) -> None:
    path = saved(tmp_path, data())
    with pytest.raises(ImageError) as caught:
        read_image(path)
    assert str(caught.value).startswith(f"{path}: {reason}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.9])
def test_a_cut_off_object_is_refused(tmp_path: Path, part: float) -> None:
    path = saved(tmp_path, dataset())
    data = path.read_bytes()
    path.write_bytes(data[: max(int(len(data) * part), 140)])
    with pytest.raises(ImageError, match=r"weld.dcm: (is|cannot)"):
        read_image(path)


def test_hostile_bytes_end_in_one_sentence(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    data = dataset(PixelSpacing=[0.1, 0.1], MaterialThickness="5", PatientName="N", RescaleSlope=2, RescaleIntercept=1)
    whole = np.frombuffer(saved(tmp_path, data).read_bytes(), np.uint8)
    header = len(whole) - GREY12.nbytes
    for number in range(150):
        hostile = whole.copy()
        hostile[rng.integers(132, header, 1 + number % 6)] = rng.integers(0, 256, 1 + number % 6)
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(hostile.tobytes())
        try:
            assert read_image(path).pixels.ndim in (2, 3)
        except ImageError as error:
            assert str(error).startswith(f"{path}: ") and "\n" not in str(error)
