"""Read and write images at their original depth; contrast normalisation; tiling."""

from dynawave.images.read import count_pages, read_image, read_pages

__all__ = ["count_pages", "read_image", "read_pages"]
