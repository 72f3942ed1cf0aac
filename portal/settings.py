"""Every setting of the product; each difference between machines is an environment variable.

docs/operations.md lists the variables. A missing or malformed one stops the start with one line.
"""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from portal import environment

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(exist_ok=True)

# --- What differs between machines -----------------------------------------------------------
DEVELOPMENT = environment.flag("DEBUG", default=True)
DEMO = environment.flag("DEMO", default=DEVELOPMENT)
# The demo shows the site as the public sees it, so Django's own debug pages stay off in it.
DEBUG = DEVELOPMENT and not DEMO
ALLOWED_HOSTS = environment.words(
    "ALLOWED_HOSTS", environment.required("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", DEVELOPMENT)
)
environment.refuse_public_demo(DEMO, ALLOWED_HOSTS)
environment.refuse_public_development(DEVELOPMENT, ALLOWED_HOSTS)
SECRET_KEY = environment.secret("SECRET_KEY", DEVELOPMENT, shortest=32)
FIELD_KEYS = environment.field_keys(DEVELOPMENT)
INDEX_KEYS = environment.index_keys(DEVELOPMENT)
BALLOT_KEY_DIR = Path(environment.required("BALLOT_KEY_DIR", str(VAR_DIR / "ballot-keys"), DEVELOPMENT))
BASE_URL = environment.checked_address(
    "BASE_URL", environment.required("BASE_URL", "http://localhost:8000", DEVELOPMENT), ("https", "http")
).rstrip("/")
DATABASES = {"default": environment.database(f"sqlite:///{VAR_DIR / 'gongzhi.sqlite3'}")}
REDIS_URL = environment.address("REDIS_URL", "", ("redis", "rediss"))
MAP_TILES_URL = environment.address("MAP_TILES_URL", "", ("https", "http"))
TRUSTED_PROXIES = environment.networks("TRUSTED_PROXIES")
# The class that sends an SMS (community/senders.py); the demo's shows the message at /demo/outbox/.
SMS_BACKEND = environment.importable(
    "SMS_BACKEND", "community.senders.Outbox" if DEMO else "community.senders.NoSender"
)
# The class that checks name and ID number online (community/identity_checks.py); the demo's is an invented one.
IDENTITY_CHECK = environment.importable(
    "IDENTITY_CHECK", "community.identity_checks.InventedCheck" if DEMO else "community.identity_checks.NoCheck"
)

# --- The parts -------------------------------------------------------------------------------
INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "deliberation",
    "community",
    "wagtail.contrib.settings",
    "wagtail.contrib.table_block",
    "wagtail.contrib.redirects",
    "wagtail.embeds",
    "wagtail.sites",
    "portal.apps.UsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "treebeard",
    "rules",
    "django_tasks",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
    "django.contrib.humanize",
]
MIDDLEWARE = [
    "community.forwarding.ForwardingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.compression.TextGZipMiddleware",
    "portal.mode.ModeMiddleware",
    "portal.pagecache.PageCacheMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "portal.nul.NulMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "community.stepup.StepUpMiddleware",
    "community.factors.SecondFactorMiddleware",
    "community.sessions.LastSeenMiddleware",
    "community.consent_gate.ConsentMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    "axes.middleware.AxesMiddleware",
    "portal.post_only.PostOnlyMiddleware",
    "portal.conflict.ConflictMiddleware",
]
ROOT_URLCONF = "portal.urls"
ASGI_APPLICATION = "portal.asgi.application"
WSGI_APPLICATION = "portal.wsgi.application"
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
                "portal.context_processors.site",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Language and time -----------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- Sign-in ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "community.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/my/"
