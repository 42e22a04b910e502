"""Who works with the workbench: one person on a computer of their own, or a team with accounts."""

import getpass
import hashlib
import secrets
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore, Lock
from typing import Final, Literal

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dynawave.workbench import audit
from dynawave.workbench.errors import Conflict, Forbidden, LoginNeeded, TooMany, Unreadable
from dynawave.workbench.store.database import Database
from dynawave.workbench.store.models import Account, Login, now

Role = Literal["operator", "inspector", "approver", "admin"]

RANKS: Final = {"admin": 0, "operator": 1, "inspector": 2, "approver": 3}
"""Each may do what those before may, but an administrator manages accounts only."""
SESSION: Final = timedelta(hours=12)
TRIES: Final = 5
"""Wrong passwords for a name from an address within `WINDOW_S`, after which even the right one is refused."""
TRIES_AN_ADDRESS: Final = 30
WINDOW_S: Final = 300.0
CACHED_S: Final = 10.0
"""So long a login is not looked up again; an account that is closed is out after that."""
LEAST_PASSWORD: Final = 12

_hasher: Final = PasswordHasher()
_hashing: Final = BoundedSemaphore(2)  # each takes 64 MiB
_NOBODY: Final = _hasher.hash(secrets.token_hex())


@dataclass(frozen=True)
class Person:
    """Someone who makes a request.

    Attributes:
        id: of the account; empty for the one person of a computer without accounts.
        name: as it is written beside what they do.
        role: what they may do.
        csrf: what requests from their browser must carry; empty where no cookie speaks for them.
        full_name: under which they sign; empty: their account's name does.
    """

    id: str
    name: str
    role: Role
    csrf: str = field(default="", repr=False)
    full_name: str = ""

    def require(self, role: Role) -> None:
        """Refuse what takes another role.

        Raises:
            Forbidden: it does.
        """
        enough = self.role == "admin" if role == "admin" else RANKS[self.role] >= RANKS[role]
        if not enough and self.id:
            raise Forbidden(f"This takes the role {role}; yours is {self.role}.")

    def signs_as(self, typed: str | None) -> str:
        """The name under which they give their word: their account's or, where there are none, the one they type.

        Raises:
            Forbidden: they have an account, and type another name.
            Unreadable: they have none, and type nothing.
        """
        if not self.id:
            if typed is None:
                raise Unreadable("Type the name under which you sign.")
            return typed.strip()
        own = self.full_name or self.name
        if typed is not None and key_of(typed) not in (key_of(own), key_of(self.name)):
            raise Forbidden(f"You sign as {own}, the name of your account.")
        return own


