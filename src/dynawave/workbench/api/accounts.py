"""People: login, accounts, members of projects, tokens of the line integration."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import delete, select

from dynawave.workbench import audit, people, tokens
from dynawave.workbench.api.access import Bench, ProjectId, Who, project_for
from dynawave.workbench.api.texts import Line, Name
from dynawave.workbench.errors import Conflict, Forbidden, NotFound
from dynawave.workbench.guard import COOKIE, secret_of
from dynawave.workbench.people import LEAST_PASSWORD, SESSION, Person, Role
from dynawave.workbench.store.models import Account, Login, Member, Project

router = APIRouter(prefix="/api/v1", tags=["people"])

PersonName = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^\s\x00-\x1f]([^\x00-\x1f]*[^\s\x00-\x1f])?$")
]
FullName = Annotated[str, Field(max_length=100, pattern=r"^([^\s\x00-\x1f]([^\x00-\x1f]*[^\s\x00-\x1f])?)?$")]
NO_ACCOUNTS: Final = "This workbench has no accounts; it was started without --team."
Password = Annotated[str, Field(min_length=LEAST_PASSWORD, max_length=200)]


class Credentials(BaseModel):
    """What is asked for at the login."""

    name: Name
    password: str = Field(min_length=1, max_length=200)


class Me(BaseModel):
    """Who you are; `csrf` is what changes have to carry as X-CSRF-Token, null where nobody logs in.

    With an account you sign as `full_name` or, where it is empty, as `name`.
    """

    name: str
    full_name: str
    role: Role
    account: bool
    csrf: str | None


class NewAccount(BaseModel):
    """An account to be added; its person signs as `full_name` or, where it is empty, as `name`."""

    name: PersonName
    full_name: FullName = ""
    password: Password
    role: Role


class ChangedAccount(BaseModel):
    """What is to change of an account."""

    password: Password | None = None
    role: Role | None = None
    active: bool | None = None
    full_name: FullName | None = None


class AccountView(BaseModel):
    """An account."""

    id: str
    name: str
    full_name: str
    role: str
    active: bool


class Accounts(BaseModel):
    """All accounts, at most 1000."""

    items: list[AccountView]
    next: None = None


class Members(BaseModel):
    """Names of the accounts that see a project."""

    names: list[Line] = Field(max_length=1000)


class NewToken(BaseModel):
    """What a token is for."""

    label: Annotated[Name, Field(max_length=100)]


class Token(BaseModel):
    """A token, shown this once: `Authorization: Bearer TOKEN`."""

    token: str


class TokenView(BaseModel):
    """What is known of a token; not the token."""

    id: str
    label: str
    created: str
    expires: str


class Tokens(BaseModel):
    """All of your tokens."""

    items: list[TokenView]
    next: None = None


class ChangedPassword(BaseModel):
    """Your own password, and the one that replaces it."""

    old: str = Field(min_length=1, max_length=200)
    new: Password


TokenId = Annotated[str, Path(pattern=f"^[0-9a-f]{{{tokens.ID_LENGTH}}}$")]


@router.post("/login")
def log_in(bench: Bench, request: Request, response: Response, given: Credentials) -> Me:
    """Log in; the session is a cookie that no script can read."""
    if not bench.settings.team:
        raise Conflict(NO_ACCOUNTS)
    secret, person = bench.people.log_in(given.name, given.password, _address(request))
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(SESSION.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return _me(person)


@router.post("/logout", status_code=204)
def log_out(bench: Bench, person: Who, request: Request, response: Response) -> None:
    """End this session."""
    if person.id:
        bench.people.log_out(secret_of(request.headers)[0], person.name)
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")


@router.get("/me")
def who_am_i(person: Who) -> Me:
    """Who you are."""
    return _me(person)


@router.put("/me/password", status_code=204)
def change_password(bench: Bench, person: Who, request: Request, wanted: ChangedPassword) -> None:
    """Change your own password; your other sessions end, tokens stay until you revoke them."""
    _account(person)
    if not person.csrf:
        raise Forbidden("A token changes no password; log in.")
    secret, _ = secret_of(request.headers)
    bench.people.change_password(person, secret, wanted.old, wanted.new, _address(request))


@router.get("/accounts")
def list_accounts(bench: Bench, person: Who) -> Accounts:
    """All accounts."""
    _admin(person)
    with bench.database.reading() as session:
        rows = session.scalars(select(Account).order_by(Account.number).limit(1000))
        return Accounts(items=[_view(account) for account in rows])


@router.post("/accounts", status_code=201)
def add_account(bench: Bench, person: Who, wanted: NewAccount) -> AccountView:
    """Add an account."""
    _admin(person)
    with bench.database.writing() as session:
        account = people.add_account(session, wanted.name, wanted.password, wanted.role, person.name, wanted.full_name)
        return _view(account)


@router.patch("/accounts/{account_id}")
def change_account(bench: Bench, person: Who, account_id: ProjectId, wanted: ChangedAccount) -> AccountView:
    """Change password, role or full name, or close an account; it has to log in anew."""
    _admin(person)
    if account_id == person.id and (wanted.role not in (None, "admin") or wanted.active is False):
        raise Forbidden("You cannot take your own account's rights away.")
    with bench.database.writing() as session:
        account = session.scalars(select(Account).where(Account.id == account_id)).one_or_none()
        if account is None:
            raise NotFound("There is no such account.")
        people.change_account(session, account, person.name, **wanted.model_dump())
    bench.people.forget_all()
    return _view(account)


@router.post("/tokens", status_code=201)
def make_token(bench: Bench, person: Who, wanted: NewToken) -> Token:
    """A token by which a program of the line posts films in your name, for a year."""
    _account(person)
    return Token(token=tokens.make(bench.database, person, wanted.label))


@router.get("/tokens")
def list_tokens(bench: Bench, person: Who) -> Tokens:
    """The tokens that speak in your name."""
    found = tokens.of(bench.database, person) if person.id else []
    return Tokens(items=[_token(each) for each in found])


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(bench: Bench, person: Who, token_id: TokenId) -> None:
    """Revoke one of your tokens."""
    _account(person)
    tokens.revoke(bench.database, person, token_id)
    bench.people.forget_all()


@router.get("/projects/{project_id}/members")
def list_members(bench: Bench, person: Who, project_id: ProjectId) -> Members:
    """Who sees a project."""
    with bench.database.reading() as session:
        if person.role != "admin":
            project_for(session, person, project_id)
        rows = select(Account.name).join(Member, Member.account_id == Account.id).order_by(Account.name)
        return Members(names=list(session.scalars(rows.where(Member.project_id == project_id).limit(1000))))


@router.put("/projects/{project_id}/members")
def set_members(bench: Bench, person: Who, project_id: ProjectId, wanted: Members) -> Members:
    """Say who sees a project; for an approver of the project, or an administrator."""
    with bench.database.writing() as session:
        if person.role != "admin":
            person.require("approver")
            project_for(session, person, project_id)
        elif session.scalars(select(Project.id).where(Project.id == project_id)).first() is None:
            raise NotFound("There is no such project.")
        keys = {people.key_of(name): name for name in wanted.names}
        found = {account.key: account for account in session.scalars(select(Account).where(Account.key.in_(keys)))}
        if unknown := [name for key, name in keys.items() if key not in found]:
            raise NotFound(f"There is no account {unknown[0]}.")
        session.execute(delete(Member).where(Member.project_id == project_id))
        session.add_all(Member(project_id=project_id, account_id=account.id) for account in found.values())
        names = sorted(account.name for account in found.values())
        audit.note(session, person.name, "members set", project_id, names=names)
    return Members(names=names)


def _account(person: Person) -> None:
    """On a computer without accounts there are none to manage."""
    if not person.id:
        raise Conflict(NO_ACCOUNTS)


def _admin(person: Person) -> None:
    _account(person)
    person.require("admin")


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _me(person: Person) -> Me:
    return Me(
        name=person.name,
        full_name=person.full_name,
        role=person.role,
        account=bool(person.id),
        csrf=person.csrf or None,
    )


def _token(login: Login) -> TokenView:
    return TokenView(
        id=login.sha256[: tokens.ID_LENGTH], label=login.label, created=login.created, expires=login.expires
    )


def _view(account: Account) -> AccountView:
    return AccountView(
        id=account.id,
        name=account.name,
        full_name=account.full_name,
        role=account.role,
        active=account.active,
    )
