class Undo:
    def __init__(self):
        self.steps = []

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            for step, what in reversed(self.steps):
                step(what)


def open_chat():
    with Undo() as undo:
        user = desk.create_visitor()
        undo.steps.append((vonage.users.delete_user, user["id"]))
        conversation = desk.create_conversation(user)
        undo.steps.append((conversations.delete, conversation["id"]))
        member = desk.join(conversation, user)
        desk.join(conversation, desk.agent())
    return {"user": user, "conversation": conversation, "member": member}
