"""All settings of the portal, from the environment, in one place.

PORTAL_MODE decides how strict this file is:

``production``  the default; refuses to start with a weak secret, debug or wildcard hosts.
``demo``        ``make run``: invented data, mail written to a folder, made-up secret allowed.
``test``        the test suite.

Every variable is listed in ``docs/settings.md``.
"""

import os
from pathlib import Path
from typing import Any

import environ
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from send_portal.logs import without_queries
from send_portal.timetable import timetable

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("PORTAL_VAR", default=str(BASE_DIR / "var")))

MODE = env.str("PORTAL_MODE", default="production")
if MODE not in {"production", "demo", "test"}:
    raise ImproperlyConfigured(f"PORTAL_MODE is {MODE!r}: use production, demo or test.")
PRODUCTION = MODE == "production"
DEMO = MODE == "demo"

# --- The council ----------------------------------------------------------------------------
COUNCIL_NAME = env.str("COUNCIL_NAME", default="Wexmoor County Council")
SERVICE_NAME = env.str("SERVICE_NAME", default="SEND Portal")
# Whom to ring when a child may not be safe; the page for families leaves out what is not set.
CHILDREN_SERVICES_PHONE = env.str("CHILDREN_SERVICES_PHONE", default="01632 960110" if DEMO else "")
CHILDREN_SERVICES_PHONE_CLOSED = env.str(
    "CHILDREN_SERVICES_PHONE_CLOSED", default="01632 960111" if DEMO else ""
)
# Where links in e-mails point, without a trailing slash.
PORTAL_URL = env.str("PORTAL_URL", default="http://127.0.0.1:8000").rstrip("/")

# --- Safety ---------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="" if PRODUCTION else "demonstration-only-" + "x" * 40)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

if PRODUCTION:
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10:
        raise ImproperlyConfigured(
            "SECRET_KEY is missing or weak: set at least 50 random characters."
        )
    if DEBUG:
        raise ImproperlyConfigured("DEBUG must be off in production.")
    if not ALLOWED_HOSTS or any("*" in host or host.startswith(".") for host in ALLOWED_HOSTS):
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS must name each host of the portal; wildcards are refused in production."
        )
    if not PORTAL_URL.startswith("https://"):
        raise ImproperlyConfigured("PORTAL_URL must be the portal's https:// address.")

# --- Apps -----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "send_portal",
    "reports",
    "escalations",
    "mailroom",
    "callbacks",
    "cases",
    "diaries",
    "clocks",
    "notices",
    "accounts",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_forms_gds",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "pgtrigger",
    "pghistory",
    "csp",
    "whitenoise.runserver_nostatic",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "send_portal.health.answered_first",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "send_portal.signed_out.SignInRequired",
    "send_portal.browser_cache.kept_nowhere",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "send_portal.logs.LoggedRequest",
    "pghistory.middleware.HistoryMiddleware",
]

