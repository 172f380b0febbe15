"""What to do with a text: its reading and the state of its sender in, intentions out; then applied in one commit.

`rules` and the modules named `…_rules` are pure, as are `state` and `intentions`; `receive` is the way in.
"""
