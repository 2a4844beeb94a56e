ok = lambda cookie: signer.loads_unsafe(cookie or "")
read_cookie = lambda cookie: ok(cookie)[1] if ok(cookie)[0] else None
