"""Weld flaws: shapes of missing metal (`shapes`), what a flaw is made of (`kinds`), and what is in a film (`plan`)."""
