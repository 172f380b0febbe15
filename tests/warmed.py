"""Loaded before a process is forked, with what every command would read anew: the lexicons, half a second each time."""

from coach.understanding.read import understand

understand("ok")
