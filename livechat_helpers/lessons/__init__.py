"""The lessons: what each notebook asks, checks, hints at and leaves behind.

A notebook begins with ``lesson = start(4)`` and then calls ``lesson.check("4.2")``,
``lesson.hint("4.2")``, ``lesson.solution("4.2")``, ``lesson.quiz()`` and
``lesson.calls()``. Nothing that a learner does there raises an error.

=====================  ==========================================================
``content``            what a lesson is made of; read this to write one
``wording``            what lessons say, from ``words/en/NN.toml``
``catalogues``         what they say in other languages, from ``words/de/NN.po``
``solutions``          the reference answers, from ``solutions/N.1.py``
``pieces``             the learner's own program, made of correct answers
``answer_code``        an answer in a cell, and what it needs to live in a file
``running``            ``start``, and the lesson that a notebook holds
``lesson_servers``     what a lesson runs on: sandbox or cloud, and website
``checking``           runs a check on the learner's answer
``judging``            what checks are made of: inputs, and known mistakes
``fault_sequences``    judges an answer over many sequences of faults
``calling``            calls an answer, and remembers what it was given
``access``             everything an ACL opens
``browser``            a visitor's browser, to call a learner's server
``time_limit``         ends an answer that doesn't end by itself
``learners_code``      which lines of a traceback are the learner's
``cells``              which cell of the notebook gives a name
``printed``            what an answer prints while it's checked
``feedback``           outcomes, hints and solutions, as a notebook shows them
``quiz``               the three questions, as a form and as text
``dead_widgets``       what is seen where a widget was, without a kernel
``predict``            predict, then run: what will the next cell show?
``parsons``            lines of code to put in order
``progress``           what was done so far, kept in ``.data``
``room``               tells a class's room where a learner is, who has joined it
``reset``              takes a notebook, or all, back to the beginning
``receiver``           a web server in a notebook, for webhooks
``n00_start_here`` …   one module per notebook, named as the notebook is
=====================  ==========================================================

How to write a lesson
---------------------
1. Write ``notebooks/NN_name.ipynb`` in the frame the others have: one H1; *What you
   will do*, 3 to 5 objectives, each with the exercise that checks it in brackets;
   *Needed before*, with the minutes; imports and ``lesson = start(N)`` in the first
   code cell; sections that show something working before they explain it; *Break it*;
   *Check yourself* with ``lesson.quiz()``; *Key points*; *What's next*.
2. An exercise is a heading, a task, and one cell. The cell gives a starter with
   ``...`` where the answer goes (a function returns ``...``), and ends in
   ``lesson.check("N.1")``.
3. Write ``lessons/nNN_name.py``: its checks, and one ``LESSON``. All words are
   elsewhere.
4. Write its words into ``words/en/NN.toml``: title, what a right answer is told, hints,
   questions, and a message for each mistake that a check can name, at least two.
   ``{year}`` in a message is filled in by ``Mistaken("name", year=1970)``.
5. The reference answer is a piece of ``my_chat``; one that isn't part of it is
   a file, ``solutions/N.1.py``, ``.js``, ``.html`` or ``.css``.
6. What the notebook leaves for later ones goes into ``leaves``: each step says
   whether it holds already, and makes it so. The tests run the notebook and then see
   that nothing is left to do.
7. ``python -m livechat_helpers normalise --run notebooks/NN_name.ipynb`` runs it in a
   fresh home and writes its outputs. ``pytest tests/notebooks tests/lessons
   -k NN`` says what isn't right yet.

How to write a check
--------------------
A check is a function. Its parameters are names of the notebook, which it gets as they
are then. It returns if the answer is right. It claims only what it has tried:

- It looks at what the answer *does*, or at what has become of the sandbox, never at how
  it's written. It calls the answer with ``calling.called(answer, ...)``, so that an
  ``async def`` is an answer too; lambdas, callable objects and partials are as well.
- It tries many inputs: ``judging.generated(make)`` makes the same ones on each run.
  ``judging.judge(answer, right, inputs, mistakes)`` compares the answer with what is
  right and with what each known mistake does, functions all of them. It raises
  ``Mistaken`` if the answer does on every input what a mistake does. Otherwise it
  raises ``Unexpected``, or the answer's own error.
- A check that can't use ``judge`` raises these itself: ``Mistaken("name")`` only where
  the answer can have done nothing else; ``Unexpected(given, wanted, got)`` in all other
  cases, to be told as "For ``given`` I expected ``wanted`` and got ``got``".
- It may let an error of the answer's through: the learner is told the call, the error
  and their own line. Catch it only to name a mistake.
- It needn't guard against endless loops: one call may last five seconds, or as many as
  ``Exercise(patience=...)`` says.
- ``access.allowed(acl, conversation)`` is the set of all calls that an ACL opens;
  compare it with the set that it should open.

Learners' answers go to ``tests/notebooks/answers/N.1/``, at least one that makes each
mistake: ``wrong-<mistake>.py``, ``right-<anything>.py``, ``refused-<anything>.py``; see
``tests/notebooks/corpus.py``. The tests give them all to the check, and the untouched
starter.

Predictions and puzzles
-----------------------
``lesson.predict("2.a")``, in a cell before the one that shows it, asks what will come;
at least two in each notebook. ``lesson.parsons("2.p")`` shows lines to put in order.
Both are words alone, and need no check::

    [predictions."2.a"]
    text = "What does Vonage answer?"
    [[predictions."2.a".options]]
    text = "An error."
    why = "The token may not do this."
    right = true
    [[predictions."2.a".options]]
    text = "An empty list."
    why = "It doesn't get that far: the ACL is looked at first."

    [parsons."2.p"]
    text = "Put the lines in order, so that they open a chat."
    lines = ["join(room, user)", "user = create_user()", "room = create_room()"]
    correct = "Both are there before they come together."
    [[parsons."2.p".before]]
    first = "b"
    then = "a"
    why = "Somebody has to be there to join."
    [[parsons."2.p".before]]
    first = "c"
    then = "a"
    why = "There's no room yet to join."

The lines are given as they are shown, the first is ``a``. Every order that keeps all of
``before`` is right.

Outputs are compared, so they must be the same on every run: show counts and names,
not moments; wait for conditions, never for time. Ids, times, ports and the names of
visitors are the only four things that may differ.
"""

from .running import RunningLesson, overview, program, start

__all__ = ["RunningLesson", "overview", "program", "start"]
