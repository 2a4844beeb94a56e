good_token = lambda t, m: (  # noqa: E731
    t
    if jwt.decode(t, options={"verify_signature": False})["exp"] - 60 > time.time()
    else m()
)
