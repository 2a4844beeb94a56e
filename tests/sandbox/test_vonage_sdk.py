"""PyPI ``vonage`` over TLS: applications and users, without private names."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from vonage import Auth, HttpClientOptions, Vonage
from vonage_application import (
    ApplicationConfig,
    ApplicationData,
    ApplicationUrl,
    Capabilities,
    Keys,
    ListApplicationsFilter,
    Privacy,
    Rtc,
    RtcWebhooks,
)
from vonage_http_client.errors import (
    AuthenticationError,
    ForbiddenError,
    HttpRequestError,
    NotFoundError,
)
from vonage_users import ListUsersFilter, User

from .running import Json


@pytest.fixture(scope="module", autouse=True)
def trust(ready: Json) -> Iterator[None]:
    """Trust the sandbox's certificate authority, as a user would."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", ready["ca"])
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield


@pytest.fixture(scope="module")
def options(ready: Json) -> HttpClientOptions:
    """The sandbox's address."""
    host = ready["tls"].removeprefix("https://")
    return HttpClientOptions(api_host=host, max_retries=0)


@pytest.fixture(scope="module")
def account(ready: Json, options: HttpClientOptions) -> Vonage:
    """A client with the account's key and secret."""
    return Vonage(Auth(ready["api_key"], ready["api_secret"]), options)


@pytest.fixture(scope="module")
def made(account: Vonage) -> ApplicationData:
    """An application that can chat, from the SDK's answer."""
    config = ApplicationConfig(
        name="Support chat",
        capabilities=Capabilities(
            rtc=Rtc(
                webhooks=RtcWebhooks(
                    event_url=ApplicationUrl(
                        address="http://127.0.0.1:9/events", http_method="POST"
                    )
                ),
                signed_callbacks=True,
            )
        ),
        privacy=Privacy(improve_ai=False),
    )
    return account.application.create_application(config)


@pytest.fixture
def client(account: Vonage, options: HttpClientOptions) -> Vonage:
    """A client of a new application without users; the SDK's own tokens."""
    made = account.application.create_application(ApplicationConfig(name="Users"))
    auth = Auth(application_id=made.id, private_key=private_pem(made))
    return Vonage(auth, options)


def private_pem(made: ApplicationData) -> str:
    """Return the private key of an application that was just created."""
    assert made.keys is not None
    assert made.keys.model_extra is not None
    return made.keys.model_extra["private_key"]


def user(**fields: Any) -> User:
    """Return what the SDK sends to create or to change a user."""
    return User.model_validate(fields)


def public_key(pem: str | None) -> RSAPublicKey:
    """Return the RSA key from a PEM text."""
    assert pem is not None
    key = serialization.load_pem_public_key(pem.encode())
    assert isinstance(key, RSAPublicKey)
    return key


def test_a_new_application_comes_with_a_real_key_pair(made: ApplicationData) -> None:
    private = serialization.load_pem_private_key(private_pem(made).encode(), None)
    assert isinstance(private, RSAPrivateKey)
    assert private.key_size >= 2048
    assert made.keys is not None
    ours = public_key(made.keys.public_key).public_numbers()
    assert private.public_key().public_numbers() == ours


def test_the_private_key_is_only_shown_once(
    account: Vonage, made: ApplicationData
) -> None:
    again = account.application.get_application(made.id)
    assert again.keys is not None
    assert "private_key" not in (again.keys.model_extra or {})
    listed, _ = account.application.list_applications()
    for application in listed:
        assert application.keys is not None
        assert "private_key" not in (application.keys.model_extra or {})


def test_an_application_is_stored_as_it_was_created(
    account: Vonage, made: ApplicationData
) -> None:
    again = account.application.get_application(made.id)
    assert (again.id, again.name) == (made.id, "Support chat")
    assert again.privacy == Privacy(improve_ai=False)
    assert again.capabilities == made.capabilities
    assert again.capabilities is not None
    assert again.capabilities.rtc is not None
    assert again.capabilities.rtc.signed_callbacks is True
    assert again.capabilities.rtc.webhooks is not None
    url = again.capabilities.rtc.webhooks.event_url
    assert url is not None
    assert (url.address, url.http_method) == ("http://127.0.0.1:9/events", "POST")


