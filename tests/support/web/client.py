"""Shared by tests of the front-end."""

import json
from datetime import UTC, datetime
from pathlib import Path

from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from support.ledger.world import VECTORS_FOLDER, Actor
from support.web.signing import signed_in

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.identifiers import codes
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.engine import writing
from suyuan.web.factory import create_app

VECTORS = json.loads((VECTORS_FOLDER / "mini-ledger.json").read_text("utf-8"))
ENTRIES = [vector["entry"] for vector in VECTORS["entries"]]
JSON = "application/json"
MINI_LOT = "https://trace.food.example/t/1Q4T9ZC2KM8W0RB3"
MINI_STALL = "https://trace.food.example/party/7K3QX9M2V8TDC4NB"


def mini_ledger(home: Path, count: int | None = None) -> Ledger:
    """The ledger of the vectors, with its first links in it."""
    ledger = Ledger.create(
        home,
        Trust.from_json(json.dumps(VECTORS["trust"])),
        lambda: LocalSigner.from_seed(bytes(range(160, 192))),
        clock=lambda: datetime(2026, 11, 24, 23, 0, tzinfo=UTC),
    )
    ledger.append([entry.encode() for entry in ENTRIES[:count]])
    ledger.followers.catch_up()
    return ledger


def client_of(ledger: Ledger, actor: Actor | None = None) -> FlaskClient:
    """A client of the front-end over a ledger, in which a party has signed in if one is named."""
    client = create_app(ledger.home, ledger=ledger).test_client()
    assert actor is None or signed_in(client, actor.signer).status_code == 200
    return client


def page_of(item: str, actor: str, serial: str | None = None) -> str:
    """The path of the page of one holder's label."""
    code = codes.of_chain(item, actor)
    return f"/t/{code}" if serial is None else f"/t/{code}/{serial}"


def english(client: FlaskClient, path: str, status: int = 200) -> str:
    """The text of a page in English."""
    response = client.get(path, headers={"Accept-Language": "en"})
    assert response.status_code == status
    return response.text


def chinese(client: FlaskClient, path: str) -> str:
    """The text of a page in Chinese."""
    return client.get(path, headers={"Accept-Language": "zh-CN"}).text


def assert_documented(
    client: FlaskClient, path: str, value: object, method: str = "get", kind: str = JSON
) -> None:
    """Fail unless the 200 answer of an operation fits its schema in the OpenAPI document."""
    spec = client.get("/api/v1/openapi.json").json
    answer = spec["paths"][path][method]["responses"]["200"]["content"][kind]
    whole = {"components": spec["components"], **answer["schema"]}
    Draft202012Validator(whole).validate(value)


def change(ledger: Ledger, statement: str, *values: object) -> None:
    """Change the database behind the ledger's back, its triggers dropped first."""
    with writing(ledger.database.engine) as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        connection.exec_driver_sql(statement, tuple(values))
