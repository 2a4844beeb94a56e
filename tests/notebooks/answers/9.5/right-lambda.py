mended_new = lambda open_chat, answer: open_chat(  # noqa: E731
    lambda error, chat: (
        answer(503, {"error": 503, "detail": "Later."}) if error else answer(200, chat)
    )
)
