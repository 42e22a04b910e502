"""The network's calls on whole films against what sections of the welds showed, by ISO 6520 family."""
