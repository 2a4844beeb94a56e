"""Notebook 07: the customer's chat window."""

import requests

from livechat_helpers.conversations import Json

from .content import Exercise, Lesson, Mistake, Mistaken, Option, Question
from .javascript import JavaScriptError, run_js
from .surroundings import find_or_start

# 7.1

LISTENING = """
(async () => {
  const { VonageClient } = await loadSdk();
  const client = new VonageClient({ loggingLevel: 'Error' });
  client.setConfig(chat.sdk);
  const last = new Promise(resolve => client.on('conversationEvent', event => {
    if (event.body.text === 'two') setTimeout(resolve);
  }));
  const shown = [];
  try {
    await listen(client, chat, text => shown.push(text ?? null));
    await client.sendMessageTextEvent(chat.conversation.id, 'one', true);
    await client.sendEphemeralEvent(chat.conversation.id, { typing: true });
    await client.sendMessageTextEvent(chat.conversation.id, 'two', true);
  } catch (error) {
    return { refused: error.code ?? error.message };
  }
  await last;
  return { shown };
})()
"""
"""Uses ``listen`` as a page does, with the real SDK, in a chat of its own."""


def _check_listen(listen: str) -> None:
    website = find_or_start().website
    assert website is not None
    chat = requests.post(f"{website.url}/api/new", timeout=10).json()
    told = run_js(listen, LISTENING, chat=chat)
    if told.get("refused") == "session:error:no-active-session":
        raise Mistaken("no_session")
    if "refused" in told:
        raise JavaScriptError(told["refused"])
    shown = told["shown"]
    if not shown:
        raise Mistaken("deaf")
    if not all(isinstance(each, str) for each in shown):
        raise Mistaken("not_text" if "one" in shown else "events", count=len(shown))
    if shown != ["one", "two"]:
        raise Mistaken("another", shown=" and ".join(shown))


_EX_1 = Exercise(
    name="7.1",
    asks=("listen",),
    check=_check_listen,
    correct="It is signed in, and shows the words of both sides, and nothing else.",
    hints=(
        "Register first, then sign in: `client.on('conversationEvent', ...)`, and "
        "after it `await client.createSession(...)`.",
        "An event has `kind` and `body`. You want the kind `message:text`; its words "
        "are `body.text`.",
        "`client.on('conversationEvent', ({ kind, body }) => { if (...) show(...); "
        "});`",
    ),
    solution="""
listen = '''
async function listen(client, chat, show) {
  client.on('conversationEvent', ({ kind, body }) => {
    if (kind === 'message:text') show(body.text);
  });
  await client.createSession(chat.jwt);
}
'''
""",
    mistakes={
        "no_session": Mistake(
            "When your function has ended there is no session yet, and the page cannot "
            "send. `await client.createSession(chat.jwt)`.",
            """
listen = '''
async function listen(client, chat, show) {
  client.on('conversationEvent', ({ kind, body }) => {
    if (kind === 'message:text') show(body.text);
  });
  client.createSession(chat.jwt);
}
'''
""",
        ),
        "deaf": Mistake(
            "Two messages were sent, and you showed none. Is the listener registered, "
            "for `conversationEvent`, and does it look for the kind `message:text`?",
            """
listen = '''
async function listen(client, chat, show) {
  client.on('message', ({ body }) => show(body.text));
  await client.createSession(chat.jwt);
}
'''
""",
        ),
        "not_text": Mistake(
            "You showed {count} things, and some have no text: they tell that somebody "
            "types, or has got a message. Look at `kind`.",
            """
listen = '''
async function listen(client, chat, show) {
  client.on('conversationEvent', ({ body }) => show(body.text));
  await client.createSession(chat.jwt);
}
'''
""",
        ),
        "events": Mistake(
            "You show the whole event. The words are in its `body.text`.",
            """
listen = '''
async function listen(client, chat, show) {
  client.on('conversationEvent', event => {
    if (event.kind === 'message:text') show(event);
  });
  await client.createSession(chat.jwt);
}
'''
""",
        ),
        "another": Mistake(
            "Somebody said one and two, and you showed {shown}.",
            """
listen = '''
async function listen(client, chat, show) {
  client.on('conversationEvent', ({ kind, body }) => {
    if (kind === 'message:text') show(body.text.toUpperCase());
  });
  await client.createSession(chat.jwt);
}
'''
""",
        ),
    },
)