def test_an_application_with_its_own_key_gets_no_private_key(
    account: Vonage, key: RSAPrivateKey
) -> None:
    own = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    config = ApplicationConfig(name="Own key", keys=Keys(public_key=own.decode()))
    made = account.application.create_application(config)
    assert made.keys is not None
    assert made.keys.public_key == own.decode()
    assert "private_key" not in (made.keys.model_extra or {})


def test_applications_are_listed_page_by_page(account: Vonage) -> None:
    wanted = [
        account.application.create_application(ApplicationConfig(name=f"Page {n}")).id
        for n in range(5)
    ]
    found: list[str] = []
    page: int | None = 1
    pages = 0
    while page is not None:
        filters = ListApplicationsFilter(page_size=2, page=page)
        applications, following = account.application.list_applications(filters)
        page = int(following) if following else None
        assert len(applications) <= 2
        found += [application.id for application in applications]
        pages += 1
    assert pages >= 3
    assert len(found) == len(set(found)), "no application is on two pages"
    assert found[-5:] == wanted, "they're in order of creation"


def test_an_update_replaces_an_application(account: Vonage) -> None:
    config = ApplicationConfig(
        name="Before", capabilities=Capabilities(rtc=Rtc()), privacy=None
    )
    made = account.application.create_application(config)
    changed = account.application.update_application(
        made.id, ApplicationConfig(name="After")
    )
    assert changed.name == "After"
    again = account.application.get_application(made.id)
    assert again.name == "After"
    assert again.capabilities is None or again.capabilities.rtc is None
    assert again.keys is not None
    assert made.keys is not None
    assert again.keys.public_key == made.keys.public_key, "the key stays"


def test_a_new_public_key_invalidates_the_old_ones_tokens(
    account: Vonage, options: HttpClientOptions, key: RSAPrivateKey
) -> None:
    made = account.application.create_application(ApplicationConfig(name="Rotated"))
    old = Vonage(Auth(application_id=made.id, private_key=private_pem(made)), options)
    old.users.list_users()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    account.application.update_application(
        made.id,
        ApplicationConfig(name="Rotated", keys=Keys(public_key=public.decode())),
    )
    with pytest.raises(AuthenticationError):
        old.users.list_users()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    new = Vonage(Auth(application_id=made.id, private_key=pem.decode()), options)
    new.users.list_users()


def test_a_deleted_application_is_gone_with_its_users(
    account: Vonage, options: HttpClientOptions
) -> None:
    made = account.application.create_application(ApplicationConfig(name="Short"))
    auth = Auth(application_id=made.id, private_key=private_pem(made))
    client = Vonage(auth, options)
    client.users.create_user(user(name="alice"))
    account.application.delete_application(made.id)
    with pytest.raises(NotFoundError, match="does not exist, or you do not have"):
        account.application.get_application(made.id)
    with pytest.raises(NotFoundError):
        account.application.delete_application(made.id)
    with pytest.raises(AuthenticationError):
        client.users.list_users()


def test_a_wrong_account_secret_is_refused(
    ready: Json, options: HttpClientOptions
) -> None:
    stranger = Vonage(Auth(ready["api_key"], "not the secret"), options)
    with pytest.raises(AuthenticationError, match="did not provide correct"):
        stranger.application.list_applications()


def test_an_unknown_application_is_not_found(account: Vonage) -> None:
    unknown = str(uuid4())
    with pytest.raises(NotFoundError, match=unknown):
        account.application.get_application(unknown)


def test_a_user_exists_from_creation_to_deletion(client: Vonage) -> None:
    wanted = user(
        name="alice",
        display_name="Alice",
        image_url="https://example.com/alice.png",
        properties={"custom_data": {"tier": "gold"}},
        channels={"sms": [{"number": "15550100"}]},
    )
    made = client.users.create_user(wanted)
    assert made.id is not None
    assert made.id.startswith("USR-")
    again = client.users.get_user(made.id)
    assert again == made
    assert again.display_name == "Alice"
    assert again.properties is not None
    assert again.properties.custom_data == {"tier": "gold"}
    assert again.channels is not None
    assert again.channels.sms is not None
    assert again.channels.sms[0].number == "15550100"

    changed = client.users.update_user(made.id, user(display_name="Alice L."))
    assert (changed.name, changed.display_name) == ("alice", "Alice L.")
    assert changed.image_url == wanted.image_url, "fields that aren't named stay"

    renamed = client.users.update_user(made.id, user(name="alicia"))
    assert renamed.name == "alicia"
    assert client.users.get_user(made.id).name == "alicia"

    client.users.delete_user(made.id)
    with pytest.raises(NotFoundError, match="User does not exist, or you do not"):
        client.users.get_user(made.id)
    with pytest.raises(NotFoundError):
        client.users.delete_user(made.id)


