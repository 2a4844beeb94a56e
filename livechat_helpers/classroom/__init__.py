"""For instructors: a stage, exam mode, a guide, exports, slides, a view of the room.

=====================  ==========================================================
``stage``              scripted customers who write to the chat of a lesson
``guide``              how to teach each notebook, made from the lessons
``answer_key``         every answer of the course, in one document
``mistakes``           what checks say of mistakes, as an instructor reads it
``outline``            what a notebook is made of: sections, exercises, minutes
``export``             the exercises as assignments of nbgrader and otter
``slides``             a notebook as slides, by heading
``room``               where a class is, and which mistake is the most common, live
=====================  ==========================================================
"""