# 7.2

NASTY = """<img src="x" onerror="window.stolen = true"> 3 < 5 & "so on\""""

BUBBLE = """
(() => {
  const made = bubble(said);
  if (!made?.tagName) return { kind: typeof made };
  document.body.append(made);
  return {
    kind: 'element',
    text: made.textContent,
    inside: made.querySelectorAll('img').length + (made.tagName === 'IMG'),
  };
})()
"""


def _check_bubble(bubble: str) -> None:
    told = run_js(bubble, BUBBLE, said=NASTY)
    if told["kind"] == "undefined":
        raise Mistaken("nothing")
    if told["kind"] != "element":
        raise Mistaken("no_element", kind=told["kind"])
    if told["inside"]:
        raise Mistaken("markup")
    if "&lt;" in told["text"] or "&amp;" in told["text"]:
        raise Mistaken("twice")
    if NASTY not in told["text"]:
        raise Mistaken("altered")


_EX_2 = Exercise(
    name="7.2",
    asks=("bubble",),
    check=_check_bubble,
    correct="Whatever somebody writes, it is shown as it was written.",
    hints=(
        "Make an element with `document.createElement('p')`, and return it.",
        "`innerHTML` reads markup. `textContent` takes the text as it is, so there is "
        "nothing to escape.",
        "`element.textContent = text`",
    ),
    solution="""
bubble = '''
function bubble(text) {
  const element = document.createElement('p');
  element.textContent = text;
  return element;
}
'''
""",
    mistakes={
        "nothing": Mistake(
            "The function returns nothing. Did you forget `return`?",
            """
bubble = '''
function bubble(text) {
  const element = document.createElement('p');
  element.textContent = text;
}
'''
""",
        ),
        "no_element": Mistake(
            "What you return is a {kind}. Return an element, which the page can "
            "append.",
            """
bubble = '''
function bubble(text) {
  return '<p>' + text + '</p>';
}
'''
""",
        ),
        "markup": Mistake(
            "The text became an image on the page, and its script ran. Whoever writes "
            "to you can act in your name: the mistake of the published tutorial.",
            """
bubble = '''
function bubble(text) {
  const element = document.createElement('p');
  element.innerHTML = text;
  return element;
}
'''
""",
        ),
        "twice": Mistake(
            "Safe, and people read `&lt;` where somebody wrote `<`. `textContent` "
            "shows each sign as it is: do not escape it as well.",
            """
bubble = '''
function bubble(text) {
  const element = document.createElement('p');
  element.textContent = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return element;
}
'''
""",
        ),
        "altered": Mistake(
            "Safe, and the text is another one now. A customer may well write about "
            "`3 < 5`.",
            """
bubble = '''
function bubble(text) {
  const element = document.createElement('p');
  element.textContent = text.replace(/<[^>]*>/g, '');
  return element;
}
'''
""",
        ),
    },
)

# 7.3

SUBMIT = """
(async () => {
  const sent = [];
  const works = async text => { sent.push(text); };
  const fails = async () => { throw new Error('no network'); };
  const field = Object.assign(document.createElement('textarea'), { value: ' Hello ' });
  const both = [submit(field, works), submit(field, works)];
  await Promise.all(both);
  const after = field.value;
  field.value = '   ';
  await submit(field, works);
  field.value = 'Important';
  let raised = false;
  try { await submit(field, fails); } catch { raised = true; }
  return { sent, after, kept: field.value, raised };
})()
"""


def _check_submit(submit: str) -> None:
    told = run_js(submit, SUBMIT)
    sent: list[str] = told["sent"]
    if not sent:
        raise Mistaken("not_sent")
    if any(not text.strip() for text in sent):
        raise Mistaken("empty")
    if sent[0] != "Hello":
        raise Mistaken("spaces")
    if len(sent) > 1:
        raise Mistaken("twice")
    if told["after"]:
        raise Mistaken("still_there")
    if told["raised"]:
        raise Mistaken("raises")
    if told["kept"] != "Important":
        raise Mistaken("lost")


