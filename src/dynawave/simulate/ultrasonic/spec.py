"""What ultrasonic pictures are to be drawn."""

from dataclasses import dataclass

from dynawave.errors import ConfigError
from dynawave.simulate.picture import check_size

VIEWS = ("sector", "b_scan", "tofd")


@dataclass(frozen=True, slots=True)
class ScanSpec:
    """What scans are to be drawn; everything not named here is drawn at random from each scan's own stream.

    Attributes:
        width: columns in pixels.
        height: rows in pixels.
        sound_share: share of scans without any flaw.
        views: kinds of scan, each as likely as it is often named here: "sector", "b_scan", "tofd".

    Raises:
        ConfigError: a size, share or view is out of range.
    """

    width: int = 512
    height: int = 512
    sound_share: float = 0.2
    views: tuple[str, ...] = VIEWS

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        check_size(self.width, self.height, self.sound_share)
        if not self.views or not set(self.views) <= set(VIEWS):
            raise ConfigError(f"ultrasonic views are {', '.join(VIEWS)}, not {', '.join(self.views) or 'none'}.")
