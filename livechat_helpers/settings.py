"""What ``.env`` says: sandbox or cloud, the account's keys, the application.

A value comes from the process's environment first, then from ``.env``, then, for the
sandbox, from the file the running sandbox keeps in its folder.
"""

from pathlib import Path
from typing import Literal

from dotenv.parser import parse_stream
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from . import places
from .plain_errors import PlainError
from .sandbox.machine import ready_file
from .sandbox.machine.ready_file import NotRunning, SandboxInfo

CLOUD_HOST = "api.nexmo.com"
CLOUD_URLS = ("https://api-us.vonage.com", "https://ws-us.vonage.com")


class SettingsError(PlainError):
    """The settings cannot be used; the text says why and what to do."""


class Settings(BaseSettings):
    """The kit's settings.

    mode: ``sandbox``, ``cloud``, or ``matrix`` for Synapse. application_id,
    private_key_path: the application whose tokens are minted. support_agent: the id
    of the agent's user. support_team: the names of the other agents, with commas
    between them.
    agent_password: what the agent page asks for. public_url: where the internet
    reaches the website. public_engine_url: where it reaches the engine that runs here.
    internal_url: where that engine reaches the website, if not at the port of the
    process that made the application. exam: whether hints and solutions are closed.
    api_host: the cloud's REST API. sdk_api_url,
    realtime_url: what the browser's SDK calls, and the server of live events, in the
    data centre of the account.
    """

    model_config = SettingsConfigDict(
        extra="ignore", env_ignore_empty=True, env_file_encoding="utf-8"
    )

    mode: Literal["sandbox", "cloud", "matrix"] = Field("sandbox", alias="VONAGE_MODE")
    api_key: str | None = Field(None, alias="VONAGE_API_KEY")
    api_secret: SecretStr | None = Field(None, alias="VONAGE_API_SECRET")
    signature_secret: SecretStr | None = Field(None, alias="VONAGE_SIGNATURE_SECRET")
    application_id: str | None = Field(None, alias="VONAGE_APPLICATION_ID")
    private_key_path: Path | None = Field(None, alias="VONAGE_PRIVATE_KEY_PATH")
    support_agent: str | None = Field(None, alias="SUPPORT_AGENT")
    support_team: str = Field("ada,ben", alias="SUPPORT_TEAM")
    agent_password: SecretStr | None = Field(None, alias="AGENT_PASSWORD")
    public_url: str | None = Field(None, alias="PUBLIC_URL")
    public_engine_url: str | None = Field(None, alias="PUBLIC_ENGINE_URL")
    internal_url: str | None = Field(None, alias="INTERNAL_URL")
    exam: bool = Field(False, alias="LIVECHAT_EXAM")
    api_host: str = Field(CLOUD_HOST, alias="VONAGE_API_HOST")
    sdk_api_url: str = Field(CLOUD_URLS[0], alias="VONAGE_SDK_API_URL")
    realtime_url: str = Field(CLOUD_URLS[1], alias="VONAGE_REALTIME_URL")

    @classmethod
    def load(cls, env_file: Path | None = None) -> "Settings":
        """Return the settings of this machine.

        env_file: the file to read; the kit's ``.env`` unless given.

        Raises:
            SettingsError: the file cannot be read, or a value in it is not valid.
        """
        path = env_file or places.env_file()
        check_env_file(path)
        try:
            return cls(_env_file=path)  # pyright: ignore[reportCallIssue]
        except ValidationError as error:
            wrong = error.errors()[0]
            raise SettingsError(
                f"{wrong['loc'][0]} in .env is not valid: {wrong['msg']}.\n"
                "Correct that line of .env, or delete it to go back to the default."
            ) from error

    def engine_dir(self) -> Path:
        """Return the folder where the engine in use, and the website, keep things."""
        is_matrix = self.mode == "matrix"
        return places.matrix_dir() if is_matrix else places.sandbox_dir()

    def colleagues(self) -> list[str]:
        """Return the names of the agents whom a chat can be handed over to."""
        names = (name.strip() for name in self.support_team.split(","))
        return [name for name in names if name]

    def private_key(self) -> Path | None:
        """Return the path of the private key; a relative one starts at ``.env``."""
        if self.private_key_path is None:
            return None
        return places.home() / self.private_key_path.expanduser()


def check_env_file(path: Path) -> None:
    """Refuse an env file that is there but cannot be read as one.

    Raises:
        SettingsError: it is not text, or a line is not NAME=value.
    """
    if not path.exists():
        return
    try:
        with path.open(encoding="utf-8") as file:
            lines = list(parse_stream(file))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path.name} cannot be read: {error}.\n"
            "Correct the file, or rename it to start with a fresh one."
        ) from error
    for line in lines:
        if line.error or (line.key is not None and line.value is None):
            text = line.original.string
            empty = text[: len(text) - len(text.lstrip())].count("\n")
            raise SettingsError(
                f"{path.name}, line {line.original.line + empty}: this is not"
                " NAME=value.\n"
                "Correct that line, or delete it."
            )


def running_sandbox(sandbox_dir: Path | None = None) -> SandboxInfo:
    """Return what the running sandbox wrote about itself.

    sandbox_dir: its folder; the kit's own unless given.

    Raises:
        SettingsError: no sandbox runs on that folder, or a file of it is damaged.
    """
    try:
        return ready_file.running_sandbox(sandbox_dir or places.sandbox_dir())
    except NotRunning as error:
        raise SettingsError(str(error)) from error
