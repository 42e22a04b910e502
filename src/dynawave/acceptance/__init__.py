"""Acceptance: indications against the versioned tables of a standard, as an aid to the person who signs.

table = find_table("iso5817:2023")
weld = WeldData(level="B", joint="butt", thickness_mm=12)
missing(table, weld)                    # what must be asked for first
judgement = judge(document, table, weld)
"""

from dynawave.acceptance.judge import findings, judge, judge_image
from dynawave.acceptance.library import find_table, parse_table, shipped_tables, table_file
from dynawave.acceptance.records import AID, Authorisation, Check, Finding, ImageVerdict, Judgement, Verdict
from dynawave.acceptance.table import Table
from dynawave.acceptance.weld import QUESTIONS, WeldData, missing

__all__ = [
    "AID",
    "QUESTIONS",
    "Authorisation",
    "Check",
    "Finding",
    "ImageVerdict",
    "Judgement",
    "Table",
    "Verdict",
    "WeldData",
    "find_table",
    "findings",
    "judge",
    "judge_image",
    "missing",
    "parse_table",
    "shipped_tables",
    "table_file",
]