_EX_3 = Exercise(
    name="7.3",
    asks=("submit",),
    check=_check_submit,
    correct="Each message goes out once, and none is lost.",
    hints=(
        "`field.value.trim()` is the text without the spaces around it. An empty text "
        "is falsy: `if (!text) return;`.",
        "Empty the field *before* you wait for `send`: a second Enter finds nothing "
        "then.",
        "`try { await send(text); } catch { field.value = text; }`",
    ),
    solution="""
submit = '''
async function submit(field, send) {
  const text = field.value.trim();
  if (!text) return;
  field.value = '';
  try {
    await send(text);
  } catch {
    field.value = text;
  }
}
'''
""",
    mistakes={
        "not_sent": Mistake(
            "Nothing was sent: call `send` with the text.",
            """
submit = '''
async function submit(field, send) {
  const text = field.value.trim();
  field.value = '';
}
'''
""",
        ),
        "empty": Mistake(
            "Three spaces were sent as a message. Send nothing if there is nothing.",
            """
submit = '''
async function submit(field, send) {
  const text = field.value.trim();
  field.value = '';
  await send(text);
}
'''
""",
        ),
        "spaces": Mistake(
            "The spaces around the text were sent as well: `trim()` takes them off.",
            """
submit = '''
async function submit(field, send) {
  const text = field.value;
  if (!text.trim()) return;
  field.value = '';
  await send(text);
}
'''
""",
        ),
        "twice": Mistake(
            "Somebody pressed Enter twice, and the message went out twice. Empty the "
            "field before you wait for `send`.",
            """
submit = '''
async function submit(field, send) {
  const text = field.value.trim();
  if (!text) return;
  await send(text);
  field.value = '';
}
'''
""",
        ),
        "still_there": Mistake(
            "The message was sent, and still stands in the field.",
            """
submit = '''
let last;
async function submit(field, send) {
  const text = field.value.trim();
  if (!text || text === last) return;
  last = text;
  await send(text);
}
'''
""",
        ),
        "raises": Mistake(
            "Sending failed, and so did your function. The page goes on as if nothing "
            "was. Catch the error.",
            """
submit = '''
async function submit(field, send) {
  const text = field.value.trim();
  if (!text) return;
  field.value = '';
  await send(text);
}
'''
""",
        ),
        "lost": Mistake(
            "Sending failed, and what the customer wrote is gone. Put it back into the "
            "field.",
            """
submit = '''
async function submit(field, send) {
  const text = field.value.trim();
  if (!text) return;
  field.value = '';
  await send(text).catch(() => {});
}
'''
""",
        ),
    },
)

# 7.4

FOLLOW = """
(makeLog => {
  const told = {};
  for (const [name, distance, height] of [
    ['end', 0, 20], ['tall', 0, 100], ['nearly', 3, 20], ['reading', 300, 20],
  ]) {
    const log = makeLog(distance);
    const before = log.scrollTop;
    let added = 0;
    follow(log, () => { added += 1; log.grow(height); });
    told[name] = {
      added,
      atEnd: log.scrollHeight - log.scrollTop - log.clientHeight < 2,
      moved: log.scrollTop - before,
    };
  }
  return told;
})
"""

PLAIN_LOG = """
(distance => ({
  clientHeight: 400,
  scrollHeight: 1000,
  top: 600 - distance,
  get scrollTop() { return this.top; },
  set scrollTop(top) { this.top = Math.min(top, this.scrollHeight - 400); },
  grow(height) { this.scrollHeight += height; },
}))
"""
"""A scrolled log, in numbers: without a browser there is no layout."""


def _check_follow(follow: str) -> None:
    told = run_js(follow, f"{FOLLOW}({PLAIN_LOG})")
    judge_follow(told)


