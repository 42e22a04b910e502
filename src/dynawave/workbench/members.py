"""Which projects a person sees: all on a computer of their own, in a team those whose member they are."""

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from dynawave.workbench import audit
from dynawave.workbench.people import Person
from dynawave.workbench.store.models import Member, Project


def seen_by(person: Person) -> ColumnElement[bool]:
    """What narrows a query to the projects that a person sees."""
    if not person.id or person.role == "admin":
        return true()
    return Project.id.in_(select(Member.project_id).where(Member.account_id == person.id))


def new_project(session: Session, person: Person, name: str, line: bool = False) -> Project:
    """A project; who makes it is a member."""
    project = Project(name=name, line=line)
    session.add(project)
    session.flush()
    if person.id and person.role != "admin":
        session.add(Member(project_id=project.id, account_id=person.id))
    audit.note(session, person.name, "project made", project.id, name=name)
    return project


def line_project(session: Session, person: Person) -> Project:
    """The project that takes what this person's line integration posts."""
    found = session.scalars(select(Project).where(Project.line, seen_by(person)).order_by(Project.number)).first()
    return found or new_project(session, person, "Line" if not person.id else f"Line ({person.name})", line=True)
