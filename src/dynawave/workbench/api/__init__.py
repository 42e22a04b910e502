"""The REST API: one router a subject, thin."""