def judge_follow(told: dict[str, Json]) -> None:
    """Look at what a log did, in numbers or in a browser."""
    if any(case["added"] != 1 for case in told.values()):
        raise Mistaken("not_added", count=told["end"]["added"])
    if not told["end"]["atEnd"]:
        raise Mistaken("never")
    if not told["tall"]["atEnd"]:
        raise Mistaken("too_late")
    if told["reading"]["moved"]:
        raise Mistaken("always")
    if not told["nearly"]["atEnd"]:
        raise Mistaken("exact")


_EX_4 = Exercise(
    name="7.4",
    asks=("follow",),
    check=_check_follow,
    correct="The log follows the talk, and lets those be who read further up.",
    hints=(
        "Ask where the log is before you add, and keep the answer.",
        "From the end it is `log.scrollHeight - log.scrollTop - log.clientHeight` "
        "pixels away.",
        "`const atEnd = ... < 40; add(); if (atEnd) log.scrollTop = log.scrollHeight;`",
    ),
    solution="""
follow = '''
function follow(log, add) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  add();
  if (atEnd) log.scrollTop = log.scrollHeight;
}
'''
""",
    mistakes={
        "not_added": Mistake(
            "You called `add` {count} times. Once is right.",
            """
follow = '''
function follow(log, add) {
  log.scrollTop = log.scrollHeight;
}
'''
""",
        ),
        "never": Mistake(
            "Somebody at the end does not see the new message. To scroll there, set "
            "`log.scrollTop = log.scrollHeight`, after `add`.",
            """
follow = '''
function follow(log, add) {
  add();
}
'''
""",
        ),
        "too_late": Mistake(
            "It works for short messages. After a tall one the log is not at the end "
            "any more: measure before you add.",
            """
follow = '''
function follow(log, add) {
  add();
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  if (atEnd) log.scrollTop = log.scrollHeight;
}
'''
""",
        ),
        "always": Mistake(
            "Somebody reads further up, and each new message pulls them down. Scroll "
            "only if they were at the end.",
            """
follow = '''
function follow(log, add) {
  add();
  log.scrollTop = log.scrollHeight;
}
'''
""",
        ),
        "exact": Mistake(
            "Three pixels from the end count as reading further up. Nobody scrolls "
            "that exactly: allow 40.",
            """
follow = '''
function follow(log, add) {
  const atEnd = log.scrollHeight - log.scrollTop === log.clientHeight;
  add();
  if (atEnd) log.scrollTop = log.scrollHeight;
}
'''
""",
        ),
    },
)

# 7.5

NAMES = """
(html => {
  document.body.innerHTML = html;
  const find = what => [...document.body.querySelectorAll(what)];
  const words = text => (/\\p{L}/u.test(text || '') ? text.trim() : '');
  const label = element => (element.id && find(`label[for="${element.id}"]`)[0])
    || element.closest('label');
  const elsewhere = element => element.hasAttribute('aria-labelledby')
    && document.getElementById(element.getAttribute('aria-labelledby'))?.textContent;
  const name = element => words(element.getAttribute('aria-label'))
    || words(elsewhere(element)) || words(label(element)?.textContent)
    || words(element.tagName === 'BUTTON' && element.textContent);
  return {
    logs: find('[role=log], [aria-live=polite]').length,
    loud: find('[role=alert], [aria-live=assertive]').length,
    fields: find('input, textarea').map(name),
    buttons: find('button').map(name),
  };
})
"""


def read_out(html: str) -> Json:
    """Return what a screen reader says of a chat window.

    Returns:
        ``logs``: how many places are read out when they change; ``loud``: how many
        interrupt; ``fields`` and ``buttons``: their names, empty where there is none.
    """
    return run_js("", f"{NAMES}(html)", html=html)


def _check_chat(chat_window: str) -> None:
    told = read_out(chat_window)
    if not told["fields"] or len(told["buttons"]) < 2:
        raise Mistaken("gone")
    if told["loud"]:
        raise Mistaken("interrupts")
    if not told["logs"]:
        raise Mistaken("silent")
    if not all(told["fields"]):
        raise Mistaken("nameless_field")
    if not all(told["buttons"]):
        raise Mistaken("nameless_button")


