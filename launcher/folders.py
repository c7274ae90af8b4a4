"""The folder of the private server: DATA/postgres, or a link to where its user can reach it.

It holds `cluster` (PostgreSQL's own folder), `password`, `log`, the lock files and, where the
wheel's programs are out of reach, a copy of them.
"""

import os
from pathlib import Path
from tempfile import TemporaryFile, mkdtemp

from launcher.accounts import Account, LauncherError, server_account
from txproject.language import gettext as _

# Where root keeps servers whose data folder another user cannot enter (a checkout in /root).
OUTSIDE = Path("/var/lib/txproject")


def make_data_folder(data: Path) -> None:
    """Or say why there can be none: whoever asks for it writes into it next."""
    try:
        make_folders(data)
        TemporaryFile(dir=data).close()
    except OSError as error:
        text = _("%(path)s cannot be the data folder: %(reason)s. TXPROJECT_DATA names another.")
        raise LauncherError(text % {"path": data, "reason": error.strerror}) from None


def make_folders(data: Path) -> None:
    """A folder made by root belongs to the owner of the one around it, as a checkout's would."""
    missing = [folder for folder in (data, *data.parents) if not folder.exists()]
    for folder in reversed(missing):
        # Root's has to be passed through by the user of the server; what is inside is private.
        folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)
        if os.geteuid() == 0:
            around = folder.parent.stat()
            os.chown(folder, around.st_uid, around.st_gid)


def make_place(data: Path) -> tuple[Path, Account]:
    link = data / "postgres"
    account = server_account(link)
    if not link.exists():
        link.unlink(missing_ok=True)  # a link whose target is gone
        create(link, account)
    return link.resolve(), account


def create(link: Path, account: Account) -> None:
    if account.can_enter(link.parent):
        link.mkdir(mode=0o700)
        account.own(link)
        return
    OUTSIDE.mkdir(mode=0o711, parents=True, exist_ok=True)
    outside = Path(mkdtemp(prefix="server-", dir=OUTSIDE))
    (outside / "data-folder").write_text(f"{link.parent}\n")
    account.own(outside)
    link.symlink_to(outside)
