"""Settings, and the only code that reads the environment. Invalid ones are reported in a sentence, not a traceback."""

from typing import Literal
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

TWILIO_API_URL = "https://api.twilio.com"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class SettingError(ValueError):
    """Invalid settings. The message names the first and says what to do; `faults` has one sentence for each."""

    def __init__(self, *faults: str) -> None:
        super().__init__(faults[0])
        self.faults = faults


class Settings(BaseSettings):
    """Everything that differs between installations. Names are those of the environment, in lower case."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", hide_input_in_errors=True)

    database_url: str = Field("sqlite:///instance/coach.sqlite3", description="SQLite or PostgreSQL URL")
    secret_key: str = Field("", description="Signs sessions and forms; at least 32 characters")
    data_keys: str = Field("", description="Comma-separated Fernet keys that encrypt personal data, newest first")
    public_url: str = Field(
        "", description="Public base URL of the web process, such as https://coach.example.org; Twilio calls it"
    )
    trusted_proxies: int = Field(0, ge=0, le=10, description="Number of reverse proxies in front of the web process")
    trusted_hosts: str = Field(
        "", description="Comma-separated host names that pages answer to besides PUBLIC_URL's and this machine's"
    )
    session_idle_minutes: int = Field(
        60, ge=5, le=720, description="Minutes without a page opened after which a session ends"
    )
    port: int = Field(8000, ge=1, le=65535, description="Port of the web process")
    twilio_account_sid: str = Field("", description="Twilio account SID, AC…")
    twilio_auth_token: str = Field("", description="Auth token of that account")
    twilio_messaging_service_sid: str = Field("", description="Messaging service to send from, MG…")
    twilio_from_number: str = Field("", description="Or the number to send from, in E.164 format")
    twilio_api_url: str = Field(TWILIO_API_URL, description="Base URL of the Twilio API or a compatible server")
    twilio_opt_out_mode: Literal["default", "advanced", "self"] = Field(
        "default", description="Who answers STOP: Twilio (default, advanced) or RLS Coach (self)"
    )
    sms_concurrency: int = Field(20, ge=1, le=500, description="Number of texts sent at the same time")
    sms_per_second: float = Field(
        0, ge=0, le=1000, description="Texts per second of the sending number, over all workers; 0 for no limit"
    )
    api_per_minute: int = Field(
        600, ge=1, le=1_000_000, description="Calls per minute of one key of /api/v1, in each web process"
    )
    mail_server: str = Field("", description="SMTP server for mail to coaches; without one no mail is sent")
    mail_port: int = Field(587, ge=1, le=65535, description="Port of the SMTP server")
    mail_username: str = Field("", description="SMTP user name, if required")
    mail_password: str = Field("", description="SMTP password, if required")
    mail_use_tls: bool = Field(True, description="Whether to use STARTTLS")
    mail_from: str = Field("", description="Sender address of mail to coaches, such as coach@example.org")
    log_format: Literal["text", "json"] = Field("text", description="Format of log lines: text or json")
    heartbeat_url: str = Field(
        "", description="URL that workers request after each successful pass, at a service that alerts on silence"
    )
    sentry_dsn: str = Field(
        "", description="Sentry DSN for error reports, which contain no personal data; if empty, none are sent"
    )
    oidc_issuer: str = Field(
        "", description="Issuer of single sign-on by OpenID Connect, such as https://login.example.org; if empty, none"
    )
    oidc_client_id: str = Field("", description="Client id that the identity provider gave this installation")
    oidc_client_secret: str = Field("", description="Client secret that belongs to it")
    oidc_role_claim: str = Field(
        "",
        description="Claim with the role of an account to be made: lead, or North Clinic/lead; if empty, none is made",
    )
    metrics_token: str = Field("", description="Bearer token required by /metrics; if empty, it refuses everyone")

    @field_validator("database_url")
    @classmethod
    def _database_is_known(cls, value: str) -> str:
        if not value.startswith(("sqlite:", "postgres:", "postgresql:", "postgresql+psycopg:")):
            raise ValueError("must start with sqlite:/// or postgres://")
        return value

    @field_validator("public_url", "twilio_api_url", "heartbeat_url")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc):
            raise ValueError("must be a web address such as https://coach.example.org")
        return value.rstrip("/")

    @field_validator("sentry_dsn")
    @classmethod
    def _is_dsn(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and not (parts.scheme in ("http", "https") and parts.username and parts.path.strip("/").isdecimal()):
            raise ValueError("must be the DSN that Sentry shows, such as https://key@sentry.example.org/1")
        return value

    @field_validator("data_keys")
    @classmethod
    def _are_fernet_keys(cls, value: str) -> str:
        for key in filter(None, map(str.strip, value.split(","))):
            try:
                Fernet(key)
            except ValueError:
                raise ValueError("must be Fernet keys: make one with 'coach keys new'") from None
        return value

    @model_validator(mode="after")
    def _twilio_is_whole(self) -> "Settings":
        sender = self.twilio_messaging_service_sid or self.twilio_from_number
        given = {"TWILIO_ACCOUNT_SID": self.twilio_account_sid, "TWILIO_AUTH_TOKEN": self.twilio_auth_token}
        if any(given.values()) or sender:
            missing = [name for name, value in given.items() if not value]
            if not sender:
                missing.append("TWILIO_MESSAGING_SERVICE_SID or TWILIO_FROM_NUMBER")
            if not self.public_url:
                missing.append("PUBLIC_URL")
            if missing:
                raise ValueError(f"{' and '.join(missing)} must be set as well, to send through Twilio")
        return self

    @model_validator(mode="after")
    def _mail_is_whole(self) -> "Settings":
        if self.mail_server and not self.mail_from:
            raise ValueError("MAIL_FROM must be set as well, to send mail through MAIL_SERVER")
        return self

    @model_validator(mode="after")
    def _single_sign_on_is_whole(self) -> "Settings":
        given = {
            "OIDC_ISSUER": self.oidc_issuer,
            "OIDC_CLIENT_ID": self.oidc_client_id,
            "OIDC_CLIENT_SECRET": self.oidc_client_secret,
        }
        if any(given.values()) or self.oidc_role_claim:
            missing = [name for name, value in (given | {"PUBLIC_URL": self.public_url}).items() if not value]
            if missing:
                raise ValueError(f"{' and '.join(missing)} must be set as well, for single sign-on")
            parts = urlsplit(self.oidc_issuer)
            if not parts.hostname or (parts.scheme != "https" and parts.hostname not in LOOPBACK):
                raise ValueError("OIDC_ISSUER must be an address that begins with https://")
        return self

    @property
    def sends_for_real(self) -> bool:
        """Whether texts go to a provider instead of the phone simulator."""
        return bool(self.twilio_account_sid)

    @property
    def in_production(self) -> bool:
        """Whether texts reach people: through Twilio, and not through a stand-in on this machine."""
        return self.sends_for_real and urlsplit(self.twilio_api_url).hostname not in LOOPBACK

    @property
    def sender(self) -> str:
        """The name of the sending line that all processes share."""
        return self.twilio_messaging_service_sid or self.twilio_from_number or "simulator"

    def hosts(self) -> frozenset[str]:
        """Return the host names that pages answer to; empty for any, because PUBLIC_URL is not set."""
        given = [name.strip().lower() for name in self.trusted_hosts.split(",") if name.strip()]
        public = urlsplit(self.public_url).hostname
        return frozenset((*given, *([public] if public else []), *LOOPBACK)) if given or public else frozenset()

    def fernet_keys(self) -> list[str]:
        """Return the data keys, newest first. Raises SettingError if there are none."""
        keys = [key.strip() for key in self.data_keys.split(",") if key.strip()]
        if not keys:
            raise SettingError("DATA_KEYS is not set: make a key with 'coach keys new' and keep it safe.")
        return keys

    def session_secret(self) -> str:
        """Return the session secret. Raises SettingError if it is missing or too short."""
        if len(self.secret_key) < 32:
            raise SettingError("SECRET_KEY must be at least 32 characters: make one with 'coach keys new'.")
        return self.secret_key


def load_settings(**overrides: object) -> Settings:
    """Load the settings from the environment and `.env`. Raises SettingError."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks what the keywords hold
    except ValidationError as error:
        raise SettingError(*(_sentence(one["loc"], one["msg"]) for one in error.errors())) from None
    except UnicodeDecodeError:
        raise SettingError("The file .env is not UTF-8 text: save it as UTF-8.") from None


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    reason = message.removeprefix("Value error, ")
    name = str(location[0]).upper() if location else ""
    return f"{name} {reason[0].lower() + reason[1:] if name else reason}.".strip()
