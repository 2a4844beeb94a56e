answer_fast = lambda webhook: todo.put(webhook) or 200
