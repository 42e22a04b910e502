"""What is written is read back by `read_image`, and by the libraries that know nothing of DynaWave."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
import tifffile

from dynawave.errors import ImageError
from dynawave.images import read_image
from dynawave.records import WeldContext
from dynawave.simulate import FilmSpec, simulate_film
from dynawave.simulate.dataset import simulate_dataset
from dynawave.simulate.formats import FORMATS
from dynawave.simulate.modalities import MODALITIES
from dynawave.simulate.records import SimulatedFilm

CONTEXT = WeldContext(
    modality="radiograph",
    base_metals=("P91", "316L"),
    filler="ERNiCr-3 (Nr. 2.4806, ö)",
    process="GTAW",
    thickness_mm=12.71,
    voltage_kv=183,
    component="Nozzle N2",
    details={"Source": "X-ray", "Detector": "film"},
)


@pytest.fixture(scope="module")
def film() -> SimulatedFilm:
    return replace(simulate_film(3, 1, FilmSpec(width=300, height=256)), context=CONTEXT)


def written(film: SimulatedFilm, file_format: str, folder: Path) -> Path:
    form = FORMATS[file_format]
    path = folder / f"film{form.suffix}"
    path.write_bytes(form.encode(film, "simulated-3-000001"))
    return path


@pytest.mark.parametrize(("file_format", "rounding"), [("png", 1e-4), ("tiff", 1e-12), ("dicom", 1e-12)])
@pytest.mark.parametrize("pixel_size_mm", [0.0403, 0.05, 1 / 30])
def test_pixels_and_their_size(
    film: SimulatedFilm, file_format: str, rounding: float, pixel_size_mm: float, tmp_path: Path
) -> None:
    image = read_image(written(replace(film, pixel_size_mm=pixel_size_mm), file_format, tmp_path))
    assert image.pixels.dtype == np.uint16 and np.array_equal(image.pixels, film.pixels)
    assert image.pixel_size_mm == pytest.approx(pixel_size_mm, rel=rounding)


@pytest.mark.parametrize("file_format", FORMATS)
def test_no_pixel_size_is_made_up(film: SimulatedFilm, file_format: str, tmp_path: Path) -> None:
    assert read_image(written(replace(film, pixel_size_mm=None), file_format, tmp_path)).pixel_size_mm is None


@pytest.mark.parametrize("context", [CONTEXT, WeldContext("radiograph"), WeldContext()])
def test_dicom_gives_back_the_whole_context(film: SimulatedFilm, context: WeldContext, tmp_path: Path) -> None:
    assert read_image(written(replace(film, context=context), "dicom", tmp_path)).context == context


def test_other_programs_read_the_weld_from_the_fields_of_the_standard(film: SimulatedFilm, tmp_path: Path) -> None:
    path = written(film, "dicom", tmp_path)
    data = pydicom.dcmread(path)
    assert np.array_equal(data.pixel_array, film.pixels)
    assert (data.Modality, data.PhotometricInterpretation, data.BitsStored) == ("DX", "MONOCHROME2", 16)
    assert data.PixelSpacing == [0.0403, 0.0403]
    data.remove_private_tags()
    data.save_as(path)
    context = read_image(path).context
    assert (context.modality, context.thickness_mm, context.voltage_kv) == ("radiograph", 12.71, 183)
    assert (context.base_metals, context.component) == (("P91 / 316L",), "Nozzle N2")
    assert context.details["ComponentManufacturingProcedure"] == "GTAW"


def test_tiff_tags(film: SimulatedFilm, tmp_path: Path) -> None:
    with tifffile.TiffFile(written(film, "tiff", tmp_path)) as tiff:
        tags = tiff.pages[0].tags
        assert (tags["BitsPerSample"].value, tags["ResolutionUnit"].value) == (16, 3)
        assert tags["XResolution"].value == tags["YResolution"].value == (100000, 403)


@pytest.mark.parametrize("text", ["no JSON", '{"thickness_mm": "thick"}', '{"thickness_mm": NaN}'])
def test_a_damaged_context_is_told(film: SimulatedFilm, text: str, tmp_path: Path) -> None:
    path = written(film, "dicom", tmp_path)
    data = pydicom.dcmread(path)
    data.private_block(0x0015, "DYNAWAVE")[0x01].value = text
    data.save_as(path)
    with pytest.raises(ImageError, match=r"film\.dcm: is damaged"):
        read_image(path)


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_same_film_gives_the_same_bytes(film: SimulatedFilm, file_format: str) -> None:
    encode = FORMATS[file_format].encode
    assert encode(film, "a") == encode(film, "a")


@pytest.mark.parametrize("name", ["visual", "ultrasonic"])
@pytest.mark.parametrize("file_format", ["tiff", "dicom"])
def test_other_modalities(name: str, file_format: str, tmp_path: Path) -> None:
    modality = MODALITIES[name]
    spec = modality.spec(width=161, height=143)
    simulate_dataset(tmp_path, 1, 5, spec, file_format=file_format)
    image = read_image(next((tmp_path / "images").iterdir()))
    picture = modality.simulate(5, 0, spec)
    assert np.array_equal(image.pixels, picture.pixels)
    if file_format == "dicom":
        assert image.context == picture.context
