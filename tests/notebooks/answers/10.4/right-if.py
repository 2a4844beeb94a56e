def good_token(ticket, make):
    end = jwt.decode(ticket, options={"verify_signature": False})["exp"]
    if time.time() + 60 > end:
        return make()
    return ticket