ACCOUNT_ADAPTER = "community.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[共治] "
# "strict": an address that somebody else has registered is taken in silence; who proves it first holds it.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SESSION_REMEMBER = True
# How long a sign-in, or confirming being oneself, holds for dangerous acts (community/stepup.py), in seconds.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
# Staff sign in in two steps: until they have set that up, their roles rest (community/queries.py). Not in the demo.
STAFF_SECOND_FACTOR = not DEMO
MFA_ADAPTER = "community.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "共治"
# A clock that is half a minute off still fits.
MFA_TOTP_TOLERANCE = 1
# An address that nobody has proved is no reason to go without a second factor.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEVELOPMENT  # browsers know http://localhost as safe
MFA_FORMS = {
    "authenticate": "community.forms.factors.AuthenticateForm",
    "reauthenticate": "community.forms.factors.ReauthenticateForm",
    "add_webauthn": "community.forms.factors.AddPasskeyForm",
    "login_webauthn": "community.forms.factors.LoginPasskeyForm",
    "authenticate_webauthn": "community.forms.factors.AuthenticatePasskeyForm",
    "reauthenticate_webauthn": "community.forms.factors.ReauthenticatePasskeyForm",
}
# By address alone: a count by login would let anybody anywhere lock anybody out; of those axes keeps the count.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip"}
# What holds for who has chosen nothing (/my/notices/settings/): no message goes from … to … o'clock; digests at.
NOTICE_QUIET_FROM, NOTICE_QUIET_TO, NOTICE_DIGEST_HOUR = 21, 8, 9
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_SERIALIZER = "community.encryption.EncryptedSerializer"
# Lock-out is counted in the database, so that it survives restarts and holds across processes.
AXES_FAILURE_LIMIT = "community.accounts.failure_limit"
AXES_COOLOFF_TIME = "community.accounts.cool_off"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "community.accounts.lockout_name"
AXES_CLIENT_IP_CALLABLE = "community.forwarding.client_address"
AXES_LOCKOUT_CALLABLE = "community.accounts.locked_out"
AXES_SENSITIVE_PARAMETERS = ["login", "username", "email", "phone", "password"]
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# --- Wagtail ---------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "共治"
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAIL_I18N_ENABLED = False
WAGTAILADMIN_LOGIN_URL = "account_login"
WAGTAIL_FRONTEND_LOGIN_URL = "/accounts/login/"
# One way to a new password or e-mail for everybody, with its limits: that of /accounts/.
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILUSERS_PASSWORD_ENABLED = False
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 20 * 1024 * 1024
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "portal.search.backend"}}

# Wagtail's admin brings an API: behind the same sign-in, never by name and password alone.
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"]}

# --- Files, caches, tasks --------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "frontend" / "dist"]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# Nine photos of 20 MB and the text beside them.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 20
# Whole pages lie apart, so that many of them push out no count of attempts.
CACHES = {
    "default": environment.cache(REDIS_URL, "gongzhi", entries=5000),
    "pages": environment.cache(REDIS_URL, "pages", entries=2000),
}
PAGE_CACHE_SECONDS = 300
# How long a process goes by the generation of pages that it has read (docs/architecture.md, "Pages and their cache").
PAGE_GENERATION_SECONDS = 1.0
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
# EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT and their like.
# A mail server that says nothing for so many seconds is tried again later.
EMAIL_TIMEOUT = 10
globals().update(environment.email("EMAIL_URL", "consolemail://"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = f"gongzhi@{urlsplit(BASE_URL).hostname}"

# --- Safety ----------------------------------------------------------------------------------
SECURE = not DEVELOPMENT
SECURE_SSL_REDIRECT = SECURE
# What watches a process asks it directly, without the proxy.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "portal.views.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    # Wagtail's admin brings inline scripts and styles of its own; only its editors reach it.
    "EXCLUDE_URL_PREFIXES": ("/admin/",),
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *environment.origins(MAP_TILES_URL)],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- The district ----------------------------------------------------------------------------
# What an issue's number starts with: EC-2023-000986.
DISTRICT_CODE = "EC"

# Neither logs nor error reports hold what a person typed (portal/redaction.py).
if not DEBUG:
    DEFAULT_EXCEPTION_REPORTER = "portal.redaction.RedactedReport"
    DEFAULT_EXCEPTION_REPORTER_FILTER = "portal.redaction.ReportFilter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "redacting": {"()": "portal.redaction.RedactingFormatter", "format": "%(levelname)s %(name)s: %(message)s"}
    },
    "filters": {
        "without_query": {"()": "portal.redaction.AccessFilter"},
        "in_production": {"()": "django.utils.log.RequireDebugFalse"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "redacting"},
        "access": {"class": "logging.StreamHandler", "formatter": "redacting", "filters": ["without_query"]},
        "mail_admins": {
            "class": "portal.redaction.RedactingMail",
            "formatter": "redacting",
            "level": "ERROR",
            "filters": ["in_production"],
        },
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["mail_admins"], "level": "WARNING"},
        "uvicorn.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
    },
}
