def create_visitor():
    name = "visitor-of-my-page"
    title = " ".join(name.split("-")[:2]).title()
    found, _ = vonage.users.list_users(ListUsersFilter(name=name))
    if found:
        made = found[0]
    else:
        made = vonage.users.create_user(User(name=name, display_name=title))
    return {"id": made.id, "name": name, "display_name": title}


def create_conversation(user):
    return conversations.create(display_name=f"Chat with {user['display_name']}")


def join(conversation, user):
    return conversations.join(conversation["id"], user["id"])


def agent():
    found = ensure_user("agent")
    return {"id": found.id, "name": found.name}
