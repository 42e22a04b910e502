"""Simulated weld radiographs with exact flaw masks: geometry, X-ray exposure, film and digitiser."""

from dynawave.simulate.film import simulate_film
from dynawave.simulate.records import FilmSpec, SimulatedFilm, SimulatedFlaw

__all__ = ["FilmSpec", "SimulatedFilm", "SimulatedFlaw", "simulate_film"]
