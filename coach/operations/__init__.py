"""Whether the installation is well, and what its logs may say. `diagnose`, `diagnose_sending` and `facts` are pure."""
