"""The functions of the agent's pane that notebook 08 builds."""

from html import escape


# [8.1] who waits longest comes first
def in_order(rows):
    def urgency(row):
        return not row["waiting_since"], row["waiting_since"]

    return sorted(rows, key=urgency)


# [/8.1]


# [8.2] a line of the transcript, safe to show
def line(name, text):
    return f"<b>{escape(name)}</b>: {escape(text)}"


# [/8.2]


# [8.3] whether a visitor is typing
def is_typing(signals, now):
    if not signals:
        return False
    moment, on = signals[-1]
    return on and now - moment <= 6


# [/8.3]


# [8.4] hand a click over to the right thread
def hand_over(room, text, loop, queue):
    if text.strip():
        loop.call_soon_threadsafe(queue.put_nowait, (room, text))


# [/8.4]