def local_person() -> Person:
    """The one person of a computer without accounts: who is logged in there."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # no such user, as in a container
        name = "inspector"
    return Person("", name, "approver")


class People:
    """Accounts and logins of a team."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[float, Person]] = {}
        self._failures: defaultdict[str, deque[float]] = defaultdict(deque)
        self._lock = Lock()

    def of(self, secret: str) -> Person | None:
        """Whose cookie or token this is."""
        key = sha256(secret)
        with self._lock:
            checked, person = self._known.get(key, (0.0, None))
        if person and time.monotonic() - checked < CACHED_S:
            return person
        with self._database.reading() as session:
            rows = select(Account, Login).join(Login, Login.account_id == Account.id)
            found = session.execute(rows.where(Login.sha256 == key, Login.expires > now(), Account.active)).first()
        with self._lock:
            if found is None:
                self._known.pop(key, None)
                return None
            person = person_of(found[0], found[1].csrf)
            self._known[key] = time.monotonic(), person
            return person

    def log_in(self, name: str, password: str, address: str) -> tuple[str, Person]:
        """The secret of a new session, and whose it is.

        Raises:
            TooMany: after several wrong passwords.
            LoginNeeded: name or password is wrong.
        """
        self._check_rate(name, address)
        with self._database.reading() as session:
            account = session.scalars(select(Account).where(Account.key == key_of(name), Account.active)).first()
        # an unknown name takes as long as a wrong password, so that names cannot be found out
        if not _matches(account.password if account else _NOBODY, password) or account is None:
            self._note_failure(name, address)
            with self._database.writing() as session:
                audit.note(session, name[:200], "login refused", address)
            raise LoginNeeded("The name or the password is wrong.")
        with self._database.writing() as session:
            session.execute(delete(Login).where(Login.expires <= now()))
            secret, login = new_login(account.id, SESSION)
            session.add(login)
            audit.note(session, account.name, "login", address)
        return secret, person_of(account, login.csrf)

    def log_out(self, secret: str, who: str) -> None:
        """End a session."""
        key = sha256(secret)
        with self._database.writing() as session:
            session.execute(delete(Login).where(Login.sha256 == key))
            audit.note(session, who, "logout", "")
        with self._lock:
            self._known.pop(key, None)

    def change_password(self, person: Person, secret: str, old: str, new: str, address: str) -> None:
        """A person's own password; their other sessions end, this one and the tokens of their programs stay.

        Raises:
            TooMany: after several wrong passwords.
            Forbidden: the old password is wrong.
        """
        self._check_rate(person.name, address)
        with self._database.reading() as session:
            hashed = session.scalars(select(Account.password).where(Account.id == person.id)).one()
        if not _matches(hashed, old):
            self._note_failure(person.name, address)
            with self._database.writing() as session:
                audit.note(session, person.name, "password refused", address)
            raise Forbidden("The old password is wrong.")
        hashed = hash_of(new)
        others = delete(Login).where(Login.account_id == person.id, Login.label == "", Login.sha256 != sha256(secret))
        with self._database.writing() as session:
            session.scalars(select(Account).where(Account.id == person.id)).one().password = hashed
            session.execute(others)
            audit.note(session, person.name, "password changed", person.name)
        self.forget_all()

    def first_admin(self) -> str | None:
        """Where there is no account yet, the password of the new account "admin"."""
        with self._database.writing() as session:
            if session.scalars(select(Account.id).limit(1)).first():
                return None
            password = secrets.token_urlsafe(12)
            add_account(session, "admin", password, "admin", "dynawave serve")
            return password

    def forget_all(self) -> None:
        """Look every login up again, as after a change of accounts."""
        with self._lock:
            self._known.clear()

    def _check_rate(self, name: str, address: str) -> None:
        since = time.monotonic() - WINDOW_S
        with self._lock:
            for key in [key for key, times in self._failures.items() if times[-1] < since]:
                del self._failures[key]
            for key, limit in ((f"{address} {key_of(name)}", TRIES), (address, TRIES_AN_ADDRESS)):
                times = [each for each in self._failures.get(key, ()) if each > since]
                if len(times) >= limit:
                    raise TooMany("Too many wrong passwords; try again in five minutes.")

    def _note_failure(self, name: str, address: str) -> None:
        with self._lock:
            for key in (f"{address} {key_of(name)}", address):
                times = self._failures[key]
                times.append(time.monotonic())
                while len(times) > TRIES_AN_ADDRESS:
                    times.popleft()


def add_account(session: Session, name: str, password: str, role: Role, who: str, full_name: str = "") -> Account:
    """Add an account; `full_name` is what its person signs as.

    Raises:
        Conflict: there is one of this name, in any letter case.
    """
    if session.scalars(select(Account.id).where(Account.key == key_of(name))).first():
        raise Conflict(f"There is an account {name} already.")
    account = Account(name=name, key=key_of(name), password=hash_of(password), role=role, full_name=full_name)
    session.add(account)
    session.flush()
    audit.note(session, who, "account added", name, role=role, full_name=full_name)
    return account


def change_account(
    session: Session,
    account: Account,
    who: str,
    password: str | None = None,
    role: Role | None = None,
    active: bool | None = None,
    full_name: str | None = None,
) -> None:
    """Change an account; all its logins end."""
    if password is not None:
        account.password = hash_of(password)
    account.role = role or account.role
    account.active = account.active if active is None else active
    account.full_name = account.full_name if full_name is None else full_name
    session.execute(delete(Login).where(Login.account_id == account.id))
    changed = {"role": account.role, "active": account.active, "full_name": account.full_name}
    audit.note(session, who, "account changed", account.name, **changed, password=password is not None)


def person_of(account: Account, csrf: str) -> Person:
    """Who an account stands for."""
    return Person(account.id, account.name, account.role, csrf, account.full_name)  # type: ignore[arg-type]


def key_of(name: str) -> str:
    """The name as it is compared."""
    return " ".join(name.split()).casefold()


def hash_of(password: str) -> str:
    """As it is kept."""
    with _hashing:
        return _hasher.hash(password)


def _matches(hashed: str, password: str) -> bool:
    with _hashing:
        try:
            return _hasher.verify(hashed, password)
        except VerificationError:
            return False


def new_login(account_id: str, lasting: timedelta, label: str = "") -> tuple[str, Login]:
    """The secret of a session or, with a label, of a program's token; and what is kept of it."""
    secret = secrets.token_urlsafe(32)
    expires = (datetime.now(UTC) + lasting).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    csrf = "" if label else secrets.token_urlsafe(32)
    return secret, Login(sha256=sha256(secret), account_id=account_id, csrf=csrf, label=label, expires=expires)


def sha256(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
