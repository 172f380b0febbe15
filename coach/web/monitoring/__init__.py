"""Health, metrics, traces and latency: for machines and operators."""
