"""The lessons: each notebook's exercises, checks, hints, and results for later ones.

A notebook begins with ``lesson = start(4)`` and then calls ``lesson.check("4.2")``,
``lesson.hint("4.2")``, ``lesson.solution("4.2")``, ``lesson.quiz()`` and
``lesson.calls()``. Nothing a learner does with it raises an error.

=====================  ==========================================================
``content``            the structure of a lesson; read this to write one
``wording``            the lessons' texts, from ``words/en/NN.toml``
``catalogues``         their translations, from ``words/de/NN.po``
``solutions``          the reference answers, from ``solutions/N.1.py``
``pieces``             the learner's own program, built from correct answers
``answer_code``        the code of an answer, and what it needs in a file
``running``            ``start``, and the lesson object in a notebook
``lesson_servers``     a lesson's servers: sandbox or cloud, and website
``checking``           runs a check on the learner's answer
``judging``            the parts of a check: inputs, and known mistakes
``fault_sequences``    judges an answer with many sequences of faults
``calling``            calls an answer, and records the calls
``access``             every call that an ACL allows
``browser``            a visitor's browser, for calling a learner's server
``time_limit``         ends an answer that runs too long
``learners_code``      finds the learner's lines in a traceback
``cells``              finds the cell that defines a name
``printed``            captures what an answer prints during a check
``feedback``           results, hints and solutions, in the form notebooks show
``quiz``               the three questions, as a form and as text
``dead_widgets``       what a notebook without a kernel shows instead of a widget
``predict``            predict, then run: what will the next cell show?
``parsons``            lines of code to put in order
``progress``           what the learner has done so far, saved in ``.data``
``room``               reports to the class's room, if the learner has joined it
``reset``              resets a notebook, or all of them, to the beginning
``receiver``           a web server in a notebook that receives webhooks
``n00_start_here`` …   one module per notebook, with the notebook's name
=====================  ==========================================================

How to write a lesson
---------------------
1. Write ``notebooks/NN_name.ipynb`` with the same parts as the others: one H1; *What
   you will do* with 3 to 5 objectives, each followed by the exercise that checks it in
   brackets; *What you need*, with the minutes; imports and ``lesson = start(N)`` in the
   first code cell; sections that show something working before they explain it;
   *Break it*; *Check yourself* with ``lesson.quiz()``; *Key points*; *What's next*.
2. An exercise is a heading, a task, and one cell. The cell contains a starter with
   ``...`` instead of each answer (a function returns ``...``), and ends with
   ``lesson.check("N.1")``.
3. Write ``lessons/nNN_name.py`` with its checks and one ``LESSON``. It doesn't contain
   any texts.
4. Write its texts into ``words/en/NN.toml``: the title, the message for a right answer,
   hints, questions, and a message for each mistake that a check can name, at least two.
   ``Mistaken("name", year=1970)`` fills in ``{year}`` in a message.
5. The reference answer is a piece of ``my_chat``. If it isn't part of that, it's
   a file, ``solutions/N.1.py``, ``.js``, ``.html`` or ``.css``.
6. Whatever the notebook leaves for later ones goes into ``leaves``: each step can check
   whether it's done, and can do it. The tests run the notebook and then check that all
   steps are done.
7. ``python -m livechat_helpers normalise --run notebooks/NN_name.ipynb`` runs it in a
   fresh home and saves its outputs. ``pytest tests/notebooks tests/lessons
   -k NN`` shows what isn't right yet.

How to write a check
--------------------
A check is a function. Its parameters are names from the notebook, and it receives their
current values. If the answer is right, it returns. It only claims what it has tried:

- It tests what the answer *does*, or what has changed in the sandbox, never how it's
  written. It calls the answer with ``calling.called(answer, ...)``, so an
  ``async def`` works too. So do lambdas, callable objects and partials.
- It tries many inputs: ``judging.generated(make)`` makes the same ones on each run.
  ``judging.judge(answer, right, inputs, mistakes)`` compares the answer with the right
  behaviour and with that of each known mistake, all of which are functions. It raises
  ``Mistaken`` if the answer behaves like a mistake for every input. Otherwise it
  raises ``Unexpected``, or the answer's own error.
- A check that can't use ``judge`` raises these itself: ``Mistaken("name")`` if nothing
  else can explain the answer, and ``Unexpected(given, wanted, got)`` in all other
  cases, which is shown as "For ``given`` I expected ``wanted`` and got ``got``".
- It can let an error from the answer pass: the learner sees the call, the error and
  their own line. Only catch it to name a mistake.
- It doesn't need to guard against endless loops: a call can take five seconds, or as
  many as ``Exercise(patience=...)`` says.
- ``access.allowed(acl, conversation)`` is the set of all calls that an ACL allows;
  compare it with the set that it should allow.

Learners' answers go into ``tests/notebooks/answers/N.1/``, with at least one for each
mistake: ``wrong-<mistake>.py``, ``right-<anything>.py``, ``refused-<anything>.py``; see
``tests/notebooks/corpus.py``. The tests run the check on all of them, and on the
untouched starter.

Predictions and puzzles
-----------------------
``lesson.predict("2.a")`` asks what the next cell will show; each notebook has at least
two predictions. ``lesson.parsons("2.p")`` shows lines to put in order. Both consist of
texts only, and need no check::

    [predictions."2.a"]
    text = "What does Vonage answer?"
    [[predictions."2.a".options]]
    text = "An error."
    why = "The token may not do this."
    right = true
    [[predictions."2.a".options]]
    text = "An empty list."
    why = "It doesn't get that far, because the ACL is checked first."

    [parsons."2.p"]
    text = "Put the lines in order, so that they open a chat."
    lines = ["join(room, user)", "user = create_user()", "room = create_room()"]
    correct = "Both exist before they're brought together."
    [[parsons."2.p".before]]
    first = "b"
    then = "a"
    why = "Somebody has to be there to join."
    [[parsons."2.p".before]]
    first = "c"
    then = "a"
    why = "There's no room yet to join."

The lines are given in the order in which they're shown; the first one is ``a``. Every
order that fulfils all of ``before`` is right.

Outputs are compared, so they must be the same on every run. Show counts and names
rather than times, and wait for conditions rather than for time. Only ids, times, ports
and visitors' names can differ.
"""

from .running import RunningLesson, overview, program, start

__all__ = ["RunningLesson", "overview", "program", "start"]
