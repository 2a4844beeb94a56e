sandbox_is = {
    "needs an account": False,
    "costs money": False,
    "loses chats": 1,
    "official clients run on it": True,
    "chat goes on in the cloud": False,
}
