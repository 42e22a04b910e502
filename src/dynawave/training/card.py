"""The card of the model that a training makes, known before the first step: a slip must not cost the training."""

from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from dynawave.documents import first_problem
from dynawave.inspection.runtime import ModelCard
from dynawave.metallurgy.vector import LAYOUT
from dynawave.taxonomy import flaw_class

if TYPE_CHECKING:
    from dynawave.training.config import TrainingConfig

THRESHOLDS: Final = {"score_threshold": 0.3, "mask_threshold": 0.5}
"""Of a model whose configuration names none."""


def card_fields(config: "TrainingConfig", **further: Any) -> dict[str, Any]:
    """Fields of the `ModelCard` of a model trained with `config`, checked by the class that reads them back.

    Args:
        config: of the training; its `card` goes before what follows from the rest of it.
        further: fields that go before both, such as version and terms.

    Raises:
        ValueError: the card has no such field, or its value is out of range.
    """
    classes = [{"name": name, "iso6520": flaw_class(name).iso6520} for name in config.classes]
    layout = LAYOUT if config.network.context else None
    fields = {"schema": 1, "name": config.name, "classes": classes, "channels": config.channels, "context": layout}
    fields |= THRESHOLDS | config.card | further
    if unknown := set(fields) - {field.alias or name for name, field in ModelCard.model_fields.items()}:
        raise ValueError(f"a model card has no {sorted(unknown)[0]}")
    try:
        ModelCard.model_validate(fields)
    except ValidationError as error:
        raise ValueError(first_problem(error).removesuffix(".")) from error
    return fields
