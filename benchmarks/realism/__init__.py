"""How like real films the simulated ones are: distances of statistics, and a classifier that tells them apart."""
