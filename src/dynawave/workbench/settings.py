"""What `dynawave serve` is told."""

from ipaddress import ip_address
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Settings(BaseModel):
    """Settings of one server; nothing changes while it runs.

    Attributes:
        data: folder that holds everything: database, films, pyramids.
        host: address to listen on.
        port: port to listen on.
        database: SQLAlchemy URL; None for SQLite in the data folder.
        team: accounts with a login; without, one person works on this computer.
        weights: the first active model; later ones are made active on the page.
        validation: folder of an annotated set on which models are compared, beside the projects' own films, or None.
        archive: "host:port" of the archive that results are sent to, or None.
        archive_title: how it is called.
        allowed_hosts: names by which browsers may call the server, beside loopback's; empty for any, with `team` only.
        threads: processor threads of an inspection, or None for all but one.
        upload_limit: bytes of the largest upload.
        model_limit: bytes of the largest model.
    """

    model_config = ConfigDict(frozen=True)

    data: Path
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    database: str | None = None
    team: bool = False
    weights: str = "film"
    validation: Path | None = None
    archive: str | None = None
    archive_title: str = "ANY-SCP"
    allowed_hosts: tuple[str, ...] = ()
    threads: int | None = Field(None, ge=1)
    upload_limit: int = Field(2 * 1024**3, gt=0)
    model_limit: int = Field(512 * 1024**2, gt=0)

    @property
    def loopback(self) -> bool:
        """Whether only this computer can reach the server."""
        if self.host in LOOPBACK_NAMES:
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def database_url(self) -> str:
        """The URL with its driver."""
        url = self.database or f"sqlite:///{(self.data / 'workbench.sqlite').absolute()}"
        for scheme in ("postgresql://", "postgres://"):
            if url.startswith(scheme):
                return "postgresql+pg8000://" + url.removeprefix(scheme)
        return url
