"""What we say: the guide as reviewed texts, the programmes and the safety lines, with the rules they must pass.

Data and pure functions only: no clock, no phone line, no database, no person. Start at `content.catalogue`.
"""