_EX_5 = Exercise(
    name="7.5",
    asks=("chat_window",),
    check=_check_chat,
    correct="Whoever listens to this window can use it like those who see it.",
    hints=(
        "Three elements lack something: the log, the field, and the button with the "
        "cross.",
        'A name that nobody sees is the attribute `aria-label="..."`.',
        'The log is `role="log"`. A placeholder is no name; it is gone once somebody '
        "types.",
    ),
    solution="""
chat_window = '''
<button aria-label="Close the chat">✕</button>
<div role="log" aria-label="Messages"></div>
<textarea aria-label="Your message" placeholder="Your message"></textarea>
<button>Send</button>
'''
""",
    mistakes={
        "gone": Mistake(
            "Something is missing now. The window needs its field and both buttons.",
            """
chat_window = '''
<div role="log" aria-label="Messages"></div>
<textarea aria-label="Your message"></textarea>
<button>Send</button>
'''
""",
        ),
        "silent": Mistake(
            "When the agent answers, who cannot see the window does not notice. Give "
            'the log `role="log"`: then what is added is read out.',
            """
chat_window = '''
<button aria-label="Close the chat">✕</button>
<div></div>
<textarea aria-label="Your message"></textarea>
<button>Send</button>
'''
""",
        ),
        "interrupts": Mistake(
            "Every message interrupts whatever is just read out. That is for a fire. A "
            'log waits for a pause: `role="log"`.',
            """
chat_window = '''
<button aria-label="Close the chat">✕</button>
<div role="alert"></div>
<textarea aria-label="Your message"></textarea>
<button>Send</button>
'''
""",
        ),
        "nameless_field": Mistake(
            "The field has no name. A placeholder is a hint that goes away: add "
            "`aria-label`, or a `<label>`.",
            """
chat_window = '''
<button aria-label="Close the chat">✕</button>
<div role="log"></div>
<textarea placeholder="Your message"></textarea>
<button>Send</button>
'''
""",
        ),
        "nameless_button": Mistake(
            'A button is read out as "times": the cross is no word. Say what it does, '
            "with `aria-label`.",
            """
chat_window = '''
<button>✕</button>
<div role="log"></div>
<textarea aria-label="Your message"></textarea>
<button>Send</button>
'''
""",
        ),
    },
)

LESSON = Lesson(
    number=7,
    title="The customer's chat window",
    minutes=40,
    exercises=(_EX_1, _EX_2, _EX_3, _EX_4, _EX_5),
    given={"read_out": lambda: read_out},
    questions=(
        Question(
            "Where does the page get its token from?",
            (
                Option(
                    "From the SDK: it makes one when the page signs in.",
                    "To make one takes the private key, which no page may have.",
                ),
                Option(
                    "From your backend, which knows the visitor by the cookie.",
                    "And it asks again before the token ends: `refreshSession` takes "
                    "the new one.",
                    right=True,
                ),
                Option(
                    "It is written into the page.",
                    "Then all visitors had the same one, and it would be old soon.",
                ),
            ),
        ),
        Question(
            "A customer writes `<b>Help!</b>`. What does the agent see?",
            (
                Option(
                    "The word Help! in bold.",
                    "Then markup of strangers is run on the agent's page. `<img>` "
                    "could bring a script along.",
                ),
                Option(
                    "Help!, without the tags.",
                    "Harmless, but not what the customer wrote. Nothing needs to be "
                    "cut out of a text that is shown as text.",
                ),
                Option(
                    "Just these signs, tags and all.",
                    "`textContent` shows text. What it means is for people to say.",
                    right=True,
                ),
            ),
        ),
        Question(
            "A customer reads what was said an hour ago. The agent writes. The page "
            "...",
            (
                Option(
                    "stays where it is, and says that there is something new.",
                    "The customer decides when to go there.",
                    right=True,
                ),
                Option(
                    "scrolls to the end: the newest matters most.",
                    "And pulls away what somebody is just reading.",
                ),
                Option(
                    "waits with the new message until the customer is back.",
                    "Then a screen reader does not tell it either, and an answer is "
                    "missed.",
                ),
            ),
        ),
    ),
)
