"""The sandbox's host names, in the host check, in web pages and in the certificate."""

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from livechat_helpers.sandbox import options
from livechat_helpers.sandbox.http.names import VENDOR, host_of, own_names, read_name

from . import running
from .running import Json


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Json]:
    """The ready line of a sandbox that's also called ``shop.test``, and an address."""
    program = running.sandbox(
        tmp_path_factory.mktemp("shop"),
        *("--host", "Shop.test", "--host", "10.1.2.3", "--host", "fd00::5"),
    )
    yield program.ready()
    assert program.stop() == 0
    assert program.errors() == ""


NAMES = ["shop.test", "10.1.2.3", "[fd00::5]", "localhost", "api-us.vonage.com"]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_on_a_known_host_name_can_call(shop: Json, name: str) -> None:
    for origin in (f"http://{name}:3000", f"https://{name}"):
        answer = httpx.options(
            f"{shop['http']}/v1/users",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization",
            },
        )
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == origin
        answer = httpx.get(f"{shop['http']}/v1/users", headers={"Origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize("name", ["other.test", "a.shop.test", "shop.test.evil.test"])
def test_a_page_on_another_host_name_is_refused_in_json(shop: Json, name: str) -> None:
    for header in ({"Origin": f"http://{name}"}, {"Host": name}):
        answer = httpx.get(f"{shop['http']}/_sandbox/health", headers=header)
        assert answer.status_code == 403
        assert "--host" in answer.json()["detail"]


def open_websocket(shop: Json, *, host: str, origin: str) -> str:
    """Return the first frame on a websocket that a page opens.

    host: the host that the page uses for the sandbox. origin: the page's own host.
    """
    port = urlsplit(shop["http"]).port
    address = f"ws://{host}:{port}/v2/rtc/?transport=websocket&EIO=4"
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        connect(address, sock=plain, origin=Origin(f"http://{origin}")) as opened,
    ):
        return str(opened.recv(10))


def test_a_websocket_can_be_opened_from_a_known_host_name(shop: Json) -> None:
    assert open_websocket(shop, host="shop.test", origin="shop.test").startswith("0{")


@pytest.mark.parametrize(
    ("host", "origin"), [("other.test", "shop.test"), ("shop.test", "other.test")]
)
def test_a_websocket_from_another_host_name_is_refused(
    shop: Json, host: str, origin: str
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        open_websocket(shop, host=host, origin=origin)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("name", [*NAMES, *VENDOR[::5], "127.0.0.1"])
def test_the_certificate_covers_every_known_name(shop: Json, name: str) -> None:
    trusted = ssl.create_default_context(cafile=shop["ca"])
    with httpx.Client(verify=trusted, trust_env=False) as client:
        request = client.build_request(
            "GET",
            f"{shop['tls']}/_sandbox/health",
            headers={"Host": name},
            extensions={"sni_hostname": name.strip("[]")},
        )
        assert client.send(request).status_code == 200
    with httpx.Client(verify=trusted, trust_env=False) as client:
        request.extensions["sni_hostname"] = "other.test"
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            client.send(request)


@pytest.mark.parametrize(
    ("text", "name"),
    [("Shop.TEST.", "shop.test"), ("[FD00::5]", "fd00::5"), ("my_box", "my_box")],
)
def test_a_name_is_accepted_as_people_write_it(text: str, name: str) -> None:
    assert read_name(text) == name


@pytest.mark.parametrize(
    ("header", "name"),
    [("Shop.TEST.:80", "shop.test"), ("[FD00::5]:80", "fd00::5"), ("a:80:80", "a:80")],
)
def test_a_host_header_means_a_name_in_any_spelling(header: str, name: str) -> None:
    assert host_of(header) == name


@pytest.mark.parametrize(
    "text", ["", "http://shop.test", "shop.test:3000", "shop.test/x", "a b", "*.test"]
)
def test_an_invalid_host_name_is_refused_at_the_start(
    capsys: pytest.CaptureFixture[str], text: str
) -> None:
    with pytest.raises(ValueError, match="isn't the name of a host"):
        read_name(text)
    with pytest.raises(SystemExit):
        options.read(["--host", text])
    assert "leave out scheme, port and path" in capsys.readouterr().err


def test_a_machine_that_listens_everywhere_answers_to_its_own_names() -> None:
    assert own_names(["127.0.0.1"]) == set()
    assert own_names(["192.0.2.7"]) == {"192.0.2.7"}
    everywhere = own_names(["0.0.0.0"])
    assert everywhere
    assert all(read_name(name) == name for name in everywhere)
