"""REDCap, where a study keeps its records: enroll from an instrument, write nights and weeks back.

`exchange` calls REDCap through PyCap; `field_map` and `records` are pure.
"""
