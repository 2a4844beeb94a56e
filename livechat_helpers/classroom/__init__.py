"""For instructors: a stage, exam mode, a guide, exports, slides, a view of the room.

=====================  ==========================================================
``stage``              scripted customers who write to a lesson's chat
``guide``              how to teach each notebook, generated from the lessons
``answer_key``         every answer of the course, in one document
``mistakes``           the checks' messages about mistakes, for instructors
``outline``            the structure of a notebook: sections, exercises, minutes
``export``             the exercises as assignments for nbgrader and otter
``slides``             a notebook as slides, cut at its headings
``room``               live: where the class is, and the most common mistake
=====================  ==========================================================
"""
