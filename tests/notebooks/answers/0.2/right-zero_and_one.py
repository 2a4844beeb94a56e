sandbox_is = {
    "needs an account": 0,
    "costs money": 0,
    "loses chats": 0,
    "official clients run on it": 1,
    "chat goes on in the cloud": 0,
}
