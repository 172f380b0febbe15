"""How the web processes serve, as docs/how-to/deploy.md explains. gunicorn reads this file by its name.

`GUNICORN_CMD_ARGS` and `WEB_CONCURRENCY` come on top.
"""

worker_class = "coach.web.gunicorn_worker.Worker"
threads = 256  # slow clients cost a thread each for at most 15 s; a thread that waits costs next to nothing
graceful_timeout = 20  # platforms kill after 25 s
umask = 0o077  # files are their owner's alone
