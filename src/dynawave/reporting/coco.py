"""`coco.json`: indications in the layout that annotations have, so that any COCO tool can show or score them."""

from collections.abc import Sequence

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoImage
from dynawave.records import Inspection
from dynawave.taxonomy import FlawClass


def categories(classes: Sequence[FlawClass]) -> tuple[CocoCategory, ...]:
    """The model's classes, numbered from 1 in their order, which is the same for every run of a model."""
    return tuple(CocoCategory(id=i, name=c.name, iso6520=c.iso6520) for i, c in enumerate(classes, 1))


def coco_image(inspection: Inspection, number: int, name: str) -> CocoImage:
    """The image's entry under `name`."""
    image = inspection.image
    return CocoImage(
        id=number, file_name=name, width=image.width, height=image.height, pixel_size_mm=image.pixel_size_mm
    )


def annotations(
    inspection: Inspection, image_id: int, first_id: int, classes: Sequence[FlawClass]
) -> list[CocoAnnotation]:
    """Entries of the indications, numbered from `first_id`; beyond COCO, `indication` is the number in the image."""
    size = inspection.image.height, inspection.image.width
    return [
        CocoAnnotation.model_validate(
            {
                "id": first_id + place,
                "image_id": image_id,
                "category_id": classes.index(indication.flaw) + 1,
                "bbox": tuple(round(side, 2) for side in indication.box),
                "area": indication.area_px,
                "segmentation": indication.rle(*size),
                "iso6520": indication.flaw.iso6520,
                "length_mm": indication.length_mm,
                "width_mm": indication.width_mm,
                "score": round(indication.score, 6),
                "indication": indication.id,
            }
        )
        for place, indication in enumerate(inspection.indications)
    ]
