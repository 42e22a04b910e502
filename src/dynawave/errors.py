"""Errors that a user can act on: each message is one sentence that names the file and the reason."""


class DynaWaveError(Exception):
    """Base of every error that the command line shows as one sentence instead of a traceback."""


class ImageError(DynaWaveError):
    """An image file cannot be read, or what it holds is not an image that can be inspected."""


class WeightsError(DynaWaveError):
    """A weights file is missing, damaged or not one of ours."""


class DatasetError(DynaWaveError):
    """A data set does not follow its published layout."""


class ConfigError(DynaWaveError):
    """A configuration names an unknown key or a value out of range."""
