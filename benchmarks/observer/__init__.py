"""The physical limit: what an ideal linear observer detects on simulated films, beside what the network detects."""
