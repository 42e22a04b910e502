"""What is written is read back by pydicom and highdicom, and is what was found."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import highdicom as hd
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    RLELossless,
    SecondaryCaptureImageStorage,
)

from diconde_films import FOUND, HEIGHT, INDICATIONS, MODEL, PIXELS, WIDTH, indication, whole_mask
from dynawave.diconde import codes
from dynawave.diconde.export import export_film
from dynawave.diconde.findings import Findings
from dynawave.diconde.outline import outlines
from dynawave.errors import ImageError
from dynawave.images import read_image

Maker = Callable[..., Path]


def segments(out: Path, stem: str = "weld") -> dict[str, np.ndarray]:
    """Masks of every segmentation of a film, by the label of the segment."""
    found = {}
    for file in out.glob(f"{stem}.seg*.dcm"):
        data = dcmread(file)
        masks = data.pixel_array.reshape(-1, data.Rows, data.Columns)
        for frame, mask in enumerate(masks):
            groups = data.PerFrameFunctionalGroupsSequence[frame]
            holder = groups if "SegmentIdentificationSequence" in groups else data.SharedFunctionalGroupsSequence[0]
            number = holder.SegmentIdentificationSequence[0].ReferencedSegmentNumber
            found[data.SegmentSequence[number - 1].SegmentLabel] = mask.astype(bool)
    return found


def indications(path: Path, evaluator: int = 0) -> list[Dataset]:
    return list(dcmread(path).EvaluatorSequence[evaluator].IndicationSequence)


def test_names_of_the_files(make_film: Maker, found: Findings, tmp_path: Path) -> None:
    written = export_film(make_film(), [found], tmp_path / "out")
    assert [p.name for p in written] == ["weld.seg.dcm", "weld.seg2.dcm", "weld.sr.dcm", "weld.diconde.dcm"]
    assert sorted(written) == sorted((tmp_path / "out").iterdir())


def test_masks_are_ours_pixel_for_pixel_though_they_overlap(make_film: Maker, found: Findings, tmp_path: Path) -> None:
    export_film(make_film(), [found], tmp_path / "out")
    masks = segments(tmp_path / "out")
    assert set(masks) == {"1 gas_pore", "2 crack", "3 flaw", "4 lack_of_fusion"}
    for one in INDICATIONS:
        assert np.array_equal(masks[f"{one.id} {one.flaw.name}"], whole_mask(one))


def test_many_random_masks(make_film: Maker, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    many = []
    for number in range(1, 16):
        height, width = rng.integers(1, 30, 2)
        mask = rng.random((height, width)) > 0.3
        mask[0, 0] = True
        many.append(
            indication(number, "gas_pore", rng.integers(0, WIDTH - width), rng.integers(0, HEIGHT - height), mask)
        )
    export_film(make_film(), [Findings(tuple(many), MODEL, FOUND, HEIGHT, WIDTH)], tmp_path / "out")
    masks = segments(tmp_path / "out")
    assert len(masks) == 15
    assert all(np.array_equal(masks[f"{one.id} gas_pore"], whole_mask(one)) for one in many)


def test_segments_say_what_they_are(make_film: Maker, found: Findings, tmp_path: Path) -> None:
    film = make_film()
    export_film(film, [found], tmp_path / "out")
    data, source = dcmread(tmp_path / "out" / "weld.seg.dcm"), dcmread(film)
    crack, pore = dcmread(tmp_path / "out" / "weld.seg2.dcm").SegmentSequence[0], data.SegmentSequence[0]
    kind = pore.SegmentedPropertyTypeCodeSequence[0]
    assert (kind.CodeValue, kind.CodingSchemeDesignator, kind.CodeMeaning) == ("2011", "99ISO6520", "Gas pore")
    assert crack.SegmentedPropertyTypeCodeSequence[0].CodeValue == "100"
    assert pore.SegmentedPropertyCategoryCodeSequence[0].CodeValue == "200"  # cavity
    algorithm = pore.SegmentationAlgorithmIdentificationSequence[0]
    assert (algorithm.AlgorithmName, algorithm.AlgorithmVersion) == ("film", "0.3.0")
    assert MODEL.sha256 in algorithm.AlgorithmParameters
    assert (pore.SegmentAlgorithmType, data.SegmentationType, data.SegmentsOverlap) == ("AUTOMATIC", "BINARY", "NO")
    assert [scheme.CodingSchemeDesignator for scheme in data.CodingSchemeIdentificationSequence] == [
        "99ISO6520",
        "99DYNAWAVE",
    ]
    assert data.SourceImageSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
    assert (data.StudyInstanceUID, data.PatientName) == (source.StudyInstanceUID, source.PatientName)
    assert (data.MaterialGrade, data.MaterialThickness) == ("P91 / 316L", 12.7)
    assert data.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing == [0.05, 0.05]


def test_the_report_holds_number_class_sizes_score_and_model(make_film: Maker, found: Findings, tmp_path: Path) -> None:
    film = make_film()
    export_film(film, [found], tmp_path / "out")
    read = hd.sr.srread(tmp_path / "out" / "weld.sr.dcm")
    assert (read.CompletionFlag, read.VerificationFlag) == ("COMPLETE", "UNVERIFIED")
    groups = {str(g.tracking_identifier): g for g in read.content.get_planar_roi_measurement_groups()}
    assert list(groups) == ["Indication 1", "Indication 2", "Indication 3", "Indication 4"]
    pore, crack = groups["Indication 1"], groups["Indication 2"]
    assert (pore.finding_type.value, pore.finding_type.scheme_designator) == ("2011", "99ISO6520")
    assert (groups["Indication 3"].finding_type.value, crack.finding_type.value) == ("FLAW", "100")
    figures = {m.name.meaning: (m.value, m.unit.value) for m in pore.get_measurements()}
    assert figures == {
        "Length": (0.3, "mm"),
        "Width": (0.2, "mm"),
        "Area": (0.06, "mm2"),
        "Score of being a flaw, 0 to 1, not calibrated": (pytest.approx(0.85), "1"),
        "Score of the class, given a flaw": (0.7, "1"),
        "Contrast over the standard deviation of grain": (2.5, "1"),
    }
    assert {m.name.meaning: m.unit.value for m in crack.get_measurements()}["Length"] == "{pixels}"
    text = str(read)
    assert MODEL.sha256 in text and "film" in text and "0.3.0" in text
    evidence = read.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    referenced = {item.ReferencedSOPInstanceUID for series in evidence for item in series.ReferencedSOPSequence}
    objects = (film, tmp_path / "out" / "weld.seg.dcm", tmp_path / "out" / "weld.seg2.dcm")
    assert referenced == {dcmread(path).SOPInstanceUID for path in objects}


def test_report_and_segmentation_speak_of_the_same_indication(
    make_film: Maker, found: Findings, tmp_path: Path
) -> None:
    export_film(make_film(), [found], tmp_path / "out")
    tracked = {
        segment.TrackingID: segment.TrackingUID
        for file in (tmp_path / "out").glob("weld.seg*.dcm")
        for segment in dcmread(file).SegmentSequence
    }
    read = hd.sr.srread(tmp_path / "out" / "weld.sr.dcm")
    assert tracked == {
        str(group.tracking_identifier): group.tracking_uid for group in read.content.get_planar_roi_measurement_groups()
    }


def test_a_film_without_indications_has_a_report_that_says_so(
    make_film: Maker, found: Findings, tmp_path: Path
) -> None:
    written = export_film(make_film(), [replace(found, indications=())], tmp_path / "out")
    assert [p.name for p in written] == ["weld.sr.dcm", "weld.diconde.dcm"]
    group = hd.sr.srread(written[0]).content.get_image_measurement_groups()[0]
    assert [(m.name.value, m.value) for m in group.get_measurements()] == [("COUNT", 0)]
    assert indications(written[1]) == []


def test_the_copy_holds_the_indications_and_leaves_the_film_alone(
    make_film: Maker, found: Findings, tmp_path: Path
) -> None:
    film = make_film()
    before = film.read_bytes()
    export_film(film, [found], tmp_path / "out")
    assert film.read_bytes() == before
    source, copy = dcmread(film), dcmread(tmp_path / "out" / "weld.diconde.dcm")
    assert np.array_equal(copy.pixel_array, source.pixel_array)
    assert copy.SOPInstanceUID == copy.file_meta.MediaStorageSOPInstanceUID != source.SOPInstanceUID
    assert copy.SeriesInstanceUID != source.SeriesInstanceUID
    assert copy.StudyInstanceUID == source.StudyInstanceUID
    assert copy.SourceImageSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
    changed = {e.keyword for e in copy if e.tag not in source or source[e.tag].value != e.value}
    assert changed == {
        "SOPInstanceUID",
        "SeriesInstanceUID",
        "SeriesNumber",
        "SeriesDescription",
        "InstanceCreationDate",
        "InstanceCreationTime",
        "EvaluatorSequence",
        "SourceImageSequence",
        "ContributingEquipmentSequence",
        "CurrentRequestedProcedureEvidenceSequence",
    }
    context = read_image(tmp_path / "out" / "weld.diconde.dcm").context
    assert context == read_image(film).context


def test_indications_of_diconde(make_film: Maker, found: Findings, tmp_path: Path) -> None:
    export_film(make_film(), [found], tmp_path / "out")
    pore, crack, flaw, fusion = indications(tmp_path / "out" / "weld.diconde.dcm")
    assert (pore.IndicationNumber, pore.IndicationLabel, pore.IndicationType) == (1, "ISO6520-1 2011", "POROSITY")
    assert [i.IndicationType for i in (crack, flaw, fusion)] == ["CRACK", "FLAW", "LACK OF FUSION"]
    assert flaw.IndicationLabel == "flaw" and "gas pore, score 0.85" in pore.IndicationDescription
    figures = {
        p.PropertyLabel: (float(p.NumericValue), p.MeasurementUnitsCodeSequence[0].CodeValue)
        for p in pore.IndicationPhysicalPropertySequence
    }
    assert figures["LENGTH"] == (0.3, "mm") and figures["SCORE"] == (pytest.approx(0.85), "1")
    (region,) = pore.IndicationROISequence
    assert (region.ValueType, region.GraphicType, region.NumberOfGraphicPoints) == ("SCOORD", "POLYLINE", 5)
    assert sorted(zip(*[iter(region.GraphicData)] * 2, strict=True)) == [(5, 6), (5, 6), (5, 10), (11, 6), (11, 10)]


def test_a_persons_decisions(make_film: Maker, found: Findings, tmp_path: Path) -> None:
    judged = replace(found, evaluator="Müller^Änne", dispositions={1: "ACCEPT", 2: "REJECT"}, depths={2: 0.4})
    export_film(make_film(), [judged], tmp_path / "out")
    copy = tmp_path / "out" / "weld.diconde.dcm"
    assert dcmread(copy).EvaluatorSequence[0].EvaluatorName == "Müller^Änne"
    assert [i.IndicationDisposition for i in indications(copy)] == ["ACCEPT", "REJECT", "HOLD", "HOLD"]
    read = hd.sr.srread(tmp_path / "out" / "weld.sr.dcm")
    groups = read.content.get_planar_roi_measurement_groups()
    values = [g.get_qualitative_evaluations(name=codes.DISPOSITION)[0].value.value for g in groups]
    assert values == ["ACCEPT", "REJECT", "HOLD", "HOLD"]
    depths = [[(m.value, m.unit.value) for m in g.get_measurements(name=codes.DEPTH)] for g in groups]
    assert depths == [[], [(0.4, "mm")], [], []]
    assert dcmread(tmp_path / "out" / "weld.seg.dcm").SegmentSequence[0].SegmentAlgorithmType == "SEMIAUTOMATIC"


def test_earlier_evaluators_stay(make_film: Maker, found: Findings, tmp_path: Path) -> None:
    earlier = Dataset()
    earlier.EvaluatorNumber, earlier.EvaluatorName, earlier.IndicationSequence = 1, "A^Person", []
    export_film(make_film(EvaluatorSequence=[earlier]), [found], tmp_path / "out")
    evaluators = dcmread(tmp_path / "out" / "weld.diconde.dcm").EvaluatorSequence
    assert [(e.EvaluatorNumber, str(e.EvaluatorName)) for e in evaluators] == [
        (1, "A^Person"),
        (2, "DynaWave^film 0.3.0"),
    ]


def test_the_same_findings_are_the_same_bytes_and_others_have_other_uids(
    make_film: Maker, found: Findings, tmp_path: Path
) -> None:
    film = make_film()
    once, again = (export_film(film, [found], tmp_path / name) for name in ("once", "again"))
    assert [p.read_bytes() for p in once] == [p.read_bytes() for p in again]
    for name, change in (("judged", {"dispositions": {1: "REJECT"}}), ("measured", {"depths": {1: 0.4}})):
        for a, b in zip(once, export_film(film, [replace(found, **change)], tmp_path / name), strict=True):
            assert dcmread(a).SOPInstanceUID != dcmread(b).SOPInstanceUID
            assert dcmread(a).SeriesInstanceUID == dcmread(b).SeriesInstanceUID
    uids = {dcmread(p).SOPInstanceUID for p in once}
    assert len(uids) == 4 and all(uid.is_valid and uid.startswith("2.25.") for uid in uids)


@pytest.mark.parametrize(
    "fields",
    [
        {"SOPClassUID": ComputedRadiographyImageStorage, "Modality": "CR"},
        {"SOPClassUID": SecondaryCaptureImageStorage, "Modality": "OT"},
        {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"},
        {"PatientSex": "X", "StudyDate": "2026", "PatientBirthDate": None, "AccessionNumber": None, "StudyID": None},
        {"SpecificCharacterSet": "ISO_IR 100", "PatientName": "Stück^7", "MaterialGrade": "Güteklasse"},
        {"InstanceNumber": None, "Modality": None, "PatientOrientation": None},
    ],
    ids=["CR", "SC", "MONOCHROME1", "hostile", "Latin-1", "sparse"],
)
def test_films_of_all_kinds(make_film: Maker, found: Findings, tmp_path: Path, fields: dict[str, object]) -> None:
    film = make_film(**fields)
    export_film(film, [found], tmp_path / "out")
    masks = segments(tmp_path / "out")
    assert all(np.array_equal(masks[f"{one.id} {one.flaw.name}"], whole_mask(one)) for one in INDICATIONS)
    source = dcmread(film)
    for file in (tmp_path / "out").iterdir():
        data = dcmread(file)
        assert data.PatientName == source.PatientName and data.MaterialGrade == source.MaterialGrade
    assert np.array_equal(
        read_image(tmp_path / "out" / "weld.diconde.dcm").pixels,
        read_image(film).pixels,
    )


def test_a_compressed_film_stays_compressed(make_film: Maker, found: Findings, tmp_path: Path) -> None:
    film = make_film()
    data = dcmread(film)
    data.compress(RLELossless, generate_instance_uid=False)
    data.save_as(film)
    export_film(film, [found], tmp_path / "out")
    copy = dcmread(tmp_path / "out" / "weld.diconde.dcm")
    assert copy.file_meta.TransferSyntaxUID == RLELossless and copy.PixelData == data.PixelData


def test_frames_of_a_film_of_several(make_film: Maker, found: Findings, tmp_path: Path) -> None:
    film = make_film(
        SOPClassUID=MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
        NumberOfFrames=2,
        PixelData=np.stack([PIXELS, PIXELS // 2]).tobytes(),
    )
    pages = [replace(found, page=1, indications=INDICATIONS[:1]), replace(found, page=2, indications=INDICATIONS[2:])]
    written = export_film(film, pages, tmp_path / "out")
    assert [p.name for p in written] == [
        "weld-1.seg.dcm",
        "weld-1.sr.dcm",
        "weld-2.seg.dcm",
        "weld-2.sr.dcm",
        "weld.diconde.dcm",
    ]
    second = dcmread(written[2])
    frame = second.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0].SourceImageSequence[0]
    assert frame.ReferencedFrameNumber == 2
    assert np.array_equal(segments(tmp_path / "out", "weld-2")["3 flaw"], whole_mask(INDICATIONS[2]))
    assert [i.IndicationNumber for i in indications(written[-1], 1)] == [3, 4]
    region = indications(written[-1], 1)[0].IndicationROISequence[0]
    assert region.ContentSequence[0].ReferencedSOPSequence[0].ReferencedFrameNumber == 2


def refuse(path: Path, found: Findings, out: Path) -> str:
    with pytest.raises(ImageError) as caught:
        export_film(path, [found], out)
    assert not out.exists()
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_refused(make_film: Maker, found: Findings, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "of another film" in refuse(make_film(), replace(found, width=WIDTH + 1), out)
    assert "has no frame 2" in refuse(make_film(), replace(found, page=2), out)
    assert "has no valid StudyInstanceUID" in refuse(make_film(StudyInstanceUID=None), found, out)
    assert "has no valid SOPInstanceUID" in refuse(make_film(SOPInstanceUID="../../x"), found, out)
    assert "is an enhanced" in refuse(make_film(SharedFunctionalGroupsSequence=[Dataset()]), found, out)
    assert "is of a kind" in refuse(make_film(SOPClassUID="1.2.3"), found, out)
    assert "cannot be read" in refuse(tmp_path / "absent.dcm", found, out)
    scan = tmp_path / "scan.png"
    scan.write_bytes(b"\x89PNG" + bytes(200))
    assert "is no DICOM file" in refuse(scan, found, out)
    cut = make_film(name="cut")
    cut.write_bytes(cut.read_bytes()[:-4000])
    assert "is cut off" in refuse(cut, found, out)


def shoelace(polygon: np.ndarray) -> float:
    x, y = polygon[:-1].T
    x1, y1 = polygon[1:].T
    return abs(float((x * y1 - x1 * y).sum())) / 2


def test_outlines_enclose_the_pixels_of_a_mask() -> None:
    mask = np.array([[1, 1, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 1, 0, 1], [0, 1, 1, 0, 0]], bool)
    polygons = outlines(indication(1, "crack", 10, 20, mask))
    assert sorted(shoelace(p) for p in polygons) == [1, mask.sum() - 1]
    points = np.concatenate(polygons)
    assert (points.min(0) == (10, 20)).all() and (points.max(0) == (15, 24)).all()
    assert all((p[0] == p[-1]).all() for p in polygons)
