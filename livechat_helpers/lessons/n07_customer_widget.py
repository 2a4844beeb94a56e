"""Notebook 07: the customer's chat window."""

import requests

from livechat_helpers.conversations import Json

from .content import Exercise, Lesson, Mistaken
from .javascript import JavaScriptError, run_js
from .surroundings import find_or_start
from .wording import words_of

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


LESSON = Lesson(
    number=7,
    minutes=40,
    words=words_of(7),
    exercises=(
        Exercise("7.1", ("listen",), _check_listen),
        Exercise("7.2", ("bubble",), _check_bubble),
        Exercise("7.3", ("submit",), _check_submit),
        Exercise("7.4", ("follow",), _check_follow),
        Exercise("7.5", ("chat_window",), _check_chat),
    ),
    given={"read_out": lambda: read_out},
)
