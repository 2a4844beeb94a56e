sandbox_is = {
    "needs an account": False,
    "costs money": 1 > 2,
    "loses chats": False,
    "official clients run on it": True,
    "chat goes on in the cloud": False,
}
