"""What we say: the guide as reviewed texts, the programs and the safety lines, with the rules they must pass.

Data and pure functions only: no clock, phone line, database or person. Start at `content.catalogue`.
"""
