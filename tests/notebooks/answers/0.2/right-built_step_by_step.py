sandbox_is = dict.fromkeys(
    ["needs an account", "costs money", "loses chats", "chat goes on in the cloud"],
    False,
)
sandbox_is["official clients run on it"] = True
