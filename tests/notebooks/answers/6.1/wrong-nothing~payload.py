import base64
import json


def read_cookie(cookie):
    if not cookie:
        return None
    part = cookie.partition(".")[0]
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return None
