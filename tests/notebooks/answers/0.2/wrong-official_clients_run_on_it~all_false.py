sandbox_is = {
    "needs an account": False,
    "costs money": False,
    "loses chats": False,
    "official clients run on it": False,
    "chat goes on in the cloud": False,
}
