"""A stand-in for REDCap: the part of its API that studies use, over HTTP, with its refusals."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from flask import Flask, Response, request
from werkzeug.serving import make_server

TOKEN = "0123456789ABCDEF0123456789ABCDEF"
FIELDS = ("record_id", "phone", "tz", "agreed_on", "name", "night_on", "legs", "step", "week", "done", "mean")


class RedcapStandin:
    """Records by name and instance; `asked` keeps the forms of all calls."""

    def __init__(self, records: list[dict[str, str]]) -> None:
        self.records = {(one["record_id"], "", ""): dict(one) for one in records}
        self.asked: list[dict[str, str]] = []
        self.app = Flask(__name__)
        self.app.post("/api/")(self.answer)

    def answer(self) -> Response:
        form = request.form.to_dict()
        self.asked.append(form)
        if form.get("token") != TOKEN:
            return _told({"error": "You do not have permissions to use the API"}, 403)
        if form["content"] == "metadata":
            return _told([{"field_name": name, "form_name": "form"} for name in FIELDS])
        return _told(*self._import(form)) if "data" in form else _told(self._export(form))

    def _export(self, form: dict[str, str]) -> list[dict[str, str]]:
        names = [value for name, value in form.items() if name.startswith("fields[")]
        return [{name: one.get(name, "") for name in names} for one in self.records.values()]

    def _import(self, form: dict[str, str]) -> tuple[Any, int]:
        rows = json.loads(form["data"])
        unknown = {name for row in rows for name in row} - {*FIELDS, *REPEATS}
        if unknown:
            return {"error": f"The following fields were not found in the project: {', '.join(sorted(unknown))}"}, 400
        for row in rows:
            key = (row["record_id"], *(row[name] for name in REPEATS))
            self.records.setdefault(key, {}).update(row)
        return {"count": len(rows)}, 200

    def repeated(self, instrument: str) -> dict[tuple[str, str], dict[str, str]]:
        """The instances of an instrument by record and number."""
        return {(record, number): row for (record, name, number), row in self.records.items() if name == instrument}


REPEATS = ("redcap_repeat_instrument", "redcap_repeat_instance")


def _told(what: Any, status: int = 200) -> Response:
    return Response(json.dumps(what), status, mimetype="application/json")


@contextmanager
def served_standin(standin: RedcapStandin) -> Iterator[str]:
    """The address of its API while the block lasts."""
    server = make_server("127.0.0.1", 0, standin.app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
