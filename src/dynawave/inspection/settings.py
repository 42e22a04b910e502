"""Every constant that turns the network's maps into indications."""

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class DecodeSettings:
    """How dense maps become indications; a model's metadata may name its own values.

    Attributes:
        score_threshold: an indication with less is left out.
        mask_threshold: field value from which a pixel belongs to a flaw.
        score_power: the score is class score ** score_power * predicted IoU ** iou_power * mean field ** field_power.
            The class score already counts how well its box fits, as it was trained to.
        iou_power: see score_power.
        field_power: see score_power; the mean is over the mask.
        visible_cnr: contrast over the film's grain at which a score keeps 63 %; 0: contrast does not count.
        nms_iou: of two boxes that overlap more, the weaker goes.
        by_class: each class has boxes of its own, however they lie on those of another, as pores in a weld that is a
            class, too, and its score is that of this class; otherwise a flaw has one box, and the class of its region.
        vote_iou: a cell votes on the sides of a box about it if its own box overlaps that as much; 0: none does.
        regions: indications are the connected regions of the class map, as where pixels are what the model was mostly
            taught, those side by side kept apart by `join_threshold`; what says how boxes are found is not heeded then.
        mask_margin: a mask may reach this share of the box's longer side beyond the box.
        join_threshold: field value from which neighbouring pixels are surely of one flaw; higher than `mask_threshold`,
            as flaws side by side are easily joined by the doubtful pixels between them; 1: regions stay whole.
        long_px: a connected part of the field over `join_threshold` that is longer is one flaw, however many boxes lie
            on it.
        whole_share: a box that covers this share of such a part's box stands for it; without one, the part itself
            becomes an indication.
        fragment_on_part: any other box is a fragment of it if this share of its mask lies on the part.
        own_px: but one that is no longer is a flaw of its own, a pore of a cluster, say: where a flaw reaches further
            than the network sees, the boxes on it are as long as it sees; 0: all are fragments.
        own_score: if its score is that high; a sure box is one that fits.
        present_px: a class with fewer pixels on the whole image is left out of the class map; that is for pictures of
            surfaces, on films a small flaw counts as much as any.
        present_score: a class whose image score is lower is left out of the class map, too.
        max_indications: the strongest are kept.
    """

    score_threshold: float = Field(0.3, ge=0, le=1)
    mask_threshold: float = Field(0.5, gt=0, lt=1)
    score_power: float = Field(1.0, ge=0)
    iou_power: float = Field(0.0, ge=0)
    field_power: float = Field(1.0, ge=0)
    visible_cnr: float = Field(3.0, ge=0)
    nms_iou: float = Field(0.4, ge=0, le=1)
    by_class: bool = Field(False)
    vote_iou: float = Field(0.0, ge=0, le=1)
    regions: bool = Field(False)
    mask_margin: float = Field(0.1, ge=0)
    join_threshold: float = Field(0.8, gt=0, le=1)
    long_px: float = Field(64.0, gt=0)
    whole_share: float = Field(0.7, ge=0, le=1)
    fragment_on_part: float = Field(0.5, ge=0, le=1)
    own_px: float = Field(32.0, ge=0)
    own_score: float = Field(0.3, ge=0, le=1)
    present_px: int = Field(0, ge=0)
    present_score: float = Field(0.0, ge=0, le=1)
    max_indications: int = Field(1000, ge=1)
