"""Tokens: minting them, what an ACL must look like, and what's inside a JWT."""

import time
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from vonage import HttpClientOptions, Vonage

from livechat_helpers import tokens
from livechat_helpers.tokens import (
    ApplicationAuth,
    Minter,
    TokenAuth,
    TokenError,
    acl,
    agent_acl,
    inspect,
    load_private_key,
    visitor_acl,
)


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    """A private key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def minter(key: RSAPrivateKey) -> Minter:
    """The minter of an application's tokens."""
    return Minter("an-application", key)


def test_a_token_says_what_the_authentication_guide_asks_for(
    minter: Minter, key: RSAPrivateKey
) -> None:
    before = int(time.time())
    token = minter.mint("alice", acl(["/*/users/**"]))
    claims = jwt.decode(token, key.public_key(), algorithms=["RS256"])
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "typ": "JWT"}
    assert set(claims) == {"application_id", "iat", "exp", "jti", "sub", "acl"}
    assert claims["application_id"] == "an-application"
    assert before <= claims["iat"] <= time.time()
    assert claims["exp"] - claims["iat"] == 15 * 60, "seconds, and not milliseconds"
    assert claims["sub"] == "alice"
    assert claims["acl"] == {"paths": {"/*/users/**": {}}}


def test_a_token_of_the_application_names_no_user(minter: Minter) -> None:
    claims = inspect(minter.mint())
    assert "sub" not in claims
    assert "acl" not in claims


def test_no_two_tokens_have_the_same_id(minter: Minter) -> None:
    assert len({inspect(minter.mint())["jti"] for _ in range(20)}) == 20


def test_a_tokens_lifetime_and_other_claims_can_be_chosen(minter: Minter) -> None:
    claims = inspect(minter.mint(seconds=60, claims={"jti": "mine", "x": 1}))
    assert claims["exp"] - claims["iat"] == 60
    assert (claims["jti"], claims["x"]) == ("mine", 1)


def test_an_acl_path_without_a_slash_is_reported_along_with_the_fix() -> None:
    with pytest.raises(TokenError) as caught:
        acl(["/*/users/**", "*/conversations/**"])
    what, mend = str(caught.value).splitlines()
    assert "'*/conversations/**'" in what
    assert "'/*/conversations/**'" in mend


def test_an_acl_can_name_methods() -> None:
    paths = acl({"/*/users/**": ("GET",), "/*/sessions/**": ()})["paths"]
    assert paths == {"/*/users/**": {"methods": ["GET"]}, "/*/sessions/**": {}}


def test_a_visitor_can_do_what_a_page_does_and_no_more() -> None:
    assert visitor_acl("CON-1")["paths"] == {
        "/*/sessions": {"methods": ["POST"]},
        "/*/sessions/*": {"methods": ["PUT"]},
        "/*/conversations/CON-1": {"methods": ["GET"]},
        "/*/conversations/CON-1/members/me": {"methods": ["GET"]},
        "/*/conversations/CON-1/events": {"methods": ["GET", "POST"]},
    }


def test_an_agent_can_chat_in_every_conversation_and_do_no_more() -> None:
    assert agent_acl("USR-1")["paths"] == {
        "/*/sessions": {"methods": ["POST"]},
        "/*/sessions/*": {"methods": ["PUT"]},
        "/*/users/USR-1/conversations": {"methods": ["GET"]},
        "/*/conversations/*": {"methods": ["GET"]},
        "/*/conversations/*/members/me": {"methods": ["GET"]},
        "/*/conversations/*/events": {"methods": ["GET", "POST"]},
    }


def test_a_jwt_is_read_without_its_key(minter: Minter) -> None:
    assert inspect(minter.mint("alice"))["sub"] == "alice"
    assert inspect(minter.mint("alice", seconds=-10))["sub"] == "alice"


def test_only_a_token_of_this_application_that_hasnt_expired_names_its_user(
    minter: Minter,
) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = Minter("an-application", other).mint("alice")
    assert minter.subject(f"Bearer {minter.mint('alice')}") == "alice"
    for token in (minter.mint("alice", seconds=-10), forged, "junk", ""):
        assert minter.subject(f"Bearer {token}") is None


@pytest.mark.parametrize("text", ["", "junk", "a.b", "a.b.c", "é.é.é", "e30.W10.x"])
def test_an_invalid_jwt_is_reported(text: str) -> None:
    with pytest.raises(TokenError) as caught:
        inspect(text)
    what, mend = str(caught.value).splitlines()
    assert what.startswith("This is not a JWT")
    assert mend


def pem(
    key: RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes = b""
) -> bytes:
    """Return a key as the text of its file."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption(),
    )


def test_a_key_is_loaded_from_its_file(tmp_path: Path, key: RSAPrivateKey) -> None:
    path = tmp_path / "private.key"
    path.write_bytes(pem(key))
    assert load_private_key(path).private_numbers() == key.private_numbers()


def test_an_unusable_key_is_reported(tmp_path: Path, key: RSAPrivateKey) -> None:
    path = tmp_path / "private.key"
    curve = ec.generate_private_key(ec.SECP256R1())
    for content in (None, b"", b"junk", pem(key)[:500], pem(key, b"pw"), pem(curve)):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(TokenError) as caught:
            load_private_key(path)
        what, mend = str(caught.value).splitlines()
        assert "private.key" in what
        assert mend
    path.unlink()
    path.mkdir()
    with pytest.raises(TokenError):
        load_private_key(path)


def test_the_sdk_gets_its_tokens_from_the_minter(minter: Minter) -> None:
    auth = ApplicationAuth(minter, "alice", acl(["/**"]))
    client = Vonage(auth, HttpClientOptions(api_host="127.0.0.1:9"))
    assert client.http_client.auth.application_id == "an-application"
    header = client.http_client.auth.create_jwt_auth_string().decode()
    claims = inspect(header.removeprefix("Bearer "))
    assert claims["sub"] == "alice"
    assert claims["acl"] == {"paths": {"/**": {}}}
    again = client.http_client.auth.create_jwt_auth_string().decode()
    assert again != header, "every call has a token of its own"


def test_the_key_is_parsed_once_and_not_for_every_token(
    minter: Minter, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = ApplicationAuth(minter)

    def parsed(*_: object, **__: object) -> None:
        pytest.fail("the key was parsed again")

    monkeypatch.setattr(serialization, "load_pem_private_key", parsed)
    monkeypatch.setattr(
        "cryptography.hazmat.primitives.serialization.load_pem_private_key", parsed
    )
    claims = inspect(auth.generate_application_jwt({"x": 1}).decode())
    assert claims["x"] == 1


def test_a_token_minted_elsewhere_is_passed_on() -> None:
    assert TokenAuth("a.b.c").generate_application_jwt() == b"a.b.c"
    header = TokenAuth("a.b.c").create_jwt_auth_string()
    assert header == b"Bearer a.b.c"
    assert tokens.LIFE == 15 * 60
