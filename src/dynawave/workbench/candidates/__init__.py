"""Models that may inspect: taken in, compared with the active one on the same films, made active by a named person."""
