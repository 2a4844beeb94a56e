"""One webhook as one HTTP request: signed, with a time limit, sent once.

The signature is a JWT in the Authorization header, signed with the account's signature
secret. It contains the hash of the body, so nobody can attach it to another body.
Receivers compare its time with their own clock and reject ids they've seen. So every
request, even a retry, gets a new signature with the real time.

Source: https://developer.vonage.com/en/getting-started/concepts/webhooks
"""

import asyncio
import hashlib
import json
import sqlite3
import time
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from uuid import uuid4

import httpx
import jwt

from ..storage.identity import Account
from .webhook_queue import NOBODY

TIMEOUT = 5.0
"""Seconds a receiver has to answer."""
_LONGEST_REST = 0.5  # seconds to read after the status
_LARGEST_REST = 64 * 1024  # bytes to read after the status; their content is ignored


class WebhookSender:
    """Sends webhooks over HTTP.

    account: the account whose secret signs them.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._http = httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,  # The answer would come from another server.
            timeout=None,  # noqa: S113 `TIMEOUT` is for all of it, not for each read
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            # A receiver's cookies mustn't reach another receiver on the same host.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    async def send(self, webhook: sqlite3.Row) -> int | str:
        """Send a webhook once; return the answer's status, or why there wasn't one.

        webhook: a row of the webhooks table. With the method GET, the event goes into
            the query: each key becomes a parameter, with objects as JSON. Vonage
            doesn't document how it does that.
        """
        try:
            request = self._request(webhook)
            async with asyncio.timeout(TIMEOUT):
                answer = await self._http.send(request, stream=True)
        except TimeoutError:
            return f"no answer within {TIMEOUT:g} s"
        except httpx.ConnectError as error:
            return f"{NOBODY}: {error}"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return f"no answer: {str(error) or type(error).__name__}"
        await _hear_out(answer)
        return answer.status_code

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _request(self, webhook: sqlite3.Row) -> httpx.Request:
        address = httpx.URL(webhook["address"])
        content, headers = webhook["body"].encode(), {}
        if webhook["method"] == "GET":
            event = json.loads(content)
            content = b""
            address = address.copy_merge_params(
                {
                    key: value if isinstance(value, str) else json.dumps(value)
                    for key, value in event.items()
                }
            )
        else:
            headers["Content-Type"] = "application/json"
        if webhook["signed"]:
            token = self._sign(content, webhook["application_id"])
            headers["Authorization"] = f"Bearer {token}"
        return self._http.build_request(
            webhook["method"], address, content=content, headers=headers
        )

    def _sign(self, body: bytes, application_id: str) -> str:
        claims = {
            "iat": int(time.time()),
            "jti": str(uuid4()),
            "iss": "Vonage",
            "payload_hash": hashlib.sha256(body).hexdigest(),
            "api_key": self._account.api_key,
            "application_id": application_id,
        }
        return jwt.encode(claims, self._account.signature_secret, algorithm="HS256")


async def _hear_out(answer: httpx.Response) -> None:
    """Read the rest of an answer, so that its connection can be reused."""
    read = 0
    try:
        with suppress(httpx.HTTPError, TimeoutError):
            async with asyncio.timeout(_LONGEST_REST):
                async for part in answer.aiter_raw():
                    read += len(part)
                    if read > _LARGEST_REST:
                        break
    finally:
        await answer.aclose()
