"""What photographs are to be drawn."""

from dataclasses import dataclass

from dynawave.errors import ConfigError
from dynawave.simulate.picture import check_size


@dataclass(frozen=True, slots=True)
class PhotoSpec:
    """What photographs are to be drawn; everything not named here is drawn at random from each one's own stream.

    Attributes:
        width: columns in pixels.
        height: rows in pixels.
        pixels_mm: least and greatest edge of a pixel on the plate in mm.
        sound_share: share of photographs without any flaw.
        upright_share: share of photographs whose seam runs up the picture instead of along it.
        jpeg_share: share of photographs that went through JPEG compression.

    Raises:
        ConfigError: a size or a share is out of range.
    """

    width: int = 512
    height: int = 512
    pixels_mm: tuple[float, float] = (0.05, 0.11)
    sound_share: float = 0.15
    upright_share: float = 0.4
    jpeg_share: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        check_size(self.width, self.height, self.sound_share)
        if not all(0 <= share <= 1 for share in (self.upright_share, self.jpeg_share)):
            raise ConfigError("a share of photographs lies outside 0 to 1.")
        if not 0 < self.pixels_mm[0] <= self.pixels_mm[1]:
            raise ConfigError("pixel sizes of photographs must be positive, the least first.")
