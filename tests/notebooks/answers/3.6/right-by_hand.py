def create_visitor():
    name = visitor_name(generate_slug, BAD_WORDS)
    title = " ".join(name.split("-")[:2]).title()
    user = {"name": name, "display_name": title}
    url = f"https://{vonage.http_client.api_host}/v1/users"
    headers = {"Authorization": f"Bearer {mint()}"}
    answer = requests.post(url, headers=headers, json=user, timeout=10)
    return {**user, "id": answer.json()["id"]}


def create_conversation(user):
    return conversations.create(display_name=f"Chat with {user['display_name']}")


def join(conversation, user):
    return conversations.join(conversation["id"], user["id"])


def agent():
    found = ensure_user("agent")
    return {"id": found.id, "name": found.name}
