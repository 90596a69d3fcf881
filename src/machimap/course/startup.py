"""What a kernel runs before the first cell, so that even a cell run out of order is answered in one sentence."""

from machimap.course.friendly import show_sentences

show_sentences()
del show_sentences
