"""What a step does, estimated from the logged randomisation.

Pure but for `report_jobs` and `power_simulation`, which read and store.
"""
