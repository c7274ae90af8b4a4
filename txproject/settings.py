"""Settings, all from the environment: docs in README.md, "Configuration"."""

import warnings
from pathlib import Path

from django.utils.csp import CSP

from txproject.database import database_settings, past_pooler
from txproject.environ import (
    data_folder,
    env_bool,
    env_choice,
    env_counts,
    env_int,
    env_list,
    env_mailers,
    env_providers,
    env_secret,
    env_str,
    env_time,
    secret_key,
)
from txproject.language import LOCALE_DIR, of_terminal

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = data_folder()

DEBUG = env_bool("DEBUG", False)
SECRET_KEY = secret_key()
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "live.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_filters",
    "pgtrigger",
    "procrastinate.contrib.django",
    "live",
    "ledgers",
    "accounts",
    "history",
    "contacts",
    "imports",
    "transactions",
    "balances",
    "rules",
    "demo",
    "backups",
    "txproject",
]

MIDDLEWARE = [
    "watch.middleware.Seeing",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "live.middleware.NoStore",
    "django.middleware.locale.LocaleMiddleware",
    "ledgers.sessions.Sessions",
    "ledgers.uploads.LittleOfStrangers",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "txproject.middleware.RefuseUnreadable",
    "ledgers.sessions.Authentication",
    "ledgers.middleware.LanguageOfUser",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ledgers.middleware.LoginRequired",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SecondFactor",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "txproject.urls"
WSGI_APPLICATION = "txproject.wsgi.application"
ASGI_APPLICATION = "txproject.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ledgers.context.ledger",
                "transactions.views.review.news",
                "txproject.jinja.reader_language",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "txproject.templatetags.ui",
            ],
        },
    },
    {
        "NAME": "jinja",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "environment": "txproject.jinja.environment",
            "context_processors": [
                "django.contrib.messages.context_processors.messages",
                "ledgers.context.ledger",
                "transactions.views.review.news",
                "txproject.jinja.reader_language",
            ],
        },
    },
]

DATABASES = {"default": database_settings()}
LISTEN_DATABASE_URL = past_pooler()
# A pooler gives each transaction another connection; some keep what was prepared nevertheless.
PREPARED_STATEMENTS = env_bool("PREPARED_STATEMENTS", not LISTEN_DATABASE_URL)
# Seconds, of server processes: longer than anybody waits for a page. PostgreSQL takes no more.
STATEMENT_TIMEOUT = env_int("STATEMENT_TIMEOUT", 300, 0, 2_147_483)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Django's default remembers, in each process for itself; live/checks/ says what else is refused.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}

AUTH_USER_MODEL = "ledgers.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "ledgers.sessions.Backend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
PASSWORD_RESET_TIMEOUT = 86_400  # seconds
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"

# The database handler is shared by all processes; counting per process lets guesses through.
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_FAILURE_LIMIT = env_int("LOGIN_FAILURE_LIMIT", 5, 1, 1_000_000)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_CLIENT_IP_CALLABLE = "ledgers.sessions.address_of"
AXES_LOCKOUT_PARAMETERS = "accounts.limits.parameters"
AXES_SENSITIVE_PARAMETERS = [
    *("csrfmiddlewaretoken", "username", "oldpassword", "password1", "password2"),
    *("code", "credential", "email", "ip_address"),
]
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

# Nobody sees a page without one.
REQUIRE_SECOND_FACTOR = env_bool("REQUIRE_SECOND_FACTOR", False)
ACCOUNT_ADAPTER = "accounts.adapters.Account"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds
# They count in a cache, and there is none: accounts/limits.py counts in the database.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "change_password": "accounts.forms.ChangePasswordForm",
}
MFA_ADAPTER = "accounts.adapters.Factors"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_FORMS = {
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.CodeAgainForm",
    "authenticate_webauthn": "accounts.forms.PasskeyForm",
    "reauthenticate_webauthn": "accounts.forms.PasskeyAgainForm",
    "login_webauthn": "accounts.forms.PasskeyLoginForm",
    "add_webauthn": "accounts.forms.NewPasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "txproject"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_DIGITS = 10
SOCIALACCOUNT_ADAPTER = "accounts.adapters.Providers"
SOCIALACCOUNT_LOGIN_ON_GET = False
# Whoever comes from a provider and has no account here gets one.
OIDC_SIGNUP = env_bool("OIDC_SIGNUP", False)
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": env_providers()}}

# Without it no password is reset by mail.
MAILERS = env_mailers()
SILENCED_SYSTEM_CHECKS = ["mail.W001"]
DEFAULT_FROM_EMAIL = env_str("EMAIL_FROM", "txproject@localhost")

# Of commands, and of pages whose browser asks for none of these.
LANGUAGE_CODE = of_terminal()
LANGUAGES = [("en", "English"), ("ru", "Русский")]
LOCALE_PATHS = [LOCALE_DIR]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "txproject.storage.StaticStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
warnings.filterwarnings("ignore", "No directory at", module="django.core.handlers.base")

# Of each process that serves pages.
WEB_THREADS = env_int("WEB_THREADS", 8, 1, 1000)
STREAMS_PER_USER = env_int("STREAMS_PER_USER", 100, 0, 1_000_000)
# That are waiting or being worked on.
UPLOADS_PER_USER = env_int("UPLOADS_PER_USER", 200, 1, 1_000_000)
# Of one uploaded file, and of all that an archive holds.
MAX_UPLOAD_MB = env_int("MAX_UPLOAD_MB", 200, 1, 1_000_000)

# Made by a worker, in a folder that is there.
BACKUP_DIR = env_str("BACKUP_DIR", "")
BACKUP_AT = env_time("BACKUP_AT", "03:30")
# Of how many days, weeks and months the last one.
BACKUP_KEEP = env_counts("BACKUP_KEEP", "7,4,12")
# Seconds: what was due while no worker ran is done when one does.
PROCRASTINATE_PERIODIC_DEFAULTS = {"max_delay": 86_400}

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_CSP = {
    "default-src": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "object-src": [CSP.NONE],
}
# None of this is asked of a browser, so nobody can have it asked in our name.
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in (
        *("accelerometer", "autoplay", "camera", "display-capture", "geolocation"),
        *("gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone"),
        *("midi", "payment", "screen-wake-lock", "serial", "usb"),
        *("window-management", "xr-spatial-tracking"),
    )
} | {"publickey-credentials-create": ["self"], "publickey-credentials-get": ["self"]}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_ENGINE = "ledgers.sessions"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env_int("SESSION_HOURS", 14 * 24, 1, 87_600) * 3600

# HTTPS=1 is for a deployment behind TLS; on one's own machine the page is plain HTTP.
HTTPS = env_bool("HTTPS", False)
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# By its name a browser takes it from this very host alone, and only over TLS.
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
BEHIND_PROXY = env_bool("BEHIND_PROXY", False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Without it nobody is told what is counted: see docs/operating.md.
METRICS_TOKEN = env_secret("METRICS_TOKEN", "")
LOG_FORMAT = env_choice("LOG_FORMAT", "text", "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"text": {"()": "watch.logs.Text"}, "json": {"()": "watch.logs.Json"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {
        "handlers": ["console"],
        "level": env_choice("LOG_LEVEL", "WARNING", "DEBUG", "INFO", "ERROR", "CRITICAL"),
    },
    # uvicorn's own write lines with the whole address of a page.
    "loggers": {
        "uvicorn": {"handlers": [], "propagate": True},
        "uvicorn.access": {"handlers": [], "propagate": False},
        "accounts.audit": {"level": "INFO"},
    },
}
