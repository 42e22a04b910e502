"""`dynawave data`: annotated sets."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dynawave.cli.ending import INCOMPLETE

app = typer.Typer(help="Annotated sets of films.", no_args_is_help=True)


class Kind(StrEnum):
    """Layouts that can be converted."""

    COCO = "coco"
    GDXRAY = "gdxray"
    MASKS = "masks"
    PUBLISHED = "published"
    VOC = "voc"
    YOLO = "yolo"


@app.callback()
def data() -> None:
    """Annotated sets of films."""


@app.command()
def convert(
    kind: Annotated[Kind, typer.Argument(help="Layout of the source.")],
    source: Annotated[Path, typer.Argument(metavar="SRC", help="Its folder; of coco the JSON file.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="New folder for the set.")],
    film: Annotated[
        str | None,
        typer.Option(
            metavar="REGEX",
            help="Names the film, specimen or slice from a file's stem (first group), so that splits keep it together.",
        ),
    ] = None,
) -> None:
    """Convert a set to the COCO layout that training and evaluation read; images stay at their depth.

    gdxray: W0001 with W0002. masks: images/ with masks/, labels/ or annotations/, class values 0-255, names in
    classes.json. yolo: images/ with labels/, names in classes.txt or data.yaml. voc: JPEGImages/ with Annotations/.
    published: any layout that --data takes, see docs/data.md; `neu-seg#train` is a part of one.

    Example: dynawave data convert yolo plant-films --out films --film '^(weld-[0-9]+)'
    """
    import re

    from rich.console import Console
    from rich.table import Table

    from dynawave.datasets.convert import convert as run
    from dynawave.datasets.split import films

    try:
        re.compile(film or "")
    except re.error as error:
        raise typer.BadParameter(f"is no regular expression: {error}", param_hint="--film") from error
    with Console(stderr=True).status(f"Converting {source}"):
        dataset = run(kind.value, source, out, film)
    table = Table("Class")
    table.add_column("Flaws", justify="right")
    for category in dataset.categories:
        count = sum(annotation.category_id == category.id for annotation in dataset.annotations)
        table.add_row(category.name, str(count))
    Console().print(table)
    typer.echo(f"{out}: {len(dataset.images)} images of {len(films(dataset))} films")


@app.command()
def check(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Sets; see docs/data.md for layouts.")],
    out: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write every finding.")] = None,
) -> None:
    """Look for what is wrong with sets, and for what leaks between their parts.

    Reads every image once. Finds copies and near-duplicates, turned and mirrored ones too, in different parts or films;
    boxes outside their image, empty or inverted; classes that differ; images that are missing, cannot be read or are of
    another size. Exit status 1 when something is found.

    Example: dynawave data check films/train films/held-out --json leaks.json
    """
    from rich.console import Console
    from rich.progress import track

    from dynawave.datasets.check import check as run
    from dynawave.images.files import write_json

    errors = Console(stderr=True)
    report = run(
        folders,
        lambda items: track(items, "Images", console=errors, transient=True, disable=not errors.is_terminal),
    )
    if out:
        write_json(out, report.model_dump())
    console = Console()
    console.print(report.summary())
    if not report.findings:
        typer.echo("Nothing found.")
        return
    console.print(report.table())
    raise typer.Exit(INCOMPLETE)
