"""The SDK's client reaches the sandbox, and what was trusted before stays trusted."""

import os
import ssl
from pathlib import Path

import certifi
import pytest
import trustme
from requests.exceptions import ConnectionError
from sandbox.running import Json
from vonage_http_client.errors import AuthenticationError
from vonage_users import User

from livechat_helpers.applications import Application
from livechat_helpers.client import account_client, application_client, token_client
from livechat_helpers.sandbox.remote import connect
from livechat_helpers.settings import Settings, SettingsError


def trusted() -> set[bytes]:
    """Return the certificates that ``requests`` trusts now."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(os.environ["REQUESTS_CA_BUNDLE"])
    return set(context.get_ca_certs(binary_form=True))


def certificates(path: str) -> set[bytes]:
    """Return the certificates in a file."""
    return set(ssl.create_default_context(cafile=path).get_ca_certs(binary_form=True))


def test_the_sandbox_is_trusted_beside_the_usual_authorities(
    ready: Json, sandbox_dir: Path
) -> None:
    client = account_client(Settings.load(), sandbox_dir)
    client.application.list_applications()
    assert trusted() == certificates(certifi.where()) | certificates(ready["ca"])
    assert "127.0.0.1" in os.environ["NO_PROXY"].split(",")


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_trusted_before_stay_trusted(
    ready: Json,
    sandbox_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    company = tmp_path / "company.pem"
    company.write_bytes(trustme.CA().cert_pem.bytes())
    before = company.read_bytes()
    monkeypatch.setenv(variable, str(company))
    account_client(Settings.load(), sandbox_dir).application.list_applications()
    assert trusted() == certificates(str(company)) | certificates(ready["ca"])
    assert company.read_bytes() == before, "somebody else's file is left alone"


def test_a_folder_of_authorities_stays_trusted(
    ready: Json, sandbox_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "authorities"
    folder.mkdir()
    for number in range(2):
        (folder / f"{number}.pem").write_bytes(trustme.CA().cert_pem.bytes())
    wanted = certificates(str(folder / "0.pem")) | certificates(str(folder / "1.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder))
    account_client(Settings.load(), sandbox_dir).application.list_applications()
    assert trusted() == wanted | certificates(ready["ca"])


def test_a_second_client_adds_nothing(ready: Json, sandbox_dir: Path) -> None:
    account_client(Settings.load(), sandbox_dir)
    bundle = Path(os.environ["REQUESTS_CA_BUNDLE"])
    size = bundle.stat().st_size
    no_proxy = os.environ["NO_PROXY"]
    account_client(Settings.load(), sandbox_dir).application.list_applications()
    assert bundle.stat().st_size == size
    assert os.environ["NO_PROXY"] == no_proxy


@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_requests_to_this_machine_bypass_a_proxy(
    ready: Json, sandbox_dir: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv(variable, "example.com")
    account_client(Settings.load(), sandbox_dir).application.list_applications()
    for name in ("NO_PROXY", "no_proxy"):
        assert "example.com" in os.environ[name].split(","), "the old value stays"


def test_without_a_proxy_none_is_used(
    ready: Json, sandbox_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    account_client(Settings.load(), sandbox_dir)
    assert os.environ["NO_PROXY"] == "*"


def test_without_a_sandbox_the_first_line_says_so(tmp_path: Path) -> None:
    for make in (
        lambda: account_client(Settings.load(), tmp_path),
        lambda: token_client("a.b.c", Settings.load(), tmp_path),
    ):
        with pytest.raises(SettingsError, match=r"^The sandbox is not running\."):
            make()


def test_missing_cloud_credentials_are_reported_along_with_the_fix(
    env_file: Path,
) -> None:
    env_file.write_text("VONAGE_MODE=cloud\nVONAGE_API_KEY=abcd\n")
    with pytest.raises(SettingsError) as caught:
        account_client(Settings.load())
    assert "VONAGE_API_SECRET" in str(caught.value).splitlines()[1]


def test_the_cloud_is_called_at_its_own_host(env_file: Path) -> None:
    env_file.write_text("VONAGE_MODE=cloud\nVONAGE_API_KEY=abcd\nVONAGE_API_SECRET=s\n")
    client = account_client(Settings.load())
    assert client.http_client.api_host == "api.nexmo.com"
    assert "REQUESTS_CA_BUNDLE" not in os.environ


def test_a_wrong_token_is_refused_by_name(ready: Json, sandbox_dir: Path) -> None:
    client = token_client("a.b.c", Settings.load(), sandbox_dir)
    with pytest.raises(AuthenticationError, match="valid token"):
        client.users.list_users()


def test_a_post_whose_connection_breaks_isnt_repeated(
    application: Application, sandbox_dir: Path
) -> None:
    client = application_client(Settings.load(), application.minter(), sandbox_dir)
    faults = connect(sandbox_dir).faults
    with (
        faults.drop_reply(path="/v1/users", method="POST", times=2) as fault,
        pytest.raises(ConnectionError),
    ):
        client.users.create_user(User.model_validate({"name": "once"}))
    assert fault.met == 1
