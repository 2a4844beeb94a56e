from http import HTTPStatus


def answer_fast(received):
    # Keep it, then answer.
    todo.put(received)
    return HTTPStatus.NO_CONTENT
