"""The report as a page (HTML) and as a document (PDF): the same content in two layouts."""

import base64
import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from dynawave.errors import DynaWaveError
from dynawave.reporting.report.content import Content
from dynawave.reporting.report.picture import STYLES

LAYOUT: Final = Path(__file__).parent / "templates" / "report.typ"
SIGNS: Final = {"acceptable": "✓", "not acceptable": "✗", "no verdict": "?", "": ""}
ARCHIVE: Final = "a-2a"
"""PDF/A for archives, with text that can be read aloud and searched."""
COLOURS: Final = {outcome: colour for outcome, (colour, _) in STYLES.items()}


def html(content: Content) -> bytes:
    """One page that needs no other file; whatever a person wrote is shown as text."""
    environment = Environment(
        loader=PackageLoader("dynawave.reporting.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    template = environment.get_template("report.html.j2")
    order = list(STYLES)
    page = template.render(c=content, signs=SIGNS, colours=COLOURS, loop_class=order.index, picture=_data_uri)
    return page.encode()


def pdf(content: Content) -> bytes:
    """The document; the same bytes for the same content.

    Raises:
        DynaWaveError: typst is not installed.
    """
    return bytes(_typeset(content, "pdf"))


def sheets(content: Content, ppi: float = 100) -> list[bytes]:
    """The document's pages as PNG, to be shown."""
    pages = _typeset(content, "png", ppi)
    return [bytes(page) for page in (pages if isinstance(pages, list) else [pages])]


def _typeset(content: Content, kind: Literal["pdf", "png"], ppi: float | None = None) -> Any:
    try:
        import typst
    except ImportError as error:
        raise DynaWaveError("A PDF needs typst: pip install 'dynawave[report]', or write an HTML report.") from error
    with TemporaryDirectory() as name:
        folder = Path(name)
        data = asdict(content) | {"colours": COLOURS}
        for film, part in enumerate(data["films"], 1):
            for place, strip in enumerate(part["strips"], 1):
                strip["file"] = f"film-{film}-{place}.svg"
                (folder / strip["file"]).write_text(strip.pop("svg"), encoding="utf-8")
        (folder / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        (folder / "report.typ").write_bytes(LAYOUT.read_bytes())
        # what people write goes in as data, beside a layout that is ours: nothing of it is ever run
        compiler = typst.Compiler(str(folder / "report.typ"), root=name)
        if kind == "pdf":
            with suppress(typst.TypstError):  # a letter that no font here has may not stand in an archive
                return compiler.compile(format=kind, pdf_standards=[ARCHIVE])
        return compiler.compile(format=kind, ppi=ppi)


def _data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")
