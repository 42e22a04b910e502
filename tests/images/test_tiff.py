"""TIFF; files by tifffile, LZW ones by OpenCV, with tags set as needed."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile

from dynawave.errors import ImageError
from dynawave.images import count_pages, read_image, read_pages
from dynawave.images.normalise import to_grey

RNG = np.random.default_rng(0)
GREY16 = RNG.integers(0, 65536, (40, 50), dtype=np.uint16)
GREY8 = RNG.integers(0, 256, (40, 50), dtype=np.uint8)


def tiff(folder: Path, pixels: np.ndarray, **how: Any) -> Path:
    tifffile.imwrite(folder / "film.tif", pixels, **{"photometric": "minisblack", **how})
    return folder / "film.tif"


def by_opencv(folder: Path, pixels: np.ndarray, compression: int = 5) -> Path:
    """Write with a compression that tifffile has not: LZW (5), PackBits (32773), Deflate with float predictor (8)."""
    path = folder / "film.tif"
    assert cv2.imwrite(str(path), pixels, [cv2.IMWRITE_TIFF_COMPRESSION, compression])
    with tifffile.TiffFile(path) as file:
        assert file.pages[0].compression == compression
    return path


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"rowsperstrip": 7},
        {"tile": (16, 32)},
        {"bigtiff": True},
        {"byteorder": ">"},
        {"compression": "deflate"},
        {"compression": "deflate", "predictor": True, "tile": (16, 16)},
    ],
    ids=str,
)
@pytest.mark.parametrize("pixels", [GREY8, GREY16, GREY16.astype(np.float32) / 7], ids=["8", "16", "float"])
def test_every_layout_gives_the_same_pixels(tmp_path: Path, how: dict[str, Any], pixels: np.ndarray) -> None:
    if "predictor" in how and pixels.dtype.kind == "f":
        pytest.skip("tifffile writes no float predictor")
    image = read_image(tiff(tmp_path, pixels, **how))
    assert image.pixels.dtype == pixels.dtype and image.pixels.dtype.isnative
    assert np.array_equal(image.pixels, pixels)
    assert image.page is None


@pytest.mark.parametrize("dtype", ["i2", "u4", "f8", "f2", "i1"])
def test_other_number_types_become_float(tmp_path: Path, dtype: str) -> None:
    pixels = (GREY8 // 3 - 20).astype(dtype)
    image = read_image(tiff(tmp_path, pixels))
    assert image.pixels.dtype == np.float32
    assert np.array_equal(image.pixels, pixels.astype(np.float32))


@pytest.mark.parametrize("pixels", [GREY8, GREY16, GREY16.astype(np.float32)], ids=["8", "16", "float"])
@pytest.mark.parametrize("compression", [5, 8, 32773])
def test_other_compressions_are_read_at_their_own_depth(tmp_path: Path, pixels: np.ndarray, compression: int) -> None:
    image = read_image(by_opencv(tmp_path, pixels, compression))
    assert image.pixels.dtype == pixels.dtype
    assert np.array_equal(image.pixels, pixels)


@pytest.mark.parametrize("write", [tiff, by_opencv])
@pytest.mark.parametrize("pixels", [GREY8, GREY16], ids=["8", "16"])
def test_white_is_zero_is_inverted(tmp_path: Path, write: Any, pixels: np.ndarray) -> None:
    path = write(tmp_path, pixels)
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags["PhotometricInterpretation"].overwrite(0)
    inverted = read_image(path).pixels.astype(int)
    assert np.array_equal(inverted, int(pixels.max()) + int(pixels.min()) - pixels.astype(int))


TURNS = {2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud, 5: np.transpose}
TURNS |= {6: lambda a: np.rot90(a, 3), 7: lambda a: np.rot90(a, 2).T, 8: np.rot90}


@pytest.mark.parametrize("value", TURNS)
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_the_orientation_is_applied(tmp_path: Path, value: int, compression: str | None) -> None:
    path = tiff(tmp_path, GREY16, extratags=[(274, 3, 1, value, True)], compression=compression)
    assert np.array_equal(read_image(path).pixels, TURNS[value](GREY16))


@pytest.mark.parametrize("pixels", [GREY8, GREY16], ids=["8", "16"])
def test_the_orientation_is_applied_once_to_lzw(tmp_path: Path, pixels: np.ndarray) -> None:
    path = by_opencv(tmp_path, pixels)
    data = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as file:
        spare = file.pages[0].tags["SampleFormat"]  # unsigned integers are the default
    data[spare.offset : spare.offset + 2] = (274).to_bytes(2, "little")
    data[spare.valueoffset : spare.valueoffset + 2] = (6).to_bytes(2, "little")
    path.write_bytes(bytes(data))
    assert np.array_equal(read_image(path).pixels, np.rot90(pixels, -1))


def test_colours_alpha_and_palette(tmp_path: Path) -> None:
    rgba = RNG.integers(0, 256, (40, 50, 4), dtype=np.uint8)
    for how in ({}, {"compression": "deflate"}, {"planarconfig": "separate"}):
        stored = np.moveaxis(rgba[..., :3], -1, 0) if how.get("planarconfig") else rgba[..., :3]
        assert np.array_equal(read_image(tiff(tmp_path, stored, photometric="rgb", **how)).pixels, rgba[..., :3])
    path = tiff(tmp_path, rgba, photometric="rgb", extrasamples=["unassalpha"])
    assert np.array_equal(read_image(path).pixels, rgba[..., :3])
    path = tiff(tmp_path, rgba[..., :2], planarconfig="contig", extrasamples=["unassalpha"])
    assert np.array_equal(read_image(path).pixels, rgba[..., 0])
    colours = RNG.integers(0, 65536, (3, 256), dtype=np.uint16)
    path = tiff(tmp_path, GREY8, photometric="palette", colormap=colours)
    assert np.array_equal(read_image(path).pixels, np.moveaxis(colours[:, GREY8], 0, -1))


def test_pages_are_counted_named_and_read(tmp_path: Path) -> None:
    path = tmp_path / "film.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(GREY8, compression="deflate")
        file.write(GREY8[::2, ::2], subfiletype=1)  # a reduced copy of the first
        file.write(GREY16)
        file.write(GREY8[:20] // 2, compression="deflate")
    assert count_pages(path) == 3
    pages = list(read_pages(path, pixel_size_mm=0.1))
    assert [p.name for p in pages] == ["film.tif#1", "film.tif#2", "film.tif#3"]
    for page, expected in zip(pages, (GREY8, GREY16, GREY8[:20] // 2), strict=True):
        assert np.array_equal(page.pixels, expected)
        assert page.pixel_size_mm == 0.1
    assert read_image(path).page == 1
    assert np.array_equal(read_image(path, page=2).pixels, GREY16)
    with pytest.raises(ImageError, match=r"film.tif: has no page 4 of 3\.$"):
        read_image(path, page=4)


def test_a_bad_page_is_named_and_the_others_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "film.tif"
    with tifffile.TiffWriter(path) as file:
        for pixels in (GREY8, np.zeros_like(GREY8), GREY8):
            file.write(pixels)
    with pytest.raises(ImageError, match=r"film.tif#2: holds one grey value only\.$"):
        read_image(path, page=2)
    assert np.array_equal(read_image(path, page=3).pixels, GREY8)


def test_nan_is_tolerated_unless_there_is_nothing_else(tmp_path: Path) -> None:
    pixels = GREY16.astype(np.float32)
    pixels[3:9, 4] = np.nan
    pixels[0, 0] = np.inf
    image = read_image(tiff(tmp_path, pixels))
    assert np.array_equal(image.pixels, pixels, equal_nan=True)
    assert np.isfinite(to_grey(image.pixels)).all()
    with pytest.raises(ImageError, match=r"film.tif: holds no number, only NaN\.$"):
        read_image(tiff(tmp_path, np.full((20, 20), np.nan, np.float32)))


@pytest.mark.parametrize(
    ("resolution", "unit", "expected"),
    [
        ((630, 630), "inch", 25.4 / 630),
        ((200, 200), "centimeter", 0.05),
        ((72, 72), "inch", None),
        ((96, 96), "inch", None),
        ((37.8, 37.8), "centimeter", None),
        ((630, 630), "none", None),
        ((1, 1), "inch", None),
    ],
)
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_resolution(
    tmp_path: Path, resolution: tuple[float, float], unit: str, expected: float | None, compression: str | None
) -> None:
    image = read_image(tiff(tmp_path, GREY8, resolution=resolution, resolutionunit=unit, compression=compression))
    assert image.pixel_size_mm == pytest.approx(expected)
    assert image.pixel_size_source == ("file" if expected else "unknown")


@pytest.mark.parametrize("how", [{}, {"rowsperstrip": 4}, {"compression": "deflate"}, {"tile": (16, 16)}], ids=str)
def test_a_cut_off_file_is_refused(tmp_path: Path, how: dict[str, Any]) -> None:
    path = tiff(tmp_path, GREY16, **how)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ImageError, match=r"film.tif: is cut off"):
        read_image(path)


@pytest.mark.parametrize("length", [4, 8, 12, 100])
def test_a_cut_off_header_is_refused(tmp_path: Path, length: int) -> None:
    path = tiff(tmp_path, GREY16)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ImageError, match=r"film.tif: (is|holds)"):
        read_image(path)


@pytest.mark.parametrize("value", [0, 77, 255])
@pytest.mark.parametrize("pixels", [GREY8, GREY16, GREY16.astype(np.float32)], ids=["8", "16", "float"])
def test_damaged_deflate_is_refused(tmp_path: Path, pixels: np.ndarray, value: int) -> None:
    path = tiff(tmp_path, pixels, compression="deflate")
    with tifffile.TiffFile(path) as file:
        start, count = file.pages[0].dataoffsets[0], file.pages[0].databytecounts[0]
    data = bytearray(path.read_bytes())
    data[start + count // 2 : start + count // 2 + 50] = bytes([value]) * 50
    path.write_bytes(bytes(data))
    with pytest.raises(ImageError, match=r"film.tif: is damaged"):
        read_image(path)


def test_deflate_that_swells_beyond_the_header_is_refused(tmp_path: Path) -> None:
    path = tiff(tmp_path, np.repeat(GREY8, 50, 0), compression="deflate")
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags["ImageLength"].overwrite(40)
        file.pages[0].tags["RowsPerStrip"].overwrite(40)
    with pytest.raises(ImageError, match=r"film.tif: is damaged: its compressed pixels are cut off or too many"):
        read_image(path)


def test_bombs_and_other_kinds_are_refused_by_their_header(tmp_path: Path) -> None:
    path = tiff(tmp_path, GREY8)
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags["ImageWidth"].overwrite(30000)
        file.pages[0].tags["ImageLength"].overwrite(30000)
    with pytest.raises(ImageError, match=r"film.tif: is 30000 x 30000 px large"):
        read_image(path)
    path = tiff(tmp_path, GREY8, tile=(16, 16))
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags["TileWidth"].overwrite(60000)
        file.pages[0].tags["TileLength"].overwrite(60000)
    with pytest.raises(ImageError, match=r"film.tif: is 60000 x 60000 px large"):
        read_image(path)
    with pytest.raises(ImageError, match=r"film.tif: has pixels of the kind CIELAB, not grey or RGB\.$"):
        read_image(tiff(tmp_path, np.dstack([GREY8] * 3), photometric="cielab"))
    with pytest.raises(ImageError, match=r"film.tif: holds complex numbers"):
        read_image(tiff(tmp_path, GREY8 + 1j))


def test_a_compression_without_a_decoder_is_one_sentence(tmp_path: Path) -> None:
    path = tiff(tmp_path, GREY8)
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags["Compression"].overwrite(34712)  # JPEG 2000
    with pytest.raises(ImageError) as caught:
        read_image(path)
    assert str(caught.value) == f"{path}: is compressed as JPEG2000, which is not read."
