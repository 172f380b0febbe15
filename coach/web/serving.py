"""The worker class under its old name, for a gunicorn.conf.py that was copied from an earlier release."""

from coach.web.gunicorn_worker import Worker

__all__ = ["Worker"]