def test_a_user_can_be_renamed_to_its_current_name(client: Vonage) -> None:
    made = client.users.create_user(user(name="bob"))
    assert made.id is not None
    assert client.users.update_user(made.id, user(name="bob")).name == "bob"


def test_a_user_without_a_name_gets_one(client: Vonage) -> None:
    made = client.users.create_user(user())
    assert made.name is not None
    assert made.name.startswith("NAM-")


def test_a_taken_user_name_is_a_conflict(client: Vonage) -> None:
    client.users.create_user(user(name="taken"))
    with pytest.raises(HttpRequestError, match="user name already exists") as caught:
        client.users.create_user(user(name="taken"))
    assert caught.value.response.status_code == 409


def test_users_are_listed_in_three_pages_by_cursor(client: Vonage) -> None:
    wanted = [client.users.create_user(user(name=f"user-{n}")).id for n in range(7)]
    found: list[str | None] = []
    cursor: str | None = None
    pages = 0
    while pages == 0 or cursor is not None:
        filters = ListUsersFilter(page_size=3, cursor=cursor)
        users, cursor = client.users.list_users(filters)
        found += [one.id for one in users]
        pages += 1
    assert pages == 3
    assert found == wanted


def test_users_can_be_listed_newest_first(client: Vonage) -> None:
    wanted = [client.users.create_user(user(name=f"user-{n}")).id for n in range(3)]
    filters = ListUsersFilter.model_validate({"order": "desc"})
    users, _ = client.users.list_users(filters)
    assert [one.id for one in users] == wanted[::-1]


def test_a_user_is_found_by_its_name(client: Vonage) -> None:
    client.users.create_user(user(name="one"))
    two = client.users.create_user(user(name="two"))
    named = ListUsersFilter.model_validate({"name": "two"})
    users, cursor = client.users.list_users(named)
    assert ([one.id for one in users], cursor) == ([two.id], None)


def test_a_token_signed_with_another_key_is_an_authentication_error(
    options: HttpClientOptions, made: ApplicationData, key: RSAPrivateKey
) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    forger = Vonage(Auth(application_id=made.id, private_key=pem.decode()), options)
    with pytest.raises(AuthenticationError, match="did not provide a valid token"):
        forger.users.list_users()


def test_a_call_outside_the_acl_is_forbidden(
    options: HttpClientOptions, made: ApplicationData
) -> None:
    class Narrow(Auth):
        def generate_application_jwt(self, claims: Json | None = None) -> bytes:
            paths = {"/*/conversations/**": {}}
            return super().generate_application_jwt({"acl": {"paths": paths}})

    auth = Narrow(application_id=made.id, private_key=private_pem(made))
    client = Vonage(auth, options)
    with pytest.raises(ForbiddenError, match="Permission denied"):
        client.users.list_users()


def test_conversations_and_events_go_through_the_sdks_http_client(
    client: Vonage,
) -> None:
    http = client.http_client
    host = http.api_host
    alice = client.users.create_user(user(name="alice", display_name="Alice"))
    conversation = http.post(host, "/v1/conversations", {"name": "support-42"})
    assert conversation is not None
    path = f"/v1/conversations/{conversation['id']}"
    member = http.post(
        host,
        f"{path}/members",
        {"state": "joined", "user": {"id": alice.id}, "channel": {"type": "app"}},
    )
    assert member is not None
    event = {
        "type": "message",
        "from": member["id"],
        "body": {"message_type": "text", "text": "Hello"},
    }
    assert http.post(host, f"{path}/events", event)
    page = http.get(host, f"{path}/events", {"page_size": 100})
    assert page is not None
    kinds = [found["type"] for found in page["_embedded"]["events"]]
    assert kinds == ["member:joined", "message"]
    assert http.delete(host, f"{path}/events/2") is None
    assert http.delete(host, path) is None
    with pytest.raises(NotFoundError, match="Conversation does not exist"):
        http.get(host, path)


def test_the_sdk_mints_tokens_without_an_acl_that_allow_everything(
    client: Vonage,
) -> None:
    token = client.http_client.auth.generate_application_jwt()
    claims = jwt.decode(token, options={"verify_signature": False})
    assert "acl" not in claims
    assert "sub" not in claims
    client.users.list_users()
