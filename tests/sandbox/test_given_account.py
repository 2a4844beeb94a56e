"""Credentials from the command line or the environment."""

import time
from pathlib import Path

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from . import running
from .callers import basic

APPLICATION = "11111111-2222-3333-4444-555555555555"


def pem(key: RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """Return a private key as PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def works(url: str, key: RSAPrivateKey) -> bool:
    """Return whether the sandbox accepts the given application's tokens."""
    claims = {"application_id": APPLICATION, "iat": int(time.time()), "jti": "one"}
    token = jwt.encode(claims, key, "RS256")
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{url}/v1/users", headers=headers).is_success


@pytest.mark.parametrize("how", ["options", "variables", "a file in a variable"])
def test_the_account_and_the_application_can_be_given(
    tmp_path: Path, key: RSAPrivateKey, how: str
) -> None:
    file = tmp_path / "private.key"
    file.write_text(pem(key))
    given = {
        "VONAGE_API_KEY": "abcd1234",
        "VONAGE_API_SECRET": "only for here",
        "VONAGE_SIGNATURE_SECRET": "signed with this",
        "VONAGE_APPLICATION_ID": APPLICATION,
        "VONAGE_PRIVATE_KEY": pem(key),
    }
    options: list[str] = []
    if how == "options":
        names = ("api-key", "api-secret", "signature-secret", "application-id")
        for name, value in zip(names, given.values(), strict=False):
            options += [f"--{name}", value]
        options += ["--private-key", str(file)]
        given = {}
    elif how == "a file in a variable":
        del given["VONAGE_PRIVATE_KEY"]
        given["VONAGE_PRIVATE_KEY_PATH"] = str(file)
    program = running.sandbox(tmp_path / "state", *options, variables=given)
    ready = program.ready()
    assert ready["api_key"] == "abcd1234"
    assert ready["api_secret"] == "only for here"
    assert ready["signature_secret"] == "signed with this"
    with httpx.Client(base_url=ready["http"], trust_env=False) as http:
        account = basic(http, ready)
        [found] = account.get("/v2/applications").json()["_embedded"]["applications"]
        assert found["id"] == APPLICATION
        assert works(ready["http"], key)
        account.post("/_sandbox/reset", {})
        assert works(ready["http"], key), "a reset brings it back"
    assert program.stop() == 0
    assert program.errors() == ""
    assert "only for here" not in (tmp_path / "state" / "account.json").read_text()


def test_an_existing_application_gets_the_given_key(
    tmp_path: Path, key: RSAPrivateKey
) -> None:
    file = tmp_path / "key"
    file.write_text(pem(key))
    options = ("--application-id", APPLICATION, "--private-key", str(file))
    for _ in range(2):
        program = running.sandbox(tmp_path / "state", *options)
        ready = program.ready()
        with httpx.Client(base_url=ready["http"], trust_env=False) as http:
            listed = basic(http, ready).get("/v2/applications").json()
        assert listed["total_items"] == 1
        assert works(ready["http"], key)
        assert program.stop() == 0


def test_an_application_name_alone_in_the_environment_changes_nothing(
    tmp_path: Path,
) -> None:
    program = running.sandbox(
        tmp_path, variables={"VONAGE_APPLICATION_ID": APPLICATION}
    )
    assert program.ready()
    assert program.stop() == 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "go together"),
        ("nothing", "can't be read"),
        ("elliptic", "isn't an RSA key"),
        ("missing", "No such file"),
    ],
)
def test_a_key_that_cant_be_used_is_reported(
    tmp_path: Path, content: str | None, why: str
) -> None:
    options = ["--application-id", APPLICATION]
    file = tmp_path / "key"
    if content is not None:
        options += ["--private-key", str(file)]
    if content == "nothing":
        file.write_text("-----BEGIN PRIVATE KEY-----\nnothing\n")
    elif content == "elliptic":
        file.write_text(pem(ec.generate_private_key(ec.SECP256R1())))
    program = running.sandbox(tmp_path / "state", *options)
    assert program.exit_code() == 2
    said = program.errors()
    assert why in said
    assert "Traceback" not in said
    program.kill()
