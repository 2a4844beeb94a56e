"""The settings in ``.env``: sandbox or cloud, the account's keys, the application.

Each value comes from the environment or, if it isn't there, from ``.env``. The
sandbox's own keys come from a file that the running sandbox keeps in its folder.
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
    """The settings can't be used; the text says why and what to do."""


class Settings(BaseSettings):
    """The kit's settings.

    mode: ``sandbox``, ``cloud``, or ``matrix`` for Synapse.
    api_key, api_secret: the account's, for the cloud.
    signature_secret: signs the cloud's webhooks.
    application_id, private_key_path: the application whose tokens are minted.
    support_agent: the user id of the agent at the front desk.
    support_team: the names of the other agents, separated by commas.
    agent_password: the password for the agent page.
    public_url: the website's address on the internet.
    public_engine_url: the internet address of an engine on this machine.
    internal_url: where that engine reaches the website, if not on the port of the
        process that created the application.
    exam: whether hints and solutions are locked.
    api_host: the host of the cloud's REST API.
    sdk_api_url, realtime_url: the servers for the browser SDK's calls and for live
        events, in the account's data centre.
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
        """Load this machine's settings.

        env_file: the file to read; defaults to the kit's ``.env``.

        Raises:
            SettingsError: the file can't be read, or one of its values isn't valid.
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
        """Return the folder where the engine and the website keep their state."""
        is_matrix = self.mode == "matrix"
        return places.matrix_dir() if is_matrix else places.sandbox_dir()

    def colleagues(self) -> list[str]:
        """Return the names of the agents who can take over a chat."""
        names = (name.strip() for name in self.support_team.split(","))
        return [name for name in names if name]

    def private_key(self) -> Path | None:
        """Return the path of the private key, relative to ``.env``'s folder."""
        if self.private_key_path is None:
            return None
        return places.home() / self.private_key_path.expanduser()


def check_env_file(path: Path) -> None:
    """Check that an env file, if it exists, is readable.

    Raises:
        SettingsError: it isn't text, or one of its lines isn't NAME=value.
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
    """Return the details that a running sandbox writes into its folder.

    sandbox_dir: the sandbox's folder; defaults to the kit's own.

    Raises:
        SettingsError: no sandbox is running there, or one of its files is damaged.
    """
    try:
        return ready_file.running_sandbox(sandbox_dir or places.sandbox_dir())
    except NotRunning as error:
        raise SettingsError(str(error)) from error
