"""Training: tiles, augmentation, targets, losses, Lightning module and export."""
