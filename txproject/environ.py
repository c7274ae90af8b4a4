"""Settings from the environment. A value that cannot be used raises ImproperlyConfigured with
the variable's name, never with its content."""

import os
import re
import secrets
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from txproject.language import gettext as _

BASE_DIR = Path(__file__).resolve().parent.parent
# Of the private server: its database and its user.
NAME = "txproject"
SMTP = {"smtp": 25, "smtps": 465, "smtp+tls": 587}
SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def env_str(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, "").strip() or default
    if value is None:
        raise ImproperlyConfigured(_("%s is not set.") % name)
    return value


def env_choice(name: str, default: str, *others: str) -> str:
    value, choices = env_str(name, default), (default, *others)
    if value not in choices:
        names = {"name": name, "choices": ", ".join(choices)}
        raise ImproperlyConfigured(_("%(name)s is none of %(choices)s.") % names)
    return value


def env_bool(name: str, default: bool = False) -> bool:
    value = env_str(name, "").lower()
    if value and value not in TRUE | FALSE:
        raise ImproperlyConfigured(_("%s is neither true nor false (1 or 0).") % name)
    return value in TRUE if value else default


def env_int(name: str, default: int, least: int, most: int) -> int:
    try:
        value = int(env_str(name, str(default)))
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        names = {"name": name, "least": least, "most": most}
        text = _("%(name)s is not a whole number from %(least)d to %(most)d.")
        raise ImproperlyConfigured(text % names)
    return value


def env_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in env_str(name, default).split(",") if part.strip()]


def env_counts(name: str, default: str) -> list[int]:
    """As many as the default has."""
    given = env_list(name, default)
    if len(given) != len(default.split(",")) or not all(each.isdecimal() for each in given):
        raise ImproperlyConfigured(
            _("%(name)s is not like %(example)s.") % {"name": name, "example": default}
        )
    return [int(each) for each in given]


def env_time(name: str, default: str) -> time:
    try:
        return time.fromisoformat(env_str(name, default))
    except ValueError:
        raise ImproperlyConfigured(
            _("%(name)s is not like %(example)s.") % {"name": name, "example": default}
        ) from None


def env_secret(name: str, default: str | None = None) -> str:
    """NAME itself, or the content of the file that NAME_FILE names."""
    if file := env_str(f"{name}_FILE", ""):
        if env_str(name, ""):
            raise ImproperlyConfigured(
                _("Both %(name)s and %(name)s_FILE are set.") % {"name": name}
            )
        try:
            return Path(file).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: {error.strerror}.") from None
    return env_str(name, default)


def env_mailers() -> dict[str, Any]:
    """EMAIL_URL as MAILERS: smtp://, smtps:// (TLS from the start) or smtp+tls:// (STARTTLS)."""
    if not (given := env_secret("EMAIL_URL", "")):
        return {}
    try:
        url = urlsplit(given)
        port = url.port
    except ValueError:
        url, port = urlsplit(""), None
    if url.scheme not in SMTP or not url.hostname:
        example = "smtp+tls://user:password@mail.example.org:587"
        names = {"name": "EMAIL_URL", "example": example}
        raise ImproperlyConfigured(_("%(name)s is not like %(example)s.") % names)
    options = {
        "host": url.hostname,
        "port": port or SMTP[url.scheme],
        "username": unquote(url.username or ""),
        "password": unquote(url.password or ""),
        "use_ssl": url.scheme == "smtps",
        "use_tls": url.scheme == "smtp+tls",
        "timeout": 10,
    }
    return {"default": {"BACKEND": SMTP_BACKEND, "OPTIONS": options}}


def env_providers() -> list[dict[str, Any]]:
    """Of OpenID Connect: OIDC_ISSUER and what belongs to it, then OIDC_2_ISSUER, and so on."""
    found = []
    for prefix in ("OIDC", *(f"OIDC_{n}" for n in range(2, 10))):
        if issuer := env_str(f"{prefix}_ISSUER", "").rstrip("/"):
            found.append(provider(prefix, issuer))
    return found


def provider(prefix: str, issuer: str) -> dict[str, Any]:
    """Known by its issuer: accounts that are linked stay with it, whatever its number or name."""
    host = urlsplit(issuer).hostname
    if not issuer.startswith("https://") and host not in {"localhost", "127.0.0.1"}:
        example = "https://login.example.org"
        names = {"name": f"{prefix}_ISSUER", "example": example}
        raise ImproperlyConfigured(_("%(name)s is not like %(example)s.") % names)
    return {
        "provider_id": re.sub(r"[^a-z0-9]+", "-", issuer.partition("://")[2].lower()).strip("-"),
        "name": env_str(f"{prefix}_NAME", str(host)),
        "client_id": env_str(f"{prefix}_CLIENT_ID"),
        "secret": env_secret(f"{prefix}_CLIENT_SECRET"),
        "settings": {"server_url": issuer},
    }


def data_folder() -> Path:
    return Path(env_str("TXPROJECT_DATA", str(BASE_DIR / ".data"))).expanduser().absolute()


def private_file(path: Path, content: str) -> str:
    """What the file holds; made with `content`, readable by its owner only, if it is missing.

    Whoever comes second reads what the first one wrote. Made by root it belongs to the owner
    of the folder, who could not read it otherwise.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # after a power cut it is whole, or is not there
        if os.geteuid() == 0:
            folder = path.parent.stat()
            os.chown(fresh, folder.st_uid, folder.st_gid)
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink(missing_ok=True)
    return path.read_text()


def secret_key() -> str:
    """SECRET_KEY or SECRET_KEY_FILE; without them a key made once in the data folder.

    Without ALLOWED_HOSTS only this machine is served, and a key of its own is all it needs.
    With ALLOWED_HOSTS the site is meant for others, perhaps by several machines or by
    containers that come and go: then the key has to be given.
    """
    if key := env_secret("SECRET_KEY", ""):
        return key
    if env_list("ALLOWED_HOSTS"):
        raise ImproperlyConfigured(_("ALLOWED_HOSTS is set, so SECRET_KEY has to be set too."))
    path = data_folder() / "secret_key"
    try:
        return path.read_text() if path.exists() else private_file(path, secrets.token_urlsafe(50))
    except OSError as error:
        text = _("SECRET_KEY is not set, and %(path)s cannot be used: %(reason)s.")
        names = {"path": path, "reason": error.strerror}
        raise ImproperlyConfigured(text % names) from None
