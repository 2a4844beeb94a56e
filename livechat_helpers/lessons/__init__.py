"""The lessons: what each notebook asks, checks, hints at and leaves behind.

A notebook begins with ``lesson = start(4)`` and then calls ``lesson.check("4.2")``,
``lesson.hint("4.2")``, ``lesson.solution("4.2")``, ``lesson.quiz()`` and
``lesson.calls()``. Nothing that a learner does there raises an error.

=====================  ==========================================================
``content``            what a lesson is made of; read this to write one
``wording``            what lessons say, from ``words/en/NN.toml``
``solutions``          the reference answers, from ``solutions/N.1.py``
``running``            ``start``, and the lesson that a notebook holds
``checking``           runs a check on the learner's answer
``shown``              outcomes, hints and solutions, as a notebook shows them
``quiz``               the three questions, as a form and as text
``progress``           what was done so far, kept in ``.data``
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
   ``lesson.check("N.1")``. No later cell may need the answer.
3. Write ``lessons/nNN_name.py`` with one ``LESSON``. Each exercise has a check: a
   function whose parameters are names of the notebook, which it gets as they are
   then. It looks at what the answer *does*, or at what has become of the sandbox,
   never at how it is written. ``raise Mistaken("name")`` says which mistake it is;
   to return says that the answer is right.
4. Write its words into ``words/en/NN.toml``: title, what a right answer is told,
   hints, questions, and a message for each of at least two mistakes that the check can
   name. The reference answer is ``solutions/N.1.py``. Answers of learners go to
   ``tests/notebooks/answers/N.1/``, at least one that makes each mistake; see
   ``tests/notebooks/corpus.py``. The tests give them all to the check, and the
   untouched starter.
5. What the notebook leaves for later ones goes into ``leaves``: each step says
   whether it holds already, and makes it so. The tests run the notebook and then see
   that nothing is left to do.
6. ``python -m livechat_helpers normalise --run notebooks/NN_name.ipynb`` runs it in a
   fresh home and writes its outputs. ``pytest tests/notebooks tests/lessons -k NN``
   tells what is not yet as it should be.

Outputs are compared, so they must be the same on every run: show counts and names,
not moments; wait for conditions, never for time. Ids, times, ports and the names of
visitors are the only four things that may differ.
"""

from .running import RunningLesson, overview, start

__all__ = ["RunningLesson", "overview", "start"]
