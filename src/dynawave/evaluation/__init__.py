"""How good a detector is: average precision, FROC, pixel measures, flaw sizes; an untrained baseline; tables."""
