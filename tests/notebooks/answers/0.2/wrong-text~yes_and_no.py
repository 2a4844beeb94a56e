sandbox_is = {
    "needs an account": "no",
    "costs money": "no",
    "loses chats": "no",
    "official clients run on it": "yes",
    "chat goes on in the cloud": "no",
}
