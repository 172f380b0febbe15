# One image for every process of the Procfile: web by default, `coach worker` and `coach db upgrade` as commands.
# The same hash-locked requirements as everywhere else; nothing is fetched unhashed.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/coach
COPY requirements.txt .
RUN /opt/coach/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY content content
COPY schedules schedules
COPY coach coach
RUN /opt/coach/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM python:3.13-slim
COPY --from=build /opt/coach /opt/coach
COPY gunicorn.conf.py /opt/coach/
RUN useradd --system --uid 10001 --home-dir /data coach && install -d -o coach -g coach /data
USER coach
WORKDIR /data
ENV PATH=/opt/coach/bin:$PATH PYTHONUNBUFFERED=1 DATABASE_URL=sqlite:////data/coach.sqlite3 LOG_FORMAT=json PORT=8000 \
    GUNICORN_CMD_ARGS="--config /opt/coach/gunicorn.conf.py"
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["gunicorn", "--no-control-socket", "coach.web.app:create_app()"]
