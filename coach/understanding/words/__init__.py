"""From raw text to words: tokens, spelling, the lexicon and its patterns, numbers, times, quotations.

Pure, and without meaning: what a text says is read one floor up.
"""
