"""What is known of a set as a whole: its name, the terms of its data, and what its labels say."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

Labels = Literal["instances", "semantic", "image"]


class About(BaseModel):
    """A set as a whole; a `coco.json` holds it under `info`.

    Attributes:
        name: short name of the set, or "".
        terms: under which terms its data may be used, in words; "" where nobody said.
        research_only: the terms, or their absence, leave no room for more than research: a model that was trained on
            the set says so.
        labels: "instances": an annotation is a thing. "semantic": every pixel has a class, and annotations are the
            connected regions of a class; all of an image give back its mask. "image": an annotation says that the
            image as a whole shows the class; its box is the image.
        ground: name of the class of the pixels that no annotation covers, or "".
    """

    model_config = ConfigDict(frozen=True)

    name: str = ""
    terms: str = ""
    research_only: bool = False
    labels: Labels = "instances"
    ground: str = ""


UNKNOWN: Final = About()