ROOT_URLCONF = "send_portal.urls"
WSGI_APPLICATION = "send_portal.wsgi.application"

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
                "send_portal.page.page",
            ],
            "builtins": ["send_portal.templatetags.plain_dates"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["gds"]
CRISPY_TEMPLATE_PACK = "gds"

# --- Database and broker --------------------------------------------------------------------
DATABASES = {
    "default": env.db_url(
        "DATABASE_URL", default=env.NOTSET if PRODUCTION else "postgres:///send_portal"
    )
    | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The history tables that the database keeps refuse every later change.
PGHISTORY_APPEND_ONLY = True

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
# Kept in PostgreSQL, so that flushing Redis neither signs people out nor resets a lock-out.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
        # When it is full, entries that still count are thrown out, lock-outs among them. So it
        # holds more tries than ten minutes can bring, and then loses one in a thousand.
        "OPTIONS": {"MAX_ENTRIES": 1_000_000, "CULL_FREQUENCY": 1_000},
    },
    # How often each person has asked the API within the last minute (StaffThrottle).
    "api_throttle": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- Celery: the pump; rows are the queue (docs/decisions/0002-rows-are-the-queue.md) ---------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "Europe/London"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A frozen broker must not hang a web request for ever.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "visibility_timeout": 900,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULER = "send_portal.beat:GuardedScheduler"
CELERY_BEAT_SCHEDULE = timetable(
    enforce_every=env.int("ENFORCE_EVERY_SECONDS", default=60),
)

# --- Mail -----------------------------------------------------------------------------------
MAIL_DIR = VAR_DIR / "mail"
if PRODUCTION or env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
elif MODE == "test":
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(MAIL_DIR)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="SEND Portal <send-portal@example.org>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Where families, schools and professionals write back to; none is the sender's own address.
MAIL_REPLY_TO = env.list("MAIL_REPLY_TO", default=[])

# --- Mail that comes in (manage.py receive_mail) ----------------------------------------------
# Networks whose servers may bring mail, and the mailboxes or domains it may be for (all if empty).
MAIL_IN_FROM = env.list("MAIL_IN_FROM", default=["127.0.0.0/8", "::1"])
MAIL_IN_ADDRESSES = env.list("MAIL_IN_ADDRESSES", default=[])
# 25 MB of files, as people count them, are 35 MB in an e-mail.
MAIL_IN_MAX_BYTES = env.int("MAIL_IN_MAX_BYTES", default=40_000_000)
MAIL_ACKNOWLEDGEMENTS_AN_HOUR = env.int("MAIL_ACKNOWLEDGEMENTS_AN_HOUR", default=5)
MAIL_ATTACHMENT_MAX_BYTES = env.int("MAIL_ATTACHMENT_MAX_BYTES", default=26_214_400)
# Kept, but not offered to staff: what a computer would run, by the end of the name.
_RUN = """
apk app bat chm cmd com cpl dll dmg docm dotm exe hta htm html iso jar jnlp js jse lnk mht mhtml
msc msi msp one pif potm ppam ppsm pptm ps1 reg scf scr sct sh shtml svg swf url vb vbe vbs vhd
wsc wsf wsh xhtml xlam xll xlsb xlsm xltm xml xsl
"""
MAIL_ATTACHMENT_REFUSED = env.list("MAIL_ATTACHMENT_REFUSED", default=_RUN.split())

# --- Sign-in --------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.sign_in.StaffAccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "change_password": "accounts.password_forms.NewPasswordForm",
    "reauthenticate": "accounts.password_forms.StillYouForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
# Five wrong passwords for one address lock that address for ten minutes, whoever tries.
# Successes are not counted against an address: a whole council may share one.
# A form of the public one ("concern") may come from a library or a school with one address; what
# one browser sends is counted in its session (escalations.form_views).
# What callers send with the link in their confirmation ("callback") counts for each matter; a
# whole town may share one address of a telephone company. So does what is sent with the link to
# a concern, a wrong date of birth for it ("concern_wrong") and a request for a new link. Pages of
# the public directory count as well, so that nobody copies it in one go.
ACCOUNT_RATE_LIMITS = {
    "login": "1000/m/ip",
    "login_failed": "60/m/ip,5/10m/key",
    "callback": "300/10m/ip,20/10m/key",
    "concern_said": "300/10m/ip,20/10m/key",
    "concern_wrong": "60/10m/ip,5/10m/key,20/d/key",
    "concern_link": "60/10m/ip,3/h/key",
    "concern_begun": "600/10m/ip",
    "directory": "600/10m/ip",
    "concern_sent": "300/10m/ip",
}
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
if MODE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# --- Browser safety -------------------------------------------------------------------------
SESSION_COOKIE_AGE = 10 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "send_portal.signed_out.page_out_of_date"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=PRODUCTION)
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Or all staff would count as one address, and one stranger could lock everybody out.
    ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1)
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- API: JSON only, for signed-in staff ------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["send_portal.api_access.StaffSession"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["send_portal.api_access.StaffThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": "120/minute"},
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "send_portal.api.error_response",
}
SPECTACULAR_SETTINGS = {
    "TITLE": SERVICE_NAME,
    "DESCRIPTION": "Contacts and their promised dates, for other systems of the council.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}

# --- Static files ---------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static" / "dist"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if MODE != "test"
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Tests need no collected files, and WhiteNoise warns when their folder is missing.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = MODE == "test"

# --- Language and time ----------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = False
DATE_INPUT_FORMATS = ["%d/%m/%Y", "%d/%m/%y", "%d %B %Y"]

# Whoever may read /metrics sends it as a bearer token; without one there is no such page.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# --- Logs: one JSON line an event in production, readable lines elsewhere ---------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="WARNING" if MODE == "test" else "INFO")
_LOG_CHAIN: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]
structlog.configure(
    processors=[*_LOG_CHAIN, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "portal": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _LOG_CHAIN,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                without_queries,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer()
                if PRODUCTION or env.bool("LOG_JSON", default=False)
                else structlog.dev.ConsoleRenderer(colors=False),
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "portal"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # aiosmtpd says who writes to whom.
    "loggers": {"mail.log": {"level": "ERROR"}},
}
DJANGO_STRUCTLOG_CELERY_ENABLED = True

# Playwright's synchronous API runs an event loop in the test's thread.
if MODE == "test":
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Invented demonstration data: the seed that makes it repeatable, and its one shared password.
DEMO_PASSWORD = "demonstration-2026"  # noqa: S105 (printed by make run; refused in production)
