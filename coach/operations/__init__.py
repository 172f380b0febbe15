"""Health checks, metrics, heartbeat and logging. `diagnose`, `diagnose_sending` and `facts` are pure."""
