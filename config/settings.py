"""Settings, all from the environment. See the README for what each variable does.

Without DATABASE_URL and BROKER_URL this is an embedded installation: it brings its own database, makes its own secret
and listens on this machine only. With both it is a real one, and refuses to start with anything unsafe.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from audits.log import policy
from config import broker, defaults, embedded, places
from config.processes import Problem
from profiles.resolution import jws
from profiles.telling.endpoints import LOOPBACK

# Reading the environment ---------------------------------------------------------------------------------------------


def text(name: str, default: str = "") -> str:
    """A variable as it stands."""
    return os.environ.get(name, "").strip() or default


def words(name: str) -> list[str]:
    """A list, separated by commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def flag(name: str, *, default: bool = False) -> bool:
    """A yes or a no, in the usual spellings."""
    value = text(name).lower()
    if value not in {"", "1", "true", "yes", "on", "0", "false", "no", "off"}:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return value in {"1", "true", "yes", "on"} if value else default


def number(name: str, default: int) -> int:
    """A whole number, not negative."""
    value = text(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def networks(name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """Networks such as `10.0.0.0/8`, separated by commas."""
    found = tuple(words(name)) or default
    try:
        return tuple(str(ip_network(each)) for each in found)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be networks such as 10.0.0.0/8,192.168.1.0/24: {error}.") from None


def database(url: str) -> dict[str, Any]:
    """Django's form of a DATABASE_URL such as `postgresql://user:password@host:5432/name?sslmode=require`."""
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in {"postgres", "postgresql"} or not name:
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgresql://user:password@host:5432/name: PostgreSQL is the only database."
        )
    options = dict(parse_qsl(parts.query))
    return {
        "NAME": os.environ.get("BRIGHTLINE_DATABASE_NAME") or name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": options.pop("port", "") or str(parts.port or ""),
        "OPTIONS": options,
    }


def secret_from_file(path: Path, make: Callable[[], str]) -> str:
    """An embedded installation's secret, made at its first start and readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent) as new:  # mode 0600
            new.write(make())
            new.flush()
            with suppress(FileExistsError):  # somebody else was faster, and theirs counts
                os.link(new.name, path)
    return path.read_text().strip()


def signing_keys(name: str, file: str) -> str:
    """The text of the keys that a variable holds: as it stands, or out of the file that it names. The embedded mode
    makes a key of its own, in ``file``."""
    value = text(name) or (secret_from_file(VAR / file, jws.new_key) if EMBEDDED else "")
    try:
        if value and "-----BEGIN" not in value and ("/" in value or value.endswith(".pem")):
            value = Path(value).read_text("ascii")
        jws.parse_keys(value)
    except OSError as error:
        raise ImproperlyConfigured(f"{name} names a file: {error.strerror}.") from error
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from None
    return value


def log_policy(name: str) -> str:
    """The text of the policy file that a variable names; empty without one."""
    path = text(name)
    try:
        found = Path(path).read_text("utf-8") if path else ""
        if found:
            policy.parse(found)
    except OSError as error:
        raise ImproperlyConfigured(f"{name} names a file that cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from None
    return found


def certificates(name: str) -> str:
    """The text of the PEM file that a variable names; empty without one."""
    path = text(name)
    try:
        found = Path(path).read_text("ascii") if path else ""
        if found:
            from cryptography.x509 import load_pem_x509_certificates  # a memory and a start that most do not need

            load_pem_x509_certificates(found.encode())
    except OSError as error:
        raise ImproperlyConfigured(f"{name} names a file that cannot be read: {error.strerror}.") from error
    except ValueError:
        raise ImproperlyConfigured(f"{name} must name a file of certificates in PEM form.") from None
    return found


def refuse(sentence: str) -> None:
    """Stop here: an installation that others can reach must not start like this."""
    raise ImproperlyConfigured(sentence)


# What kind of installation this is -----------------------------------------------------------------------------------

BASE_DIR = Path(__file__).resolve().parent.parent

try:
    EMBEDDED = embedded.wanted()
except Problem as problem:
    raise ImproperlyConfigured(str(problem)) from None

VAR = embedded.var_folder()
DEBUG = flag("DEBUG")
SECRET_KEY = text("SECRET_KEY")
SECRET_KEY_FALLBACKS = words("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = words("ALLOWED_HOSTS")
PORT = number("PORT", 8000)

if EMBEDDED:
    SECRET_KEY = SECRET_KEY or secret_from_file(VAR / "secret_key", lambda: secrets.token_urlsafe(48))
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["127.0.0.1", "localhost", "[::1]"]
else:
    if len(SECRET_KEY) < 50 or SECRET_KEY.startswith("django-insecure-") or len(set(SECRET_KEY)) < 5:
        refuse("SECRET_KEY is missing, a default or too short: set it to at least 50 random characters.")
    if DEBUG:
        refuse("DEBUG is on, which shows the inside of the program to everybody: it is for the embedded mode only.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        refuse("ALLOWED_HOSTS is empty or names every host: set it to the names under which this program is reached.")

BRIGHTLINE_BASE_URL = text(
    "BRIGHTLINE_BASE_URL", f"http://127.0.0.1:{PORT}" if EMBEDDED else f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
).rstrip("/")
# Where the worker asks what clients get, if it cannot reach the address that clients use.
BRIGHTLINE_CHECK_URL = text("BRIGHTLINE_CHECK_URL", BRIGHTLINE_BASE_URL).rstrip("/")
# Files handed in as evidence. Nothing below it is served as it stands.
EVIDENCE_DIR = text("BRIGHTLINE_EVIDENCE_DIR", str(VAR / "evidence"))
# For every form, whoever sends it: files stay in memory, and are read only as far as evidence may be long.
FILE_UPLOAD_HANDLERS = ["profiles.web.uploads.SmallFiles"]
# Signs published profiles. Without one outside the embedded mode they are not signed.
BRIGHTLINE_SIGNING_KEY = signing_keys("BRIGHTLINE_SIGNING_KEY", "signing_key")
# Signs the checkpoints of the logs, which are named after the host of the base URL unless told otherwise. A log keeps
# its name for good, whatever is set here later.
BRIGHTLINE_LOG_KEY = signing_keys("BRIGHTLINE_LOG_KEY", "log_key")
BRIGHTLINE_LOG_NAME = text("BRIGHTLINE_LOG_NAME", BRIGHTLINE_BASE_URL.partition("://")[2])
# The text of a C2SP policy, out of the file that the variable names: whose cosignatures count, and who is asked.
BRIGHTLINE_LOG_POLICY = log_policy("BRIGHTLINE_LOG_POLICY")
# A time-stamping authority (RFC 3161) for checkpoints, and the file of its certificates up to the root.
BRIGHTLINE_TSA_URL = text("BRIGHTLINE_TSA_URL")
BRIGHTLINE_TSA_CERTIFICATES = certificates("BRIGHTLINE_TSA_CERTIFICATES")
if bool(BRIGHTLINE_TSA_URL) != bool(BRIGHTLINE_TSA_CERTIFICATES):
    refuse(
        "BRIGHTLINE_TSA_URL and BRIGHTLINE_TSA_CERTIFICATES go together: without certificates no stamp can be checked."
    )
if BRIGHTLINE_TSA_URL and urlsplit(BRIGHTLINE_TSA_URL).scheme not in ("http", "https"):
    refuse("BRIGHTLINE_TSA_URL must be an address such as http://tsa.example/tsr.")
# Where the sequencer keeps what was published, apart from the database: a database that is restored, or changed, must
# not sign another history.
BRIGHTLINE_LOG_PUBLISHED = text("BRIGHTLINE_LOG_PUBLISHED", str(VAR / "published"))

# Applications and the way of a request -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials",
    "csp",
    "rest_framework",
    "profiles",
    "audits",
    "config",
]

MIDDLEWARE = [
    "config.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "profiles.web.preferences.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "profiles.web.errors.RefusalMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"brightline": "profiles.web.templatetags.brightline"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "profiles.web.frame.theme",
            ],
        },
    }
]

# Database ------------------------------------------------------------------------------------------------------------

# A transaction-mode pooler hands out another connection for each transaction, which has not seen what was prepared.
BEHIND_POOLER = flag("DATABASE_BEHIND_POOLER")

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        # One thread a web worker holds one connection: a pool would bound nothing and cost a lock.
        "CONN_MAX_AGE": 600,
        # After a restart of the database the first request of each connection finds out before its first query.
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": BEHIND_POOLER,
        **database(text("DATABASE_URL") or f"postgresql:///{embedded.database_name()}"),
    }
}
if EMBEDDED:
    DATABASES["default"] |= {
        "HOST": str(places.socket_folder(VAR)),
        "PORT": str(places.PORT),
        "USER": embedded.role(),
    }
# Together they make a query that was seen before twice as cheap: PostgreSQL need not plan it again.
DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": None if BEHIND_POOLER else 1}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Background work -----------------------------------------------------------------------------------------------------

BROKER_URL = text("BROKER_URL") or "pgmq://localhost"
if broker.is_pgmq(BROKER_URL) and urlsplit(BROKER_URL).query:
    refuse("BROKER_URL with pgmq:// takes no ?options, which Celery would misread: set libpq's PGSSLMODE and the like.")
# Where the queues are, if they are in PostgreSQL.
BROKER_DSN = embedded.dsn(places.socket_folder(VAR), embedded.database_name(), embedded.role()) if EMBEDDED else None

CELERY_BROKER_URL = broker.celery_url(BROKER_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = broker.transport_options(BROKER_URL, dsn=BROKER_DSN)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = "UTC"
# Results are rows that tasks write themselves.
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
# A message is done when its task is: a worker that dies gives it back. So every task may run twice.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# Whoever is full looks for more only once a second: with few messages at hand, short tasks would wait for that.
CELERY_WORKER_PREFETCH_MULTIPLIER = 16
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300  # seconds; well below broker.VISIBILITY_SECONDS
CELERY_TASK_DEFAULT_QUEUE = "brightline"

# Who may come in -----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "profiles.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# What a browser is told ----------------------------------------------------------------------------------------------

SECURE_COOKIES = not EMBEDDED
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
# A browser takes a cookie of this prefix from this very host over HTTPS only.
SESSION_COOKIE_NAME = "__Host-session" if SECURE_COOKIES else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE_COOKIES else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
THEME_COOKIE = "theme"
CSRF_FAILURE_VIEW = "profiles.web.errors.forged"
CSRF_TRUSTED_ORIGINS = [BRIGHTLINE_BASE_URL]

SECURE_SSL_REDIRECT = not EMBEDDED
SECURE_REDIRECT_EXEMPT = [r"^healthz(/log)?$"]  # a load balancer asks without TLS
SECURE_HSTS_SECONDS = 0 if EMBEDDED else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not EMBEDDED
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
# Only if there is a proxy that always sets it: otherwise any client could claim to have come by HTTPS.
if proxy_header := text("BRIGHTLINE_PROXY_HEADER"):
    SECURE_PROXY_SSL_HEADER = (f"HTTP_{proxy_header.upper().replace('-', '_')}", "https")
# Preloading binds a whole domain for years; only its owner can decide that.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# Static files --------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Embedded, files come straight from the checkout and no `collectstatic` is needed.
STATIC_ROOT = None if EMBEDDED else BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = EMBEDDED
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# The HTTP API --------------------------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    # No sessions: a page's cookie must not open the API. Each view names its own kind of key.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "EXCEPTION_HANDLER": "profiles.api.errors.handle",
    # Each address has one kind of answer, whatever Accept says; and ?format= is a parameter of our own.
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "profiles.api.negotiation.Indifferent",
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "rest_framework.schemas.inspectors.ViewInspector",  # the document brings its own
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Brightline",
    "DESCRIPTION": "What client programs fetch, as it was approved, and what scripts manage: drafts and versions.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "DEFAULT_GENERATOR_CLASS": "profiles.api.generator.Generator",
    # Schemas are written out; the hook that makes components of enums would rename what they list.
    "POSTPROCESSING_HOOKS": [],
}

# Models whose promises are tested ------------------------------------------------------------------------------------

# Networks besides the public internet that endpoints of models may be in, and plain HTTP with them.
BRIGHTLINE_MODEL_NETWORKS = networks("BRIGHTLINE_MODEL_NETWORKS", LOOPBACK if EMBEDDED else ())
# Where `make run` has a responder with canned answers and, with MODEL=local, a small model.
REHEARSAL_URL = text("BRIGHTLINE_REHEARSAL_URL")
LOCAL_MODEL_URL = text("BRIGHTLINE_LOCAL_MODEL_URL")

# Serving published profiles from memory ------------------------------------------------------------------------------

SERVING_MEMORY = number("BRIGHTLINE_SERVING_MEMORY", 64) * 1024 * 1024  # bytes of documents that a web process holds
SERVING_RATE_LIMIT = number("BRIGHTLINE_RATE_LIMIT", 0)  # requests a second of one key, for each process
# Where clients reach the events process, without a slash at its end; without it nobody is sent there.
EVENTS_URL = text("BRIGHTLINE_EVENTS_URL").rstrip("/")
EVENTS_STREAMS = number("BRIGHTLINE_EVENTS_STREAMS", defaults.EVENTS_STREAMS)  # streams that it carries at once
EVENTS_STREAMS_OF_KEY = number("BRIGHTLINE_EVENTS_STREAMS_OF_KEY", 2500)
# A client that hears of a change asks at once, and whichever process it asks has to know by then. They are told of
# changes in milliseconds; behind a pooler they look for them twice a second.
EVENTS_DELAY = number("BRIGHTLINE_EVENTS_DELAY", 750 if BEHIND_POOLER else 250) / 1000  # seconds
WEB_STREAMS = number("BRIGHTLINE_WEB_STREAMS", 0)  # streams of events that a web process carries itself
SERVING_STALE_SECONDS = number("BRIGHTLINE_STALE_SECONDS", 3600)

# Language, time, mail, log -------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
# Each in its own words, so that whoever looks for theirs finds it. A catalog for each stands in locale/.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600  # seconds
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = SECURE_COOKIES
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

EMAIL_HOST = text("EMAIL_HOST")
EMAIL_PORT = number("EMAIL_PORT", 587)
EMAIL_HOST_USER = text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = flag("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10
# Without a mail server mails are written to the log, where an administrator finds them.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = text("DEFAULT_FROM_EMAIL", "brightline@localhost")

LOG_LEVEL = text("LOG_LEVEL", "INFO").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "config.requests.RequestIdFilter"}},
    "formatters": {"line": {"()": "config.logs.OneLineFormatter"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]},
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own handlers would print the same record a second time.
        "django": {"handlers": [], "propagate": True, "level": LOG_LEVEL},
        "django.server": {"handlers": [], "propagate": True},
        # A line a second, each saying that nothing happened.
        "celery.beat": {"level": "INFO"},
        "pgmq": {"level": "WARNING"},
        # A line when a task comes in and another one when it is done, for tasks that tick every few seconds.
        "celery.worker.strategy": {"level": "WARNING"},
        # What a receiver of webhooks does wrong stands in the log of its deliveries.
        "urllib3": {"level": "ERROR"},
        "psycopg.pool": {"level": "ERROR"},
    },
}
