sandbox_is = {
    "needs an account": True,
    "costs money": True,
    "loses chats": True,
    "official clients run on it": True,
    "chat goes on in the cloud": True,
}
