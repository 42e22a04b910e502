"""A film's result as COCO, for other programs."""

from typing import Any

from dynawave.datasets.items import CocoAnnotation, CocoCategory, CocoImage
from dynawave.rle import encode
from dynawave.taxonomy import flaw_class
from dynawave.workbench.shapes import mask_of
from dynawave.workbench.state import FilmState
from dynawave.workbench.store.models import Film

Document = dict[str, Any]


def coco_parts(
    film: Film, state: FilmState, image_id: int, first_id: int, categories: dict[str, CocoCategory], file_name: str
) -> tuple[CocoImage, list[CocoAnnotation]]:
    """A film and its accepted indications as COCO has them; classes that are new are added to `categories`."""
    image = CocoImage(
        id=image_id, file_name=file_name, width=film.width, height=film.height, pixel_size_mm=film.pixel_size_mm
    )
    annotations: list[CocoAnnotation] = []
    for known in sorted(state.indications.values(), key=lambda known: known["number"]):
        if known["state"] != "accepted":
            continue
        flaw = flaw_class(known["class"])
        category = categories.setdefault(
            flaw.name, CocoCategory(id=len(categories) + 1, name=flaw.name, iso6520=flaw.iso6520)
        )
        mask, offset = mask_of(known)
        annotations.append(
            CocoAnnotation.model_validate(
                {
                    "id": first_id + len(annotations),
                    "image_id": image_id,
                    "category_id": category.id,
                    "bbox": known["box"],
                    "area": known["area_px"],
                    "segmentation": encode(mask, offset, (film.height, film.width)),
                    "iso6520": flaw.iso6520,
                    "length_mm": known["length_px"] * film.pixel_size_mm if film.pixel_size_mm else None,
                    "width_mm": known["width_px"] * film.pixel_size_mm if film.pixel_size_mm else None,
                    "depth_mm": known.get("depth_mm"),
                    "score": known["score"],
                    "indication": known["number"],
                }
            )
        )
    return image, annotations


def coco_of(film: Film, state: FilmState) -> Document:
    """The film's accepted indications as a COCO document."""
    categories: dict[str, CocoCategory] = {}
    image, annotations = coco_parts(film, state, 1, 1, categories, film.name)
    return {
        "images": [image.model_dump(mode="json", exclude_none=True)],
        "categories": [category.model_dump(mode="json") for category in categories.values()],
        "annotations": [annotation.model_dump(mode="json", exclude_none=True) for annotation in annotations],
    }
