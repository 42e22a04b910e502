"""The output folder of a run: pictures at once, image by image; the documents at the end."""

from collections.abc import Sequence
from pathlib import Path

from dynawave.datasets.coco import CocoAnnotation, CocoDataset, CocoImage, write_coco
from dynawave.images.files import unique_stem, write_png
from dynawave.records import Inspection, ModelInfo
from dynawave.reporting import coco
from dynawave.reporting.html import write_html
from dynawave.reporting.json import Failure, ImageRecord, InspectionFile, image_record, write_json
from dynawave.reporting.overlay import draw_overlay
from dynawave.reporting.probability import probability_levels
from dynawave.taxonomy import FlawClass


class ReportFolder:
    """Collects the inspections of a run and writes its files into `directory`, which exists.

    Only records are kept in memory, no pixels, so a run may be as long as it likes.
    """

    def __init__(self, directory: Path, model: ModelInfo, classes: Sequence[FlawClass]) -> None:
        self._directory = directory
        self._model = model
        self._classes = tuple(classes)
        self._stems: set[str] = set()
        self._coco_images: list[CocoImage] = []
        self._annotations: list[CocoAnnotation] = []
        self.images: list[ImageRecord] = []
        self.failures: list[Failure] = []

    def add(self, inspection: Inspection, name: str, probability: bool = False) -> None:
        """Write an inspection's pictures and keep its record; `name` is the file's in `coco.json`.

        Raises:
            DynaWaveError: the folder cannot be written to.
        """
        number = len(self.images) + 1
        name = f"{name}#{inspection.image.page}" if inspection.image.page else name
        stem = unique_stem(name, self._stems)
        overlay = f"{stem}.overlay.png"
        write_png(self._directory / overlay, draw_overlay(inspection))
        files: dict[str, str | None] = {}
        if probability:
            files["probability"] = f"{stem}.probability.png"
            write_png(self._directory / f"{stem}.probability.png", probability_levels(inspection.probability))
            if inspection.class_map is not None:
                files["classes"] = f"{stem}.classes.png"
                write_png(self._directory / f"{stem}.classes.png", inspection.class_map)
        record = image_record(inspection, number, overlay, **files)
        first = len(self._annotations) + 1
        self._annotations += coco.annotations(inspection, number, first, self._classes)
        self._coco_images.append(coco.coco_image(inspection, number, name))
        self.images.append(record)

    def fail(self, file: Path, reason: str) -> None:
        """Keep note of a file, or a page of it, that could not be inspected."""
        self.failures.append(Failure(file=str(file), reason=reason))

    def close(self, complete: bool) -> None:
        """Write `inspection.json`, `coco.json` and `report.html`.

        Raises:
            DynaWaveError: the folder cannot be written to.
        """
        document = InspectionFile(
            complete=complete, model=self._model, images=tuple(self.images), failures=tuple(self.failures)
        )
        write_json(document, self._directory / "inspection.json")
        images, annotations = tuple(self._coco_images), tuple(self._annotations)
        write_coco(CocoDataset(self._directory, images, coco.categories(self._classes), annotations), self._directory)
        write_html(document, self._directory / "report.html")
