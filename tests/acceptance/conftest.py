from collections.abc import Callable

import pytest

from dynawave.acceptance import Finding
from dynawave.records import ModelInfo, WeldContext
from dynawave.reporting.json import ImageRecord, IndicationRecord, InspectionFile
from dynawave.taxonomy import flaw_class

MM = 0.1

Inspected = Callable[..., InspectionFile]


@pytest.fixture
def inspected() -> Inspected:
    """An inspection of one film of 300 x 60 mm with flaws of (class, x in mm, length, width)."""

    def make(*flaws: tuple[str, float, float, float], mm: float | None = MM, width: int = 3000) -> InspectionFile:
        def record(number: int, name: str, x: float, length: float, across: float) -> IndicationRecord:
            flaw = flaw_class(name)
            return IndicationRecord(
                id=number, flaw=name, iso6520=flaw.iso6520, family=flaw.family, score=0.9,
                box=(x / MM, 200, length / MM, across / MM), spread=(1, 1, 1, 1), length_px=length / MM,
                width_px=across / MM, area_px=round(length * across / MM**2), length_mm=mm and length,
                width_mm=mm and across, area_mm2=mm and length * across, position_mm=mm and (x, 20),
            )  # fmt: skip

        image = ImageRecord(
            id=1, file="film.png", page=None, width=width, height=600, pixel_size_mm=mm, pixel_size_source="user",
            context=WeldContext(), seconds=1, warnings=(), overlay="film.overlay.png",
            indications=tuple(record(i, *flaw) for i, flaw in enumerate(flaws, 1)),
        )  # fmt: skip
        model = ModelInfo("toy", "1", "0" * 64)
        return InspectionFile(complete=True, model=model, images=(image,), failures=())

    return make


@pytest.fixture
def finding() -> Callable[..., Finding]:
    """A finding of an ISO 6520-1 number at x mm."""

    def make(
        number: int | None, length: float, width: float = 0.1, x: float = 10, id: int = 1, **more: object
    ) -> Finding:
        extent = (x, x + length)
        return Finding.model_validate(
            {"id": id, "flaw": "flaw", "iso6520": number, "length_mm": length, "width_mm": width}
            | {"area_mm2": length * width, "extent_mm": extent, **more}
        )

    return make
