"""The room view: where each learner is, and the most common mistake right now.

=====================  ==========================================================
``store``              who has joined and where they are, in SQLite
``app``                the learners' and the page's calls, over HTTP
``command_line``       ``python -m livechat_helpers room``
``page.*``             the page that an instructor shows or keeps to themselves
=====================  ==========================================================

A learner joins with ``lesson.join`` (see ``lessons.room``).
"""
