"""From raw text to words: tokens, spelling, the lexicon and its patterns, numbers, times, quotations.

Pure. It does not interpret meaning: `coach.understanding` does.
"""
