"""PNG and JPEG, built here chunk by chunk, so that neither OpenCV nor Pillow writes what OpenCV reads."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from dynawave.errors import ImageError
from dynawave.images import read_image

RNG = np.random.default_rng(0)
GREY8 = RNG.integers(0, 256, (20, 30), dtype=np.uint8)
GREY16 = RNG.integers(0, 65536, (20, 30), dtype=np.uint16)
RGB8 = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)
# a JPEG keeps smooth shading closely
SMOOTH = (np.add.outer(np.arange(48) * 2, np.arange(64)) % 256).astype(np.uint8)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(pixels: np.ndarray, colour: int, *, extra: bytes = b"", depth: int = 8, size: tuple | None = None) -> bytes:
    rows = pixels.astype(pixels.dtype.newbyteorder(">"))
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    width, height = size or (pixels.shape[1], pixels.shape[0])
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def jpeg(pixels: np.ndarray, jfif: bytes | None = None, exif: bytes = b"") -> bytes:
    data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 98])[1].tobytes()
    assert data[2:4] == b"\xff\xe0"
    after = 4 + int.from_bytes(data[4:6])
    first = data[2:after] if jfif is None else b"\xff\xe0" + struct.pack(">H", len(jfif) + 2) + jfif
    second = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif if exif else b""
    return data[:2] + first + second + data[after:]


def density(unit: int, x: int, y: int) -> bytes:
    return b"JFIF\0\x01\x01" + struct.pack(">BHH", unit, x, y) + b"\0\0"


def orientation(value: int) -> bytes:
    return b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 274, 3, 1, value, 0) + b"\0\0\0\0"


def saved(folder: Path, data: bytes, name: str = "film.png") -> Path:
    (folder / name).write_bytes(data)
    return folder / name


@pytest.mark.parametrize(
    ("pixels", "colour", "depth"), [(GREY8, 0, 8), (GREY16, 0, 16), (RGB8, 2, 8)], ids=["8", "16", "rgb"]
)
def test_png_is_read_at_its_own_depth(tmp_path: Path, pixels: np.ndarray, colour: int, depth: int) -> None:
    image = read_image(saved(tmp_path, png(pixels, colour, depth=depth)))
    assert image.pixels.dtype == pixels.dtype
    assert np.array_equal(image.pixels, pixels)
    assert (image.name, image.page, image.pixel_size_mm, image.pixel_size_source) == ("film.png", None, None, "unknown")


def test_png_alpha_is_dropped_and_equal_colours_are_grey(tmp_path: Path) -> None:
    alpha = np.full_like(GREY8, 128)
    alpha[0] = 0
    for data in (
        png(np.dstack([GREY8, alpha]), 4),
        png(np.dstack([GREY8, GREY8, GREY8, alpha]), 6),
        png(np.dstack([GREY8] * 3), 2),
    ):
        assert np.array_equal(read_image(saved(tmp_path, data)).pixels, GREY8)


def test_png_palette_is_looked_up(tmp_path: Path) -> None:
    palette = RNG.integers(0, 256, (256, 3), dtype=np.uint8)
    data = png(GREY8, 3, extra=chunk(b"PLTE", palette.tobytes()) + chunk(b"tRNS", b"\0\x80"))
    assert np.array_equal(read_image(saved(tmp_path, data)).pixels, palette[GREY8])


@pytest.mark.parametrize(
    ("x", "y", "unit", "expected"),
    [
        (24803, 24803, 1, 1000 / 24803),  # 630 dpi: a film digitiser
        (2835, 2835, 1, None),  # 72 dpi and
        (3780, 3780, 1, None),  # 96 dpi are written for screens
        (24803, 24803, 0, None),  # a ratio, no length
        (1, 1, 1, None),
    ],
)
def test_png_density_is_a_pixel_size_only_when_a_scanner_may_have_it(
    tmp_path: Path, x: int, y: int, unit: int, expected: float | None
) -> None:
    path = saved(tmp_path, png(GREY8, 0, extra=chunk(b"pHYs", struct.pack(">IIB", x, y, unit))))
    image = read_image(path)
    assert image.pixel_size_mm == pytest.approx(expected)
    assert image.pixel_size_source == ("file" if expected else "unknown")
    given = read_image(path, pixel_size_mm=0.07)
    assert (given.pixel_size_mm, given.pixel_size_source) == (0.07, "user")


def test_pixels_that_are_not_square_need_the_users_word(tmp_path: Path) -> None:
    path = saved(tmp_path, png(GREY8, 0, extra=chunk(b"pHYs", struct.pack(">IIB", 20000, 10000, 1))))
    with pytest.raises(ImageError, match=r"film.png: has pixels of 0.05 x 0.1 mm, which are not square"):
        read_image(path)
    assert read_image(path, pixel_size_mm=0.1).pixel_size_mm == 0.1


WHOLE = png(GREY8, 0)


@pytest.mark.parametrize("length", [8, 20, 40, len(WHOLE) // 2, len(WHOLE) - 12, len(WHOLE) - 1])
def test_a_png_cut_off_anywhere_is_refused(tmp_path: Path, length: int) -> None:
    with pytest.raises(ImageError, match=r"film.png: is cut off"):
        read_image(saved(tmp_path, WHOLE[:length]))


def test_a_png_with_a_flipped_bit_is_refused(tmp_path: Path) -> None:
    data = bytearray(WHOLE)
    data[len(data) // 2] ^= 1
    with pytest.raises(ImageError, match=r"film.png: is damaged: a checksum does not fit"):
        read_image(saved(tmp_path, bytes(data)))


def test_a_png_with_too_few_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"film.png: is damaged"):
        read_image(saved(tmp_path, png(GREY8[:11], 0, size=(30, 20))))


def test_a_png_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"film.png: is 30000 x 30000 px large, more than the 400 megapixels"):
        read_image(saved(tmp_path, png(GREY8, 0, size=(30000, 30000))))


def test_jpeg_is_read_and_its_order_of_colours_kept(tmp_path: Path) -> None:
    image = read_image(saved(tmp_path, jpeg(SMOOTH), "film.jpg"))
    assert image.pixels.shape == SMOOTH.shape
    assert np.abs(image.pixels.astype(int) - SMOOTH).mean() < 2
    red = np.zeros((48, 64, 3), np.uint8)
    red[..., 2] = SMOOTH // 2 + 100  # OpenCV's order is blue, green, red
    means = read_image(saved(tmp_path, jpeg(red), "red.jpg")).pixels.mean((0, 1))
    assert means[0] > 100 > 20 > means[1:].max()


@pytest.mark.parametrize(
    ("value", "turn"),
    [(1, lambda a: a), (3, lambda a: a[::-1, ::-1]), (6, lambda a: np.rot90(a, -1)), (5, lambda a: a.T)],
)
def test_jpeg_is_turned_as_its_exif_says(tmp_path: Path, value: int, turn) -> None:
    plain = read_image(saved(tmp_path, jpeg(SMOOTH), "a.jpg")).pixels
    turned = read_image(saved(tmp_path, jpeg(SMOOTH, exif=orientation(value)), "b.jpg")).pixels
    assert np.array_equal(turned, turn(plain))


def test_jpeg_density(tmp_path: Path) -> None:
    def size(data: bytes) -> float | None:
        return read_image(saved(tmp_path, data, "film.jpg")).pixel_size_mm

    assert size(jpeg(SMOOTH, density(1, 508, 508))) == pytest.approx(0.05)
    assert size(jpeg(SMOOTH, density(2, 200, 200))) == pytest.approx(0.05)
    assert size(jpeg(SMOOTH, density(1, 72, 72))) is None
    assert size(jpeg(SMOOTH, density(0, 508, 508))) is None
    assert size(jpeg(SMOOTH, density(1, 508, 508), orientation(1))) is None, "a camera's file"


def test_a_jpeg_cut_off_or_too_large_is_refused(tmp_path: Path) -> None:
    data = jpeg(SMOOTH)
    for length in (3, 10, 100, len(data) // 2, len(data) - 2):
        with pytest.raises(ImageError, match=r"film.jpg: is cut off"):
            read_image(saved(tmp_path, data[:length], "film.jpg"))
    frame = data.index(b"\xff\xc0")
    huge = data[: frame + 5] + struct.pack(">HH", 30000, 30000) + data[frame + 9 :]
    with pytest.raises(ImageError, match=r"film.jpg: is 30000 x 30000 px large"):
        read_image(saved(tmp_path, huge, "film.jpg"))


def test_bytes_after_the_end_of_a_jpeg_do_no_harm(tmp_path: Path) -> None:
    assert read_image(saved(tmp_path, jpeg(SMOOTH) + b"a camera's preview")).width == 64
