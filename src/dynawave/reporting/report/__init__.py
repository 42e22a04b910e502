"""The report that is handed over: header, film, verdicts, image quality and signatures, in German or English."""

from dynawave.reporting.report.content import Content, build
from dynawave.reporting.report.films import Film
from dynawave.reporting.report.header import Header, read_header
from dynawave.reporting.report.pages import html, pdf, sheets
from dynawave.reporting.report.write import shown_film, write_report

__all__ = ["Content", "Film", "Header", "build", "html", "pdf", "read_header", "sheets", "shown_film", "write_report"]
