"""Where the workbench keeps things: rows in a database, files by their SHA-256."""
