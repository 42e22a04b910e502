"""What sums all tables up: ours beside the best of its peers and what others published, and how far each table is."""

from collections.abc import Sequence

from dynawave.evaluation.table import Table, figure
from dynawave.reproduce.plan import Plan
from dynawave.reproduce.results import NOT_RUN, Result, best_seed, headlines, mean, of_kept, spread, worth
from dynawave.reproduce.summary import Found, days, progress


def overview(found: Found, folder: str) -> str:
    """The page in Markdown.

    Args:
        found: the tables.
        folder: of their pages, seen from this one.
    """
    tables = (_compared(found, folder), _listed(found, folder))
    return "\n".join(
        (
            "# Results\n",
            "Mean and standard deviation over the seeds; where not all have been run, how many. The page of a table "
            "has its protocol, all its measures and rows, and for each its seeds, day and revision.\n",
            *(table.markdown() for table in tables if table.rows),
        )
    )


def _compared(found: Found, folder: str) -> Table:
    """Tables with peers, measure by measure: each has the peer that is best by it."""
    rows = tuple(
        (
            "" if index else _link(plan, folder),
            heading,
            spread(results[0].values(place), len(plan.table.seeds)),
            _kept_model(plan, results, place),
            _best_peer(plan, results, place),
            plan.table.published.get(place, "-"),
        )
        for plan, results in found
        if plan.table.peers
        for index, (place, heading) in enumerate(headlines(plan, results).items())
    )
    headings = ("", "measure", "DynaWave, as many tiles as peers", "the model kept", "best peer", "published")
    return Table("Beside peers", headings, rows)


def _kept_model(plan: Plan, results: Sequence[Result], place: str) -> str:
    """What the kept model has; of folds the row that it was trained as."""
    row = of_kept(plan, results)
    seed = best_seed(plan, row)
    if seed is None:
        return NOT_RUN
    return spread(row.values(place), len(plan.table.seeds)) if plan.table.folds else figure(row.values(place)[seed])


def _best_peer(plan: Plan, results: Sequence[Result], place: str) -> str:
    peers = [result for result in results if result.row.peer and mean(result.values(place)) is not None]
    if not peers:
        return NOT_RUN
    best = max(peers, key=lambda result: worth(place, mean(result.values(place))))
    return f"{best.row.title}: {spread(best.values(place), len(plan.table.seeds))}"


def _listed(found: Found, folder: str) -> Table:
    """Every table, how far it is, and the first measure of its first row."""
    rows = []
    for plan, results in found:
        place, heading = next(iter(plan.table.measures.items()))
        value = spread(results[0].values(place), len(plan.table.seeds))
        first = results[0].row.title
        rows.append((_link(plan, folder), progress(plan, results), days(results) or "-", f"{first}: {heading} {value}"))
    return Table("What has been run", ("", "runs", "days", "first row"), tuple(rows))


def _link(plan: Plan, folder: str) -> str:
    return f"[{plan.table.title}]({folder}/{plan.name}.md)"
