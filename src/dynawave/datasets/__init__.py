"""Annotated images: COCO inside, readers for other layouts, splits by film."""
