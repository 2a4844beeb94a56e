def create_visitor():
    name = visitor_name(generate_slug, BAD_WORDS)
    title = " ".join(name.split("-")[:2]).title()
    made = vonage.users.create_user(User(name=name, display_name=title))
    return {"id": made.id, "name": name, "display_name": title}


def create_conversation(user):
    return conversations.create(display_name=f"Chat with {user['display_name']}")


def join(conversation, user):
    return conversations.join(conversation["name"], user["name"])


def agent():
    found = ensure_user("agent")
    return {"id": found.id, "name": found.name}
